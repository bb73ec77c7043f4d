"""Programs that run beside the runner, and talk with it in JSON, one object a line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..polling import readable

Message = dict[str, Any]

# Where the package tandem_conformance lies.
PACKAGE_HOME = Path(__file__).resolve().parents[2]


class ChildFailure(Exception):
    """A program that the runner started ended, went silent, or says that it can't go on."""


class Child:
    """The runner's end of one such program."""

    def __init__(self, module: str, config: Message) -> None:
        self.name = module
        self._errors = tempfile.TemporaryFile()
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE_HOME), PYTHONDONTWRITEBYTECODE="1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tandem_conformance.abuse.{module}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0,
            env=environment, cwd=PACKAGE_HOME,
        )
        self._pending = b""
        self.tell(config)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def ready(self) -> Message:
        """Waits until it says that it has begun."""
        return self.hear(timeout=30)

    def tell(self, message: Message) -> None:
        """Sends one line."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            raise self._failure("has ended") from None

    def hear(self, timeout: float) -> Message:
        """Waits for one line; a line with "failed" in it is raised."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + timeout
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not readable([self._process.stdout], left):
                raise self._failure(f"said nothing for {timeout:.0f} s")
            chunk = os.read(self._process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise self._failure("has ended")
            self._pending += chunk
        line, self._pending = self._pending.split(b"\n", 1)
        message: Message = json.loads(line)
        if "failed" in message:
            raise ChildFailure(f"the {self.name} says: {message['failed']}")
        return message

    def has_spoken(self) -> bool:
        """Whether a line, or the program's end, is there to be heard."""
        assert self._process.stdout is not None
        return bool(self._pending) or bool(readable([self._process.stdout], 0))

    def ask(self, message: Message, timeout: float) -> Message:
        """Sends one line, and waits for the one that answers it."""
        self.tell(message)
        return self.hear(timeout)

    def close(self) -> None:
        """Ends the program; whatever it is doing."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()

    def _failure(self, what: str) -> ChildFailure:
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()[-800:]
        return ChildFailure(f"the {self.name} {what}" + (f": {said}" if said else ""))


def serve(start: Callable[[Message], Callable[[Message], Message]]) -> None:
    """The program's end: `start` takes the first line and makes what answers all later ones."""
    try:
        answer = start(_read_line() or {})
        _write_line({"ready": True, **answer({})})
        while (message := _read_line()) is not None:
            _write_line(answer(message))
    except (OSError, ValueError, LookupError) as error:
        _write_line({"failed": f"{type(error).__name__}: {error}"})


def _read_line() -> Message | None:
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def _write_line(message: Message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
