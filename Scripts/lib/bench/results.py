"""Benchmarks/RESULTS.md: all rows, where Tandem loses, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import targets
from .report import Report, amount, spread, times, verdict
from .row import Row, Spread

HEAD = """\
# Results

`Scripts/bench` wrote this file; [README.md](../README.md) says what Tandem is. Each number is the
median of {rounds} rounds, ours and the peer's in turn, in one run on one machine that server and
load generator share: the ratios, Tandem's value over the peer's, say something, the rates are this
machine's. CPU is the server's own time a request, user and system. Lowest and highest round stand
in brackets; where a row says so, it was measured less often.
"""
QUICK = """
**A quick run**: shorter measurements of smaller data than the targets are meant for.
"""

CHARTS = """
![Throughput of Tandem and its peers](charts/throughput.svg)

![CPU time a request of Tandem and its peers](charts/cpu.svg)
"""


def markdown(report: Report) -> str:
    """The whole file."""
    conditions = report.conditions
    parts = [HEAD.format(rounds=conditions.rounds)]
    if conditions.is_quick:
        parts.append(QUICK)
    parts.append("\n## All rows\n\n" + "\n".join(_table(report.rows)) + "\n")
    parts.append(CHARTS)
    parts.append("\n## Where Tandem loses, or misses its target\n\n" + _losses(report) + "\n")
    parts.append("\n## What was done\n\n" + "\n".join(_notes(report.rows)) + "\n")
    parts.append("\n## Conditions\n\n" + "\n".join(_conditions(report)) + "\n")
    return "".join(parts)


def _table(rows: Sequence[Row]) -> Iterable[str]:
    yield "| Row | | Tandem | Peer | | Ratio | CPU µs | Peer's | Ratio | Target | Met |"
    yield "|---|---|---:|---|---:|---:|---:|---:|---:|---|---|"
    for row in rows:
        cells = [
            f"`{row.name}`", row.title, _with_spread(amount(row.ours, row.unit), row.ours_spread),
            row.peer or "–",
            _with_spread(amount(row.peer_value, row.unit), row.peer_spread), times(row.ratio),
            amount(row.ours_cpu_us, "").strip(), amount(row.peer_cpu_us, "").strip(),
            times(row.cpu_ratio), targets.text(row) or "–", verdict(row),
        ]
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _with_spread(text: str, bounds: Spread | None) -> str:
    # One round has no spread.
    varies = bounds is not None and bounds.low < bounds.high
    return f"{text} ({spread(bounds)})" if varies else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def is_behind(row: Row) -> bool:
    """Whether the peer has the better value."""
    if row.ratio is None:
        return False
    return row.ratio < 1 if row.more_is_better else row.ratio > 1


def _losses(report: Report) -> str:
    lines = []
    for row in report.rows:
        findings = []
        if is_behind(row):
            findings.append(
                f"{row.peer} is ahead: {amount(row.peer_value, row.unit)} against our"
                f" {amount(row.ours, row.unit)}")
        if row.cpu_ratio is not None and row.cpu_ratio > 1:
            findings.append(
                f"a request costs us {times(row.cpu_ratio)} the peer's CPU time"
                f" ({amount(row.ours_cpu_us, 'µs')} against {amount(row.peer_cpu_us, 'µs')})")
        if targets.is_met(row) is False:
            findings.append(f"the target ({targets.text(row)}) is missed")
        if findings:
            lines.append(f"- `{row.name}`, {row.title}: {'; '.join(findings)}.")
    lines += [f"- `{name}` could not be measured: {why}"
              for name, why in report.failures.items()]
    return "\n".join(lines) or "In no row of this run."


def _notes(rows: Sequence[Row]) -> Iterable[str]:
    for row in rows:
        yield f"- `{row.name}`: {row.title}. {row.note}".rstrip()


def _conditions(report: Report) -> Iterable[str]:
    conditions = report.conditions
    machine = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in conditions.machine.items() if value)
    yield f"- Machine: {machine}."
    versions = ", ".join(
        f"{name} {value}" for name, value in conditions.versions.items() if value)
    yield f"- Versions: {versions}."
    yield f"- Orders: {conditions.shop}."
    yield f"- Date: {conditions.date}."
    yield "- Durability, and how the peers were set up:"
    by_text: dict[str, list[str]] = {}
    for row in report.rows:
        if row.durability:
            by_text.setdefault(row.durability, []).append(f"`{row.name}`")
    for text, names in by_text.items():
        yield f"  - {', '.join(names)}: {text}."
