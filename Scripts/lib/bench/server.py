"""A Tandem server of this run: its own ports, its own data, and the CLI that speaks to it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from tandem_conformance.process import cpu_seconds, resident_kib
from tandem_conformance.server import ON_FREE_PORTS, Server

from .row import BenchError

# Patience only: 5 million documents take minutes.
CATCH_UP_SECONDS = 1_800


class TandemServer(Server):
    """`tandem-server all`; `start`, `stop`, `restart` and `kill` are the conformance suite's.

    Its data lie in the run's private folder.
    """

    def __init__(
        self, program: Path, cli: Path, arguments: tuple[str, ...] = (),
        before: tuple[str, ...] = (),
    ) -> None:
        """`before`: a command that becomes the program, such as `env NAME=VALUE`."""
        words = shlex.join([*before, str(program)])
        super().__init__(f"{words} {ON_FREE_PORTS}", arguments=arguments)
        self._cli = cli

    @property
    def command_port(self) -> int:
        """On 127.0.0.1, and another one after a restart; so are the others."""
        return self.addresses["command"][1]

    @property
    def query_port(self) -> int:
        """Of the read side."""
        return self.addresses["query"][1]

    @property
    def feed_port(self) -> int:
        """Of the event feed."""
        return self.addresses["feed"][1]

    @property
    def environment(self) -> dict[str, str]:
        """In which the CLI finds this server."""
        return os.environ | {
            f"TANDEM_{role.upper()}_ADDRESS": "{}:{}".format(*self.addresses[role])
            for role in ("command", "query")
        }

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        return cpu_seconds(self.pid)

    @property
    def resident_bytes(self) -> int:
        """What it has in memory now."""
        return (resident_kib(self.pid) or 0) * 1024

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the CLI to its end."""
        return subprocess.run(
            [self._cli, *arguments], env=self.environment, check=False, capture_output=True,
            text=True)

    def tell(self, *arguments: str) -> Any:
        """What a command of the CLI prints with --json."""
        done = self.run(*arguments, "--json")
        if done.returncode != 0:
            words = done.stderr.strip()
            raise BenchError(f"tandem {' '.join(arguments)} ended with {done.returncode}: {words}")
        return json.loads(done.stdout)

    def import_shop(self, folder: Path) -> Any:
        """Imports a folder of CSV files; what `tandem import --json` says."""
        return self.tell("import", str(folder))

    def catch_up(self) -> Any:
        """Waits until the documents have all that is in the log; `tandem status --json` then."""
        return self.tell("status", "--wait", "--timeout", str(CATCH_UP_SECONDS))
