"""The client under test: a child process that takes JSON lines and answers with JSON lines.

HARNESS.md is the protocol. One process serves one case, so that no case inherits the connections,
tokens or dictionaries of another.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
import threading
import time
from typing import Any

from ..outcome import CaseFailure

# What a started program may take for its first answer, and a closed one to end.
PATIENCE_S = 20.0


class Harness:
    """One harness process, its open questions and the answers so far."""

    def __init__(self, command: str) -> None:
        self._stderr = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
            )
        except OSError:
            self._stderr.close()
            raise
        self._changed = threading.Condition()
        self._answers: dict[int, tuple[float, dict[str, Any]]] = {}
        self._asked: dict[int, str] = {}
        self._fault: str | None = None
        self._last_id = 0
        # A thread of its own, since a pipe cannot be read with a timeout on every system.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The program that was started."""
        return self._process.pid

    def ask(self, do: str, **fields: Any) -> int:
        """Sends one command; its id names the answer."""
        self._last_id += 1
        self._asked[self._last_id] = do
        line = json.dumps({"id": self._last_id, "do": do, **fields}) + "\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode())
        except OSError:
            raise CaseFailure(f"the harness ended before it was told to {do}{self._said()}")
        return self._last_id

    def poll(self, number: int) -> tuple[float, dict[str, Any]] | None:
        """The answer and when it came, if it has come; a broken harness fails the case."""
        with self._changed:
            found = self._answers.get(number)
            if found is None and self._fault:
                raise CaseFailure(self._fault + self._said())
            return found

    def wait(self, number: int, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """The answer to a command that concerns no server: open, cancel, close."""
        with self._changed:
            self._changed.wait_for(
                lambda: number in self._answers or self._fault is not None, seconds
            )
        found = self.poll(number)
        if found is None:
            what = self._asked[number]
            raise CaseFailure(
                f"the harness did not answer '{what}' within {seconds:g} s{self._said()}"
            )
        return found[1]

    def end(self) -> str | None:
        """Ends the process; what was wrong with its end, if anything."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            pass
        problem = None
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            problem = "the harness did not end when its standard input ended" + self._said()
            self._process.kill()
            self._process.wait()
        self._reader.join(PATIENCE_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()
        return problem

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._lines():
            fault = None
            try:
                answer = json.loads(line)
                number = answer["id"]
                if number not in self._asked:
                    fault = f"the harness answered id {number}, which it was never given"
                elif number in self._answers:
                    fault = f"the harness answered id {number} twice"
                elif answer.get("outcome") not in ("ok", "error"):
                    fault = f"the harness answered without a known outcome: {line[:200]!r}"
            except (ValueError, KeyError, TypeError, AttributeError):
                fault = f"the harness wrote a line that is no answer: {line[:200]!r}"
            with self._changed:
                if fault:
                    self._fault = fault
                else:
                    self._answers[number] = (time.monotonic(), answer)
                self._changed.notify_all()
        with self._changed:
            self._fault = self._fault or "the harness ended before its answers were complete"
            self._changed.notify_all()

    def _lines(self) -> Any:
        assert self._process.stdout is not None
        rest = b""
        while chunk := self._process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line for line in lines if line.strip())

    def _said(self) -> str:
        """The last words on its standard error, for the report."""
        self._stderr.seek(0)
        tail = self._stderr.read()[-600:].decode(errors="replace").strip()
        return f"; its standard error ends: {tail}" if tail else ""
