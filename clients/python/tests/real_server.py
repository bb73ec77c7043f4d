"""A tandem-test-server of its own for a test: started on free ports with an empty data folder."""

from __future__ import annotations

import asyncio
import os
import pathlib
import re
import shutil
import tempfile
from types import TracebackType
from typing import Self

BIN = os.environ.get("TANDEM_BIN", "")
PROGRAM = pathlib.Path(BIN) / "tandem-test-server"
REASON = "set TANDEM_BIN to the folder that has tandem-test-server to run the tests against it"


def is_there() -> bool:
    return bool(BIN) and PROGRAM.is_file()


class RealServer:
    """`command`, `query` and `feed` are its addresses, also after `restart`."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._folder = tempfile.mkdtemp(prefix="tandem-python-")
        self.command = self.query = self.feed = "127.0.0.1:0"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM), "all", "--data", self._folder, "--command-address", self.command,
            "--query-address", self.query, "--feed-address", self.feed, *self._arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        assert self._process.stdout is not None
        # Timed: patience with what takes milliseconds; only what hangs takes that long.
        async with asyncio.timeout(30):
            line = (await self._process.stdout.readline()).decode()
        ports = dict(re.findall(r"(command|query|feed)=(\S+)", line))
        assert len(ports) == 3, f"tandem-test-server did not start: {line!r}"
        self.command, self.query, self.feed = ports["command"], ports["query"], ports["feed"]

    async def stop(self, kill: bool = False) -> None:
        if self._process.returncode is None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
