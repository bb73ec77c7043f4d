"""A peer's process: started on a free port, awaited, and ended by its id."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from .row import BenchError

READY_SECONDS = 30
STOP_SECONDS = 20


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """A program that serves a port of 127.0.0.1 until `stop`."""

    def __init__(self, words: Sequence[str], port: int, log: Path) -> None:
        self.port = port
        self._log = log
        with log.open("ab") as output:
            # A group of its own: Ctrl-C is ours, and we end it. Not a session of its own, which
            # Linux may let take turns with ours (sched_autogroup_enabled).
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0)
        try:
            self._await_port(words[0])
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def stop(self) -> None:
        """Politely, then for certain."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def _await_port(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        words = self._log.read_text(errors="replace")[-2_000:].strip()
        raise BenchError(f"{Path(name).name} did not start: {words or 'it says nothing'}")
