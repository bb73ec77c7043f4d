"""Starts, kills and stops the real programs for the tests in this folder."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("TANDEM_BIN", ROOT / ".build" / "release"))
SERVER = BIN / "tandem-server"
TEST_SERVER = BIN / "tandem-test-server"
TANDEM = BIN / "tandem"
PORTS = ("command", "query", "feed")

# The codec of the protocol's tooling, for tests that speak for themselves.
sys.path.insert(0, str(ROOT / "Protocol" / "conformance"))


class ShopServer:
    """One data directory, and the `tandem-server all` on it while it runs."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tandem-system.")
        self.work = Path(self._folder.name)
        self.data = self.work / "data"
        self.process: subprocess.Popen[str] | None = None
        self.addresses: dict[str, str] = {}

    def start(
        self, user: int | None = None, *, test_service: bool = False,
        open_files: int | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Starts the server on free ports and waits until it is ready."""
        self.start_on(
            dict.fromkeys(PORTS, "127.0.0.1:0"), user, test_service=test_service,
            open_files=open_files, options=options)

    def start_on(
        self, addresses: dict[str, str], user: int | None = None, *, test_service: bool = False,
        open_files: int | None = None, options: Sequence[str] = (),
        ready: Sequence[str] | None = PORTS,
    ) -> None:
        """Starts the server on these addresses and waits until the ports `ready` listen; `None`:
        any of them.

        `open_files` is the system's limit on its descriptors, soft and hard.
        """
        server = TEST_SERVER if test_service else SERVER
        command = [str(server), "all", "--data", str(self.data), "--drain-seconds", "5",
                   *options]
        for port, address in addresses.items():
            command += [f"--{port}-address", address]
        log = open(self.work / "server.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True,
            user=user, group=user,
            preexec_fn=None if open_files is None else lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (open_files, open_files)),
        )
        log.close()
        self.addresses = dict(addresses)
        self.wait_ready(ready)

    def wait_ready(self, ports: Sequence[str] | None = None) -> None:
        """The next line that the server says it is ready in; it must name these ports."""
        assert self.process and self.process.stdout
        line = self.process.stdout.readline()
        named = dict(re.findall(r" (\w+)=(\S+)", line))
        if not line.startswith("ready ") or ports is not None and list(named) != list(ports):
            self.kill()
            raise AssertionError(f"the server said {line!r}: {self.log()}")
        self.addresses |= named

    def log(self) -> str:
        return (self.work / "server.log").read_text(encoding="utf-8")

    def signal(self, number: int) -> int:
        """Sends a signal to the server alone and waits for its end; its exit status."""
        assert self.process
        status = end(self.process, number)
        self.process = None
        return status

    def prove(self) -> dict[str, str]:
        """What `verify --deep` finds, of each check; fails unless it finds nothing wrong. For a
        server that doesn't run."""
        result = subprocess.run(
            [str(SERVER), "verify", "--deep", "--data", str(self.data)], capture_output=True,
            text=True, timeout=300, check=False)
        if result.returncode != 0:
            raise AssertionError(f"verify: {result.returncode}\n{result.stdout}{result.stderr}")
        return dict(line.split(maxsplit=1) for line in result.stdout.splitlines())

    def kill(self) -> None:
        """kill -9."""
        if self.process:
            self.signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM."""
        return self.signal(signal.SIGTERM)

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "TANDEM_COMMAND_ADDRESS": self.addresses["command"],
            "TANDEM_QUERY_ADDRESS": self.addresses["query"],
        }

    def tandem(
        self, *arguments: str | Path, user: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command line program to its end."""
        return subprocess.run(
            [str(TANDEM), *map(str, arguments)], user=user, group=user,
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )

    def json(self, *arguments: str | Path) -> Any:
        """What `tandem … --json` prints; it must succeed."""
        result = self.tandem(*arguments, "--json")
        if result.returncode != 0:
            raise AssertionError(f"{arguments} ended with {result.returncode}: {result.stderr}")
        return json.loads(result.stdout)

    def start_import(self, shop: Path, *options: str) -> subprocess.Popen[str]:
        """Begins an import and does not wait for it."""
        return subprocess.Popen(
            [str(TANDEM), "import", str(shop), "--json", *options],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def head(self) -> int:
        """The log's last position, by `tandem status`."""
        return int(self.json("status")["head_position"])

    def wait_for_head(self, position: int, importing: subprocess.Popen[str]) -> None:
        """Until the log has grown to a position, or the import has ended."""
        while importing.poll() is None and self.head() < position:
            time.sleep(0.005)

    def connect(self, port: str) -> socket.socket:
        """A bare socket to one of the ports."""
        host, number = self.addresses[port].rsplit(":", 1)
        connection = socket.create_connection((host, int(number)), timeout=20)
        return connection


def end(process: subprocess.Popen[str], number: int) -> int:
    """Sends a process a signal and waits for its end; its exit status."""
    process.send_signal(number)
    status = process.wait(timeout=60)
    if process.stdout:
        process.stdout.close()
    return status


def unreachable(user: int) -> bool:
    """Whether another user can't even begin to run the server."""
    try:
        subprocess.run(
            [str(SERVER), "--version"], user=user, group=user, capture_output=True,
            timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return True
    return False


def make_shop(folder: Path, orders: int, seed: int) -> Path:
    """A sample shop as CSV files."""
    subprocess.run(
        [sys.executable, str(ROOT / "Scripts/lib/sample_shop.py"), str(folder),
         "--orders", str(orders), "--seed", str(seed)],
        check=True, capture_output=True,
    )
    return folder


def verify(server: ShopServer, shop: Path) -> None:
    """The independent check of `verify_shop.py`: raises when anything differs."""
    server.tandem("status", "--wait")
    result = subprocess.run(
        [sys.executable, str(ROOT / "Scripts/lib/verify_shop.py"), str(shop),
         "--tandem", str(TANDEM)],
        env=server.environment, capture_output=True, text=True, timeout=120, check=False,
    )
    if result.returncode != 0:
        raise AssertionError(f"{result.stdout}\n{result.stderr}")
