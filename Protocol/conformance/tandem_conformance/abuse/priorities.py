"""Who has the processor first, on the one machine that attacker, server and client share (Linux).

In the field an attacker has a machine of its own. Here it would take turns of milliseconds with the
server and the other client, and what came out would speak of the kernel's scheduler: so it gets
what they leave.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

SERVER, CLIENT = 1, 2


class Favoured:
    """Lets processes go before all others, and each other by their number, for a while.

    Needs the right to (root, or CAP_SYS_NICE); `is_granted` says whether it was there. Without it
    the attackers run when nobody else wants to, which anybody may ask for; but they then stand
    back behind whatever else the machine does, and a thread of the server may still wait for
    another one while they have a processor for themselves.
    """

    def __init__(
        self, priorities: Iterable[tuple[int, int]], attackers: Iterable[int] = ()
    ) -> None:
        """A process id and a priority from 1, the lowest, each; and the attackers' process ids."""
        self._priorities = list(priorities)
        self._attackers = list(attackers)
        self._changed: list[tuple[int, int, os.sched_param]] = []
        self.is_granted = False

    def __enter__(self) -> Favoured:
        try:
            for pid, priority in self._priorities:
                for thread in threads_of(pid):
                    self._favour(thread, priority)
            self.is_granted = bool(self._changed)
        except (OSError, AttributeError):
            pass
        if not self.is_granted:
            self._restore()
            self._let_stand_back()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _favour(self, thread: int, priority: int) -> None:
        with suppress(ProcessLookupError):
            before = os.sched_getscheduler(thread), os.sched_getparam(thread)
            os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(priority))
            self._changed.append((thread, *before))

    def _let_stand_back(self) -> None:
        with suppress(OSError, AttributeError):
            for pid in self._attackers:
                os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))

    def _restore(self) -> None:
        if self.is_granted:
            self._restore_begun()
        for thread, policy, parameters in self._changed:
            with suppress(OSError):
                os.sched_setscheduler(thread, policy, parameters)
        self._changed = []

    def _restore_begun(self) -> None:
        """A thread that began meanwhile has its priority from the one that made it."""
        known = {thread for thread, _, _ in self._changed}
        for pid, priority in self._priorities:
            threads: list[int] = []
            with suppress(OSError):
                threads = threads_of(pid)
            for thread in set(threads) - known:
                # Each for itself: one may end while we look at the others.
                with suppress(OSError):
                    if os.sched_getparam(thread).sched_priority == priority:
                        os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def threads_of(pid: int) -> list[int]:
    """The ids of a process's threads."""
    return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]
