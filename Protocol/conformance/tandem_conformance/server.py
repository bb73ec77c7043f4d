"""The server under test as a process: started, killed, restarted, one for each set of limits."""

from __future__ import annotations

import queue
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .link import Address

START_SECONDS = 60.0
STOP_SECONDS = 45.0
_STDERR_BYTES = 4000
# What this repository's servers are told behind their names, to have all ports, by the system's
# choice.
ON_FREE_PORTS = (
    "all --data {data} --command-address 127.0.0.1:0 --query-address 127.0.0.1:0"
    " --feed-address 127.0.0.1:0"
)

Limits = tuple[tuple[str, int], ...]


class ServerError(Exception):
    """The server could not be started, or is not there any more."""


def parse_address(text: str) -> Address:
    """`127.0.0.1:7401` or `[::1]:7401`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"{text!r} is no address: write HOST:PORT")
    return host.strip("[]"), int(port)


class Server:
    """A server that this program started, with a data directory of its own."""

    def __init__(self, command: str, limits: Limits = (), arguments: tuple[str, ...] = ()) -> None:
        if "{data}" not in command:
            raise ServerError("--start needs {data} where the data directory is to stand")
        self._command = command
        self._limits = limits
        self._arguments = arguments
        self._directory = Path(tempfile.mkdtemp(prefix="tandem-conformance-"))
        self._process: subprocess.Popen[str] | None = None
        self._stderr_path = self._directory / "stderr"
        self.addresses: dict[str, Address] = {}

    @property
    def data(self) -> Path:
        """The data directory; it outlives restarts."""
        return self._directory / "data"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it has ended by itself; None: it is there, or was told to end."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts it and waits for its line `ready command=H:P query=H:P feed=H:P`."""
        self.data.mkdir(exist_ok=True)
        words = [word.replace("{data}", str(self.data)) for word in shlex.split(self._command)]
        for limit, value in self._limits:
            words += ["--limit", f"{limit}={value}"]
        words += self._arguments
        with self._stderr_path.open("a") as stderr:
            try:
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    # Its own group, so that a Ctrl-C is ours to pass on; but not a session, which
                    # Linux may let take turns with ours (sched_autogroup_enabled).
                    process_group=0,
                )
            except OSError as error:
                raise ServerError(f"the server did not start: {error}") from None
        self.addresses = self._await_ready(self._process)

    def stop(self) -> int | None:
        """Asks it to stop (SIGTERM), and kills it if it does not; its exit code."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        code = self._process.wait()
        self._process = None
        return code

    def terminate(self) -> None:
        """Sends SIGTERM and does not wait: the server drains."""
        self._running().send_signal(signal.SIGTERM)

    def wait(self, timeout: float = STOP_SECONDS) -> int:
        """Waits for it to end by itself; its exit code."""
        process = self._running(ended_is_fine=True)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ServerError(f"the server still runs {timeout} s later") from None

    def kill(self) -> None:
        """SIGKILL, as a crash would have it."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def restart(self) -> None:
        """Starts it again on the same data, after stop, kill or an end of its own."""
        if self._process is not None:
            self.stop()
        self.start()

    def death(self) -> str | None:
        """How it ended, with the last it wrote, if it is not running any more."""
        if self._process is None or self._process.poll() is None:
            return None
        code = self._process.returncode
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"the server process ended ({how}); the last of its stderr: {self.stderr()}"

    def stderr(self) -> str:
        """The last that it wrote to stderr."""
        try:
            data = self._stderr_path.read_bytes()
        except OSError:
            return "none"
        return data[-_STDERR_BYTES:].decode(errors="replace").strip() or "nothing"

    def dispose(self) -> None:
        """Stops it and removes its files."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _running(self, *, ended_is_fine: bool = False) -> subprocess.Popen[str]:
        if self._process is None or not ended_is_fine and self._process.poll() is not None:
            raise ServerError(self.death() or "the server is not running")
        return self._process

    def _await_ready(self, process: subprocess.Popen[str]) -> dict[str, Address]:
        lines: queue.Queue[str] = queue.Queue()
        # Goes on reading for good: a full pipe would stop a server that prints more.
        threading.Thread(target=_pump, args=(process, lines), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                if process.poll() is not None:
                    raise ServerError(self.death() or "the server ended") from None
                continue
            if line.startswith("ready "):
                parts = (word.split("=", 1) for word in line.split()[1:] if "=" in word)
                return {role: parse_address(address) for role, address in parts}
        process.kill()
        raise ServerError(f"no `ready` line within {START_SECONDS} s; stderr: {self.stderr()}")


def _pump(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    if process.stdout is not None:
        with process.stdout as stdout:
            for line in stdout:
                lines.put(line.rstrip("\n"))


class Servers:
    """One started server for each set of limits and arguments that a case asks for."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._servers: dict[tuple[Limits, tuple[str, ...]], Server] = {}

    def get(self, limits: dict[str, int], arguments: tuple[str, ...] = ()) -> Server:
        """The server for these limits; started now if it is not running."""
        key = (tuple(sorted(limits.items())), arguments)
        server = self._servers.get(key)
        if server is None:
            server = self._servers[key] = Server(self._command, *key)
        if not server.is_running:
            server.restart()
        return server

    def release(self, limits: dict[str, int], arguments: tuple[str, ...] = ()) -> None:
        """Stops the server for these limits: no further case needs it."""
        server = self._servers.pop((tuple(sorted(limits.items())), arguments), None)
        if server is not None:
            server.dispose()

    def dispose(self) -> None:
        """Stops all of them."""
        for server in self._servers.values():
            server.dispose()
