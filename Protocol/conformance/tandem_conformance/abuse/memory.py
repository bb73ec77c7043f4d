"""Watches the resident memory of the server's process (Linux)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def resident_kib(pid: int) -> int:
    """What the process has in memory now. Raises OSError when there is no such process."""
    text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * PAGE_KIB


class MemoryWatch:
    """Samples a process's memory in the background, and keeps the highest value."""

    def __init__(self, pid: int, every_seconds: float = 0.02) -> None:
        self._pid = pid
        self._every = every_seconds
        self._ended = threading.Event()
        self.before_kib = self.peak_kib = self.after_kib = resident_kib(pid)
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
        try:
            self.after_kib = resident_kib(self._pid)
        except OSError:
            # It has ended: that fails the case elsewhere, with a better word than ours.
            return
        self.peak_kib = max(self.peak_kib, self.after_kib)
