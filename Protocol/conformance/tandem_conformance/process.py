"""What the system tells of another process: its memory, its processor time, its waits (Linux).

The server under test, a client's harness and the programs of the abuse cases are looked at by these
functions alone. Where the system does not tell, or the process is gone, they say nothing: its end
fails the case elsewhere, with a better word than ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_PROCESSES = Path("/proc")


def status(pid: int) -> dict[str, int]:
    """The numbers of its status by their names; sizes in KiB. Empty if there is none."""
    found = {}
    for line in _read(pid, "status").splitlines():
        name, _, value = line.partition(":")
        with suppress(ValueError, IndexError):
            found[name] = int(value.split()[0])
    return found


def resident_kib(pid: int) -> int | None:
    """What it has in memory now."""
    # Not the VmRSS of its status: this one costs less to read.
    words = _read(pid, "statm").split()
    return int(words[1]) * os.sysconf("SC_PAGE_SIZE") // 1024 if words else None


def cpu_seconds(pid: int) -> float:
    """The processor time that it has used."""
    words = _read(pid, "stat").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS if words else 0.0


def descriptors(pid: int) -> int:
    """How many it has open."""
    return len(_files(pid, "fd"))


def family(pid: int) -> list[int]:
    """The process and its descendants: a program may be started by a script."""
    found = [pid]
    for one in found:
        # Each of its threads has children of its own.
        for thread in _files(one, "task"):
            found += map(int, _read(one, f"task/{thread}/children").split())
    return found


def waited_ms(pids: Iterable[int]) -> float:
    """How long all their threads stood ready to run so far and had no processor: what of a latency
    is the machine's own doing, as its scheduler tells it."""
    nanoseconds = 0
    for pid in pids:
        for thread in _files(pid, "task"):
            # Time on a processor, time spent waiting for one, turns.
            if words := _read(pid, f"task/{thread}/schedstat").split():
                nanoseconds += int(words[1])
    return nanoseconds / 1e6


class MemoryWatch:
    """Samples a process's memory in the background, and keeps the highest value."""

    def __init__(self, pid: int, every_seconds: float = 0.02) -> None:
        self._pid = pid
        self._every = every_seconds
        self._ended = threading.Event()
        self.before_kib = self.peak_kib = self.after_kib = resident_kib(pid) or 0
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._note()

    @property
    def growth_kib(self) -> int:
        """How far the peak lies above the start."""
        return self.peak_kib - self.before_kib

    def _sample(self) -> None:
        while not self._ended.wait(self._every):
            self._note()

    def _note(self) -> None:
        self.after_kib = resident_kib(self._pid) or self.after_kib
        self.peak_kib = max(self.peak_kib, self.after_kib)


def _read(pid: int, file: str) -> str:
    try:
        return (_PROCESSES / str(pid) / file).read_text("ascii", errors="replace")
    except OSError:
        return ""


def _files(pid: int, folder: str) -> list[str]:
    """Not by a pattern: one that is looked for while the process ends is an error."""
    try:
        return os.listdir(_PROCESSES / str(pid) / folder)
    except OSError:
        return []
