"""How a case can come out, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"
NOT_APPLICABLE = "not_applicable"


class CaseFailure(Exception):
    """The server did something else than the case demands."""

    def __init__(self, expected: str, came: str = "") -> None:
        super().__init__(f"expected {expected}, got {came}" if came else expected)
        self.expected = expected
        self.came = came


class CaseSkipped(Exception):
    """The case cannot be run here; the text says why."""


class BadCase(Exception):
    """The case itself is wrong: a verb, key or value that the engine does not know."""


@dataclass
class Result:
    """The outcome of one case. `figures` are measurements for the report."""

    id: str
    number: int | None
    group: str
    rules: list[str]
    outcome: str
    seconds: float = 0.0
    detail: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The members of an entry of `results`, as the README lists them."""
        return {
            "id": self.id,
            "number": self.number,
            "group": self.group,
            "rules": self.rules,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 3),
            "detail": self.detail,
            "figures": self.figures,
        }
