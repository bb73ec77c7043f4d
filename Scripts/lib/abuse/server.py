"""The server that is abused: started under limits by the conformance suite's hand, and watched."""

from __future__ import annotations

import shlex
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tandem_conformance import process
from tandem_conformance.server import ON_FREE_PORTS, Server

MIB = 1 << 20
# What counts for RLIMIT_DATA and is no memory in use: the stacks of threads (8 MiB of addresses
# each), and what the allocator has reserved, not touched or not given back yet.
DATA_SLACK_MIB = 512


@dataclass
class Usage:
    """The most that the server took, and what it was at in the end; bytes and seconds."""

    rss_peak: int = 0
    anon_peak: int = 0
    data_peak: int = 0
    threads_peak: int = 0
    descriptors_peak: int = 0
    rss_last: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    # Every few seconds: seconds since the start, and MiB of resident memory.
    course: list[tuple[int, int]] = field(default_factory=list)

    @property
    def cpu_share(self) -> float:
        """Of one processor."""
        return self.cpu_seconds / self.seconds if self.seconds else 0.0


class WatchedServer(Server):
    """A `tandem-server all` on ports of its own, under a budget of memory."""

    def __init__(self, program: Path, memory_mib: int) -> None:
        super().__init__(
            f"prlimit --data={(memory_mib + DATA_SLACK_MIB) * MIB} --core=0"
            f" {shlex.quote(str(program))} {ON_FREE_PORTS} --memory {memory_mib}MiB")
        self.memory_mib = memory_mib
        self.usage = Usage()
        self._is_over = threading.Event()
        self._watcher: threading.Thread | None = None

    def start(self) -> None:
        """Starts it and waits until it is ready; then it is watched, from nothing."""
        super().start()
        self.usage = Usage()
        self._is_over.clear()
        self._watcher = threading.Thread(target=self._watch, args=(self.pid,), daemon=True)
        self._watcher.start()

    def stop(self) -> int | None:
        """Ends it; its exit code."""
        self._is_over.set()
        if self._watcher is not None:
            self._watcher.join()
        return super().stop()

    def _watch(self, pid: int) -> None:
        began, round_number = time.monotonic(), 0
        while not self._is_over.wait(0.1):
            status = process.status(pid)
            if "VmRSS" not in status:
                # It has ended: whoever waits for it will say so.
                return
            self._note(status)
            self.usage.cpu_seconds = process.cpu_seconds(pid)
            self.usage.seconds = time.monotonic() - began
            if round_number % 10 == 0:
                self.usage.descriptors_peak = max(
                    self.usage.descriptors_peak, process.descriptors(pid))
            if round_number % 50 == 0:
                now = (round(self.usage.seconds), self.usage.rss_last // MIB)
                self.usage.course.append(now)
            round_number += 1

    def _note(self, status: dict[str, int]) -> None:
        usage = self.usage
        usage.rss_last = status["VmRSS"] << 10
        # The system's own peak: it misses none between two looks.
        usage.rss_peak = max(usage.rss_peak, status["VmHWM"] << 10)
        usage.anon_peak = max(usage.anon_peak, status["RssAnon"] << 10)
        usage.data_peak = max(usage.data_peak, status["VmData"] << 10)
        usage.threads_peak = max(usage.threads_peak, status["Threads"])
