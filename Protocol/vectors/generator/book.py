"""Collects vectors, and writes them the same way each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CODES = {
    "NO_ERROR": 0,
    "PROTOCOL_ERROR": 1,
    "VERSION": 2,
    "SIZE": 3,
    "FLOW": 5,
    "CHECKSUM": 6,
    "LIMIT": 7,
    "CLUSTER": 11,
}

VIOLATIONS = {
    "bad-magic": "PROTOCOL_ERROR",
    "unsupported-version": "VERSION",
    "unknown-role": "PROTOCOL_ERROR",
    "wrong-role": "PROTOCOL_ERROR",
    "frame-too-short": "SIZE",
    "frame-too-long": "SIZE",
    "unknown-frame-type": "PROTOCOL_ERROR",
    "reserved-flags": "PROTOCOL_ERROR",
    "reserved-field": "PROTOCOL_ERROR",
    "unexpected-frame": "PROTOCOL_ERROR",
    "bad-ping": "PROTOCOL_ERROR",
    "checksum-missing": "CHECKSUM",
    "checksum-wrong": "CHECKSUM",
    "metadata-truncated": "PROTOCOL_ERROR",
    "metadata-too-long": "SIZE",
    "metadata-duplicate": "PROTOCOL_ERROR",
    "metadata-unknown": "PROTOCOL_ERROR",
    "malformed-message": "PROTOCOL_ERROR",
    "too-many-methods": "LIMIT",
    "wrong-cluster": "CLUSTER",
    "bad-stream-id": "PROTOCOL_ERROR",
    "unopened-stream": "PROTOCOL_ERROR",
    "zero-credit": "PROTOCOL_ERROR",
    "credit-overflow": "FLOW",
    "credit-on-unary": "PROTOCOL_ERROR",
    "promise-too-long": "SIZE",
    "bad-encoding": "PROTOCOL_ERROR",
    "bad-body": "PROTOCOL_ERROR",
    "bad-dictionary": "PROTOCOL_ERROR",
    "bad-welcome": "PROTOCOL_ERROR",
    "metadata-malformed": "PROTOCOL_ERROR",
}
"""What a receiver finds wrong, and the code of the GOAWAY that it ends the connection with."""

REFUSALS = {
    "MALFORMED_METADATA": (3, "INVALID_ARGUMENT"),
    "KEY_EXPIRED": (9, "FAILED_PRECONDITION"),
}
"""What is answered with ERROR on the stream, and its status."""


class Book:
    """The vectors of one file."""

    def __init__(self, name: str, title: str, notes: dict[str, str]) -> None:
        self.name = name
        self.title = title
        self.notes = notes
        self.vectors: list[dict[str, Any]] = []

    def _add(
        self, id: str, comment: str, rules: str, notes: str, setup: dict[str, Any], data: bytes,
        outcome: dict[str, Any],
    ) -> None:
        unknown = set(notes.split()) - self.notes.keys()
        assert not unknown, f"{id}: notes without a text: {unknown}"
        self.vectors.append(
            {
                "id": f"{self.name}/{id}",
                "comment": comment,
                "rules": rules.split(),
                "notes": notes.split(),
                "setup": setup,
                "input": data.hex(),
                **outcome,
            }
        )

    def valid(
        self, id: str, comment: str, rules: str, data: bytes, expected: dict[str, Any],
        *, notes: str = "", **setup: Any,
    ) -> None:
        """Whoever receives this must accept it, and must read this."""
        self._add(
            id, comment, rules, notes, setup, data, {"result": "valid", "expected": expected}
        )

    def incomplete(
        self, id: str, comment: str, rules: str, data: bytes, expected: dict[str, Any],
        *, notes: str = "", **setup: Any,
    ) -> None:
        """Whoever receives this must wait for more, having read this."""
        self._add(
            id, comment, rules, notes, setup, data, {"result": "incomplete", "expected": expected}
        )

    def invalid(
        self, id: str, comment: str, rules: str, data: bytes, reason: str,
        expected: dict[str, Any] | None = None, *, notes: str = "", **setup: Any,
    ) -> None:
        """Whoever receives this must end the connection, having read this."""
        code = VIOLATIONS[reason]
        violation = {"reason": reason, "code": CODES[code], "name": code}
        outcome: dict[str, Any] = {"result": "invalid", "violation": violation}
        if expected:
            outcome["expected"] = expected
        self._add(id, comment, rules, notes, setup, data, outcome)

    def refused(
        self, id: str, comment: str, rules: str, data: bytes, reason: str,
        expected: dict[str, Any] | None = None, *, notes: str = "", **setup: Any,
    ) -> None:
        """Whoever receives this answers the call with ERROR; the connection lives."""
        status, name = REFUSALS[reason]
        refusal = {"reason": reason, "status": status, "name": name}
        outcome: dict[str, Any] = {"result": "refused", "refusal": refusal}
        if expected:
            outcome["expected"] = expected
        self._add(id, comment, rules, notes, setup, data, outcome)

    def session(
        self, id: str, comment: str, rules: str, notes: str, setup: dict[str, Any],
        steps: list[dict[str, Any]],
    ) -> None:
        """A whole connection; its last step may be a violation."""
        self._add(id, comment, rules, notes, setup, b"", {})
        vector = self.vectors[-1]
        del vector["input"]
        vector["steps"] = steps
        vector["result"] = "invalid" if "violation" in steps[-1] else "valid"

    @property
    def text(self) -> str:
        """The file's contents."""
        used = {note for vector in self.vectors for note in vector["notes"]}
        assert used == self.notes.keys(), f"{self.name}: unused notes {self.notes.keys() - used}"
        return as_text(
            {
                "$schema": "vectors.schema.json",
                "kind": self.name,
                "title": self.title,
                "count": len(self.vectors),
                "notes": self.notes,
                "vectors": self.vectors,
            }
        )

    def write(self, folder: Path) -> None:
        """Writes `<name>.json`."""
        (folder / f"{self.name}.json").write_text(self.text, encoding="utf-8")


def as_text(value: object) -> str:
    """JSON as it is committed."""
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"
