"""Of the parts' reports one report, one summary and one verdict."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from typing import Any

from conformance_parts import Outcome, Report

COUNTS = ("cases", "passed", "failed", "skipped", "not_applicable")
# What an abuse case that measures reports, and the heading of its column.
ABUSE_COLUMNS = {
    "idle_p99_ms": "idle p99", "quiet_p99_ms": "quiet p99", "abuse_p99_ms": "abuse p99",
    "abuse_waited_ms": "no processor", "p99_bound_ms": "allowed p99",
    "rss_growth_kib": "grown by KiB", "rss_bound_kib": "allowed KiB",
}


def merge(outcomes: Sequence[Outcome]) -> Report:
    """One report: the sums, each part's own, and every case with the half that it belongs to."""
    merged: Report = {count: 0 for count in COUNTS}
    merged["parts"] = {}
    merged["results"] = []
    for outcome in outcomes:
        report = outcome.report or {**{count: 0 for count in COUNTS}, "results": []}
        for count in COUNTS:
            merged[count] += report[count]
        merged["parts"][outcome.part.name] = {
            **{count: report[count] for count in COUNTS},
            "half": outcome.part.half,
            "status": outcome.status,
            "seconds": round(outcome.seconds, 1),
            "seed": report.get("seed"),
        }
        for result in report["results"]:
            merged["results"].append({"half": outcome.part.half, **result})
    return merged


def merge_junit(outcomes: Sequence[Outcome]) -> ElementTree.ElementTree:
    """One document of all test suites, each named for its half."""
    root = ElementTree.Element("testsuites")
    for outcome in outcomes:
        if not outcome.junit.exists():
            continue
        for suite in ElementTree.parse(outcome.junit).iter("testsuite"):
            suite.set("name", f"{outcome.part.half}.{suite.get('name', 'conformance')}")
            root.append(suite)
    return ElementTree.ElementTree(root)


def summary(outcomes: Sequence[Outcome], no_skips: bool = False) -> str:
    """What the abuse cases measured, a line for each part, what is not as it should be, and one
    line for all."""
    lines = abuse_table(outcomes)
    for outcome in outcomes:
        if outcome.report is None:
            lines.append(f"{outcome.part.name:14} no report; ended with {outcome.status}")
            continue
        counts = ", ".join(
            f"{outcome.report[count]} {count.replace('_', ' ')}"
            for count in COUNTS[1:]
            if outcome.report[count] or count in ("passed", "failed")
        )
        well = "" if outcome.is_well(no_skips) else f" (ended with {outcome.status})"
        lines.append(f"{outcome.part.name:14} {counts}, in {outcome.seconds:.0f} s{well}")
    lines += faults(outcomes, no_skips)
    total = merge(outcomes)
    verdict = "all is well" if is_well(outcomes, no_skips) else "NOT as it should be"
    lines.append(
        f"{total['cases']} cases: {total['passed']} passed, {total['failed']} failed,"
        f" {total['skipped']} skipped, {total['not_applicable']} not applicable: {verdict}"
    )
    return "\n".join(lines)


def faults(outcomes: Sequence[Outcome], no_skips: bool = False) -> list[str]:
    """The cases that keep the verdict from being well, one a line."""
    lines = []
    for outcome in outcomes:
        lines += [f"failed: {one} ({outcome.part.name})" for one in outcome.unexpected_failures]
        if no_skips:
            lines += [
                f"skipped, and no skips are allowed: {one} ({outcome.part.name})"
                for one in outcome.unexpected_skips
            ]
    return lines


def abuse_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Latencies in ms and memory in KiB, a line for each abuse case that measured any."""
    rows = [
        (result["id"], result["figures"])
        for outcome in outcomes
        for result in (outcome.report or {"results": []})["results"]
        if "abuse_p99_ms" in result.get("figures", {})
    ]
    if not rows:
        return []
    titles = list(ABUSE_COLUMNS.values())
    lines = ["abuse, in ms".ljust(32) + "".join(f"{title:>14}" for title in titles)]
    for name, figures in rows:
        cells = "".join(f"{_cell(figures.get(key)):>14}" for key in ABUSE_COLUMNS)
        lines.append(f"{name:32}{cells}")
    return [*lines, ""]


def _cell(value: Any) -> str:
    # Memory is unknown where the server's process is.
    return "–" if value is None else str(value)


def is_well(outcomes: Sequence[Outcome], no_skips: bool = False) -> bool:
    """Whether every part is well, and anything ran at all."""
    ran = sum(outcome.report["passed"] for outcome in outcomes if outcome.report)
    return ran > 0 and all(outcome.is_well(no_skips) for outcome in outcomes)
