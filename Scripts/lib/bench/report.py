"""What a run found, as JSON for programs and as a table for a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import targets
from .row import Row, Spread


@dataclass(frozen=True)
class Conditions:
    """Under which a run was made."""

    machine: Mapping[str, str]
    versions: Mapping[str, str]
    shop: str
    rounds: int
    is_quick: bool
    date: str


@dataclass(frozen=True)
class Report:
    """The rows, and why others are missing."""

    conditions: Conditions
    rows: Sequence[Row]
    failures: Mapping[str, str] = field(default_factory=dict)
    """Sentences by the names of rows that could not be measured."""


def as_json(report: Report) -> str:
    """An array with an object for each row, which has its conditions with it."""
    conditions = report.conditions
    objects = [_object(row) | {
        "conditions": {
            "machine": dict(conditions.machine), "versions": dict(conditions.versions),
            "durability": row.durability, "shop": conditions.shop, "rounds": conditions.rounds,
            "quick": conditions.is_quick, "date": conditions.date,
        },
    } for row in report.rows]
    return json.dumps(objects, indent=2, ensure_ascii=False) + "\n"


def _object(row: Row) -> dict[str, Any]:
    return {
        "name": row.name, "title": row.title, "ours": row.ours, "unit": row.unit,
        "peer": row.peer or None, "peer_value": row.peer_value, "ratio": row.ratio,
        "ours_cpu_us": row.ours_cpu_us, "peer_cpu_us": row.peer_cpu_us,
        "cpu_ratio": row.cpu_ratio, "more_is_better": row.more_is_better,
        "ours_spread": _pair(row.ours_spread), "peer_spread": _pair(row.peer_spread),
        "note": row.note, "target": targets.text(row) or None, "met": targets.is_met(row),
        "details": dict(row.details),
    }


def _pair(spread: Spread | None) -> list[float] | None:
    return [spread.low, spread.high] if spread else None


def number(value: float) -> str:
    """Three or four digits, with thousands apart."""
    for least, digits in ((100, 0), (10, 1)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.2f}"


def amount(value: float | None, unit: str) -> str:
    """A number with its unit; a dash for nothing."""
    if value is None:
        return "–"
    return f"{number(value)}{'' if unit.startswith('/') or unit == 'x' else ' '}{unit}"


def times(ratio: float | None) -> str:
    """A ratio; a dash for nothing."""
    return "–" if ratio is None else f"{number(ratio)}x"


def spread(value: Spread | None) -> str:
    """Lowest and highest; empty for nothing."""
    return f"{number(value.low)}–{number(value.high)}" if value else ""


def verdict(row: Row) -> str:
    """Whether the target is met, in a word."""
    return {True: "yes", False: "NO", None: "–"}[targets.is_met(row)]


def in_short(row: Row) -> str:
    """For who waits for the table."""
    text = amount(row.ours, row.unit)
    if row.peer_value is not None:
        text += f", {row.peer} {amount(row.peer_value, row.unit)}, {times(row.ratio)}"
    return text


def terminal_table(rows: Sequence[Row]) -> str:
    """One line a row, in columns."""
    lines = [("ROW", "TANDEM", "PEER", "RATIO", "CPU µs", "PEER CPU", "MET", "TARGET")]
    for row in rows:
        lines.append((
            row.name, amount(row.ours, row.unit), amount(row.peer_value, row.unit),
            times(row.ratio), amount(row.ours_cpu_us, "").strip(),
            amount(row.peer_cpu_us, "").strip(), verdict(row), targets.text(row)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column in (0, 6, 7) else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in lines)
