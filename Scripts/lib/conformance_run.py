"""Runs the three halves of the conformance suite, and makes one report of their three.

The server half runs alone, since it measures latencies. Ends with 0 only if every half ended well
and no case failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "Protocol" / "conformance" / "tandem-conformance"
# What the abuse cases look at.
LONG_SWITCH = "TANDEM_CONFORMANCE_LONG"
COUNTS = ("cases", "passed", "failed", "skipped", "not_applicable")

Report = dict[str, Any]


@dataclass(frozen=True)
class Half:
    """One run of the runner."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """How it ended."""

    half: Half
    status: int
    seconds: float
    # None: it did not get as far as a report.
    report: Report | None
    junit: Path

    @property
    def is_well(self) -> bool:
        """Whether it ran, and every case of it is as it should be."""
        return self.status == 0 and self.report is not None and self.report["failed"] == 0


def all_halves(programs: Path, client_python: Path, long: bool) -> list[Half]:
    """The server against the cases, and each client against the misbehaving server."""
    # The runner puts a directory in the place of {data}; ports are the system's choice.
    server = " ".join(
        [
            shlex.quote(str(programs / "tandem-server")),
            "all --test-service --data {data} --command-address 127.0.0.1:0",
            "--query-address 127.0.0.1:0 --feed-address 127.0.0.1:0",
        ]
    )
    swift = shlex.quote(str(programs / "tandem-client-harness"))
    python = f"{shlex.quote(str(client_python))} -m tandem_client.harness"
    source = str(ROOT / "clients" / "python" / "src")
    return [
        Half("server", ("server", "--start", server), {LONG_SWITCH: "1"} if long else {}),
        Half("swift-client", ("client", "--harness", swift)),
        Half("python-client", ("client", "--harness", python), {"PYTHONPATH": source}),
    ]


def has_cases(half: Half, only: Sequence[str]) -> bool:
    """Whether any case of the half is among those that were asked for."""
    command = [sys.executable, str(RUNNER), *half.arguments, "--list", *patterns(only)]
    listing = subprocess.run(command, capture_output=True, text=True)
    return bool(listing.stdout.strip())


def patterns(only: Sequence[str]) -> list[str]:
    """As the runner's options."""
    return [word for pattern in only for word in ("--only", pattern)]


def run(half: Half, only: Sequence[str], folder: Path) -> Outcome:
    """Runs one half; its table goes to our output as it comes."""
    report_file = folder / f"{half.name}.json"
    junit = folder / f"{half.name}.xml"
    command = [sys.executable, str(RUNNER), *half.arguments, "--strict"]
    command += ["--json", str(report_file), "--junit", str(junit)]
    command += patterns(only)
    print(f"\n== {half.name}", flush=True)
    started = time.monotonic()
    status = subprocess.run(command, env={**os.environ, **half.environment}).returncode
    seconds = time.monotonic() - started
    report = None
    if report_file.exists():
        report = json.loads(report_file.read_text(encoding="utf-8"))
    return Outcome(half, status, seconds, report, junit)


def merge(outcomes: Sequence[Outcome]) -> Report:
    """One report: the sums, each half's own, and every case with the half that it ran in."""
    merged: Report = {count: 0 for count in COUNTS}
    merged["seconds"] = round(sum(outcome.seconds for outcome in outcomes), 1)
    merged["halves"] = {}
    merged["results"] = []
    for outcome in outcomes:
        report = outcome.report or {**{count: 0 for count in COUNTS}, "results": []}
        for count in COUNTS:
            merged[count] += report[count]
        merged["halves"][outcome.half.name] = {
            **{count: report[count] for count in COUNTS},
            "status": outcome.status,
            "seconds": round(outcome.seconds, 1),
            "seed": report.get("seed"),
        }
        for result in report["results"]:
            merged["results"].append({"half": outcome.half.name, **result})
    return merged


def merge_junit(outcomes: Sequence[Outcome]) -> ElementTree.ElementTree:
    """One document of all test suites, each named for its half."""
    root = ElementTree.Element("testsuites")
    for outcome in outcomes:
        if not outcome.junit.exists():
            continue
        for suite in ElementTree.parse(outcome.junit).iter("testsuite"):
            suite.set("name", f"{outcome.half.name}.{suite.get('name', 'conformance')}")
            root.append(suite)
    return ElementTree.ElementTree(root)


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line for each half, and one for all."""
    lines = []
    for outcome in outcomes:
        if outcome.report is None:
            lines.append(f"{outcome.half.name:14} no report; ended with {outcome.status}")
            continue
        counts = ", ".join(
            f"{outcome.report[count]} {count.replace('_', ' ')}"
            for count in COUNTS[1:]
            if outcome.report[count] or count in ("passed", "failed")
        )
        well = "" if outcome.is_well else f" (ended with {outcome.status})"
        lines.append(f"{outcome.half.name:14} {counts}, in {outcome.seconds:.0f} s{well}")
    total = merge(outcomes)
    verdict = "all is well" if is_well(outcomes) else "NOT as it should be"
    lines.append(
        f"{total['cases']} cases: {total['passed']} passed, {total['failed']} failed,"
        f" {total['skipped']} skipped, {total['not_applicable']} not applicable: {verdict}"
    )
    return "\n".join(lines)


def is_well(outcomes: Sequence[Outcome]) -> bool:
    """Whether every half is well, and anything ran at all."""
    ran = sum(outcome.report["passed"] for outcome in outcomes if outcome.report)
    return ran > 0 and all(outcome.is_well for outcome in outcomes)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs all halves of the conformance suite.")
    parser.add_argument("--programs", type=Path, required=True, help="where the programs are")
    parser.add_argument("--client-python", type=Path, required=True, help="has protobuf")
    parser.add_argument("--json", type=Path, help="write the merged report there")
    parser.add_argument("--junit", type=Path, help="write the merged JUnit XML there")
    parser.add_argument("--only", action="append", default=[], help="a case, group or pattern")
    parser.add_argument("--half", action="append", default=[], help="only this half")
    parser.add_argument("--long", action="store_true", help="abuse for longer")
    options = parser.parse_args()
    # Absolute, but not resolved: an environment's python is a link, and knows itself by its path.
    halves = all_halves(
        options.programs.absolute(), options.client_python.absolute(), options.long
    )
    unknown = set(options.half) - {half.name for half in halves}
    if unknown:
        names = ", ".join(half.name for half in halves)
        parser.error(f"no half is named {', '.join(sorted(unknown))}; there are {names}")
    chosen = [half for half in halves if not options.half or half.name in options.half]
    if options.only:
        chosen = [half for half in chosen if has_cases(half, options.only)]
    with tempfile.TemporaryDirectory(prefix="tandem-conformance-") as folder:
        outcomes = [run(half, options.only, Path(folder)) for half in chosen]
        if options.json:
            text = json.dumps(merge(outcomes), indent=1, ensure_ascii=False)
            options.json.write_text(text + "\n", encoding="utf-8")
        if options.junit:
            merge_junit(outcomes).write(options.junit, encoding="utf-8", xml_declaration=True)
    print("\n== Summary\n" + summary(outcomes), flush=True)
    sys.exit(0 if is_well(outcomes) else 1)


if __name__ == "__main__":
    main()
