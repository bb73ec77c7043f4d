"""How long processes stood ready to run and had no processor (Linux): what of a latency is the
machine's own doing, as its scheduler tells it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def waited_ms(pids: Iterable[int]) -> float:
    """All that their threads waited so far; 0 where the system does not tell."""
    nanoseconds = 0
    for pid in pids:
        for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            # A thread may end while we look.
            with suppress(OSError, IndexError):
                # Time on a processor, time spent waiting for one, turns.
                nanoseconds += int(schedstat.read_text(encoding="ascii").split()[1])
    return nanoseconds / 1e6
