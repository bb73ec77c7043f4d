"""The server that is abused: started under limits, watched from outside, ended."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
TICKS = os.sysconf("SC_CLK_TCK")
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


class Server:
    """A `tandem-server all` on ports of its own."""

    def __init__(self, program: Path, folder: Path, memory_mib: int) -> None:
        self._folder = folder
        self.memory_mib = memory_mib
        self._command = [
            "prlimit", f"--data={(memory_mib + DATA_SLACK_MIB) * MIB}", "--core=0",
            str(program), "all", "--data", str(folder / "data"), "--memory", f"{memory_mib}MiB",
        ]
        for port in ("command", "query", "feed"):
            self._command += [f"--{port}-address", "127.0.0.1:0"]
        self.usage = Usage()
        self.addresses: dict[str, str] = {}
        self._is_over = threading.Event()

    def start(self) -> None:
        """Starts it and waits until it is ready; then it is watched, from nothing."""
        self.usage = Usage()
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        killer = threading.Timer(READY_SECONDS_MAX, self._process.kill)
        killer.start()
        ready = self._process.stdout.readline().decode()
        killer.cancel()
        self.addresses = dict(re.findall(r"(\w+)=(\S+)", ready))
        if "query" not in self.addresses:
            raise RuntimeError(f"the server did not start; its log ends with:\n{self.log(2000)}")
        self._is_over.clear()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def ports(self) -> dict[str, tuple[str, int]]:
        """Where it listens."""
        return {role: (address.rpartition(":")[0], int(address.rpartition(":")[2]))
                for role, address in self.addresses.items()}

    @property
    def exit_code(self) -> int | None:
        """How it has ended; None: it lives."""
        return self._process.poll()

    def log(self, most: int) -> str:
        """The end of what it wrote."""
        text = (self._folder / "server.log").read_bytes()[-most:]
        return text.decode(errors="replace")

    def stop(self) -> int:
        """Ends it, and returns its exit code."""
        self._is_over.set()
        self._watcher.join()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def _watch(self) -> None:
        began, round_number = time.monotonic(), 0
        while not self._is_over.wait(0.1):
            try:
                self._look(time.monotonic() - began, round_number)
            except (OSError, KeyError):
                # It has ended: whoever waits for it will say so.
                return
            round_number += 1

    def _look(self, seconds: float, round_number: int) -> None:
        process, usage = Path(f"/proc/{self._process.pid}"), self.usage
        status = dict(re.findall(r"(\w+):\s+(\d+)", (process / "status").read_text("ascii")))
        usage.rss_last = int(status["VmRSS"]) << 10
        # The system's own peak: it misses none between two looks.
        usage.rss_peak = max(usage.rss_peak, int(status["VmHWM"]) << 10)
        usage.anon_peak = max(usage.anon_peak, int(status["RssAnon"]) << 10)
        usage.data_peak = max(usage.data_peak, int(status["VmData"]) << 10)
        usage.threads_peak = max(usage.threads_peak, int(status["Threads"]))
        times = (process / "stat").read_text("ascii").rpartition(")")[2].split()
        usage.cpu_seconds = (int(times[11]) + int(times[12])) / TICKS
        usage.seconds = seconds
        if round_number % 10 == 0:
            usage.descriptors_peak = max(
                usage.descriptors_peak, len(list((process / "fd").iterdir())))
        if round_number % 50 == 0:
            usage.course.append((round(seconds), usage.rss_last // MIB))
