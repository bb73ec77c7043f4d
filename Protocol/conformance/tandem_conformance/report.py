"""What is told about a run: lines while it goes on, a table, JUnit XML, JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from .outcome import FAILED, NOT_APPLICABLE, PASSED, SKIPPED, Result

_OUTCOMES = (PASSED, FAILED, SKIPPED, NOT_APPLICABLE)
_DETAIL_SHOWN = 240
_MARKS = {PASSED: "ok", FAILED: "FAILED", SKIPPED: "skipped", NOT_APPLICABLE: "n/a"}


def line(result: Result, known_failing: Sequence[str] = ()) -> str:
    """One case on one line, with the first line of its detail."""
    mark = _MARKS[result.outcome]
    if result.outcome == FAILED and result.id in known_failing:
        mark = "known"
    number = "" if result.number is None else str(result.number)
    text = f"{mark:<8}{number:>4}  {result.id:<46} {result.seconds:>7.2f} s"
    if result.detail:
        first = result.detail.splitlines()[0]
        text += (
            f"\n              {first[:_DETAIL_SHOWN]}{'…' if len(first) > _DETAIL_SHOWN else ''}"
        )
    return text


def write_table(results: Sequence[Result], out: TextIO) -> None:
    """Each group with its counts, and the sum."""
    groups: dict[str, Counter[str]] = {}
    for result in results:
        groups.setdefault(result.group, Counter())[result.outcome] += 1
    width = max([len(group) for group in groups] + [len("in all")]) + 2
    print("group".ljust(width) + "".join(f"{title:>16}" for title in _OUTCOMES), file=out)
    total: Counter[str] = Counter()
    for group, counts in groups.items():
        total += counts
        print(group.ljust(width) + "".join(f"{counts[one]:>16}" for one in _OUTCOMES), file=out)
    print("in all".ljust(width) + "".join(f"{total[one]:>16}" for one in _OUTCOMES), file=out)


def write_failures(results: Iterable[Result], out: TextIO) -> None:
    """Every failure with all its details."""
    for result in results:
        if result.outcome == FAILED:
            print(
                f"\n{result.id} ({', '.join(result.rules)})\n{_indented(result.detail)}", file=out
            )


def _indented(text: str) -> str:
    return "\n".join(f"  {one}" for one in text.splitlines())


def as_json(results: Sequence[Result], seed: int) -> dict[str, Any]:
    """The members that the README lists."""
    counts = Counter(result.outcome for result in results)
    return {
        "cases": len(results),
        **{outcome: counts[outcome] for outcome in _OUTCOMES},
        "seed": seed,
        "results": [result.as_json() for result in results],
    }


def write_json(path: Path, results: Sequence[Result], seed: int) -> None:
    """Writes the JSON report."""
    path.write_text(json.dumps(as_json(results, seed), indent=1) + "\n")


def as_junit(results: Sequence[Result], name: str) -> ElementTree.Element:
    """A `testsuites` element: one suite for each group."""
    root = ElementTree.Element("testsuites", name=name)
    for group in dict.fromkeys(result.group for result in results):
        members = [result for result in results if result.group == group]
        counts = Counter(result.outcome for result in members)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=group,
            tests=str(len(members)),
            failures=str(counts[FAILED]),
            errors="0",
            skipped=str(counts[SKIPPED] + counts[NOT_APPLICABLE]),
            time=f"{sum(result.seconds for result in members):.3f}",
        )
        for result in members:
            suite.append(_junit_case(result))
    return root


def _junit_case(result: Result) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=f"conformance.{result.group}",
        name=result.id,
        time=f"{result.seconds:.3f}",
    )
    first = (result.detail.splitlines() or [""])[0]
    if result.outcome == FAILED:
        failure = ElementTree.SubElement(case, "failure", message=first)
        failure.text = f"rules: {', '.join(result.rules)}\n{result.detail}"
    elif result.outcome != PASSED:
        ElementTree.SubElement(case, "skipped", message=first)
    return case


def write_junit(path: Path, results: Sequence[Result], name: str) -> None:
    """Writes the JUnit report."""
    tree = ElementTree.ElementTree(as_junit(results, name))
    ElementTree.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)
