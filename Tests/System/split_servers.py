"""The write side and the read side as processes of their own, each killed and started alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from shop_server import SERVER, TANDEM, end


class Side:
    """One side's process: `tandem-server write` or `tandem-server read`."""

    def __init__(self, kind: str, work: Path) -> None:
        self.kind = kind
        self.data = work / kind
        self.log_file = work / f"{kind}.log"
        self.process: subprocess.Popen[str] | None = None
        self.addresses: dict[str, str] = {}

    def start(self, addresses: dict[str, str], *options: str) -> None:
        """Starts on these addresses, and waits until it is ready; keeps those it listens on."""
        command = [str(SERVER), self.kind, "--data", str(self.data), "--drain-seconds", "5",
                   *options]
        for port, address in addresses.items():
            command += [f"--{port}-address", address]
        with open(self.log_file, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True)
        assert self.process.stdout
        words = self.process.stdout.readline().split()
        if words[:1] != ["ready"]:
            self.end(signal.SIGKILL)
            raise AssertionError(f"tandem-server {self.kind} did not start: {self.log()}")
        self.addresses = addresses | dict(word.split("=", 1) for word in words[1:])

    def signal(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def end(self, number: int) -> int:
        """Sends a signal and waits for the end."""
        assert self.process
        status = end(self.process, number)
        self.process = None
        return status

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")


class SplitServers:
    """A write server and a read server that follows it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tandem-system.")
        work = Path(self._folder.name)
        self.write = Side("write", work)
        self.read = Side("read", work)

    def start(self) -> None:
        """Both, on free ports."""
        self.write.start({"command": "127.0.0.1:0", "feed": "127.0.0.1:0"})
        self.read.start({"query": "127.0.0.1:0", "feed": self.write.addresses["feed"]})

    def close(self) -> None:
        for side in (self.read, self.write):
            if side.process:
                side.end(signal.SIGKILL)
        self._folder.cleanup()

    def tandem(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the command line program to its end."""
        environment = os.environ | {
            "TANDEM_COMMAND_ADDRESS": self.write.addresses["command"],
            "TANDEM_QUERY_ADDRESS": self.read.addresses["query"],
        }
        return subprocess.run(
            [str(TANDEM), *arguments], env=environment, capture_output=True, text=True,
            timeout=120, check=False)

    def json(self, *arguments: str) -> Any:
        """What `tandem … --json` prints; it must succeed."""
        result = self.tandem(*arguments, "--json")
        if result.returncode != 0:
            raise AssertionError(
                f"{arguments} ended with {result.returncode}: {result.stderr}\n"
                f"the read server says: {self.read.log()}")
        return json.loads(result.stdout)
