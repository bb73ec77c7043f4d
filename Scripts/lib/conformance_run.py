"""Runs all halves of the conformance suite, and makes one report of theirs.

The server against the cases, and each client against the misbehaving server, run at the same time:
most of it is waiting for time-outs. The abuse cases measure latencies, and so run alone behind
them. Ends with 0 only if every part ended well and no case failed.
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
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "Protocol" / "conformance" / "tandem-conformance"
# What the abuse cases look at.
LONG_SWITCH = "TANDEM_CONFORMANCE_LONG"
ABUSE = "abuse"
COUNTS = ("cases", "passed", "failed", "skipped", "not_applicable")

Report = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One run of the runner: a half, or a share of one."""

    name: str
    half: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    # The ids of its cases.
    cases: tuple[str, ...] = ()

    @property
    def runs_alone(self) -> bool:
        """Whether other work on the machine would spoil its measurements."""
        return self.name == ABUSE


@dataclass
class Outcome:
    """How it ended."""

    part: Part
    status: int
    seconds: float
    # None: it did not get as far as a report.
    report: Report | None
    junit: Path
    output: str = ""

    @property
    def is_well(self) -> bool:
        """Whether it ran, and every case of it is as it should be."""
        return self.status == 0 and self.report is not None and self.report["failed"] == 0


def all_parts(programs: Path, client_python: Path, long: bool) -> list[Part]:
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
    started = ("server", "--start", server)
    return [
        Part("server", "server", started),
        Part("swift-client", "swift-client", ("client", "--harness", swift)),
        Part(
            "python-client", "python-client", ("client", "--harness", python),
            {"PYTHONPATH": source},
        ),
        Part(ABUSE, "server", started, {LONG_SWITCH: "1"} if long else {}),
    ]


def with_cases(part: Part, only: Sequence[str]) -> Part:
    """The part with those of its cases that the patterns name; all, if there are no patterns."""
    found: list[str] = []
    for options in [["--only", pattern] for pattern in only] or [[]]:
        # A pattern that is about another half is an error to the runner, and nothing to us.
        command = [sys.executable, str(RUNNER), *part.arguments, "--list", *options]
        listing = subprocess.run(command, capture_output=True, text=True)
        found += [one for one in listed(listing.stdout) if one not in found]
    if part.half == "server":
        found = [one for one in found if one.startswith(f"{ABUSE}/") == (part.name == ABUSE)]
    return replace(part, cases=tuple(found))


def listed(listing: str) -> list[str]:
    """The ids in what `--list` prints: number, if there is one, id, title."""
    ids = []
    for line in listing.splitlines():
        ids += [word for word in line.split()[:2] if "/" in word][:1]
    return ids


def run(part: Part, folder: Path) -> Outcome:
    """Runs one part; its output is kept."""
    report_file = folder / f"{part.name}.json"
    junit = folder / f"{part.name}.xml"
    command = [sys.executable, str(RUNNER), *part.arguments, "--strict"]
    command += ["--json", str(report_file), "--junit", str(junit)]
    for case in part.cases:
        command += ["--only", case]
    started = time.monotonic()
    ended = subprocess.run(
        command, env={**os.environ, **part.environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    seconds = time.monotonic() - started
    report = None
    if report_file.exists():
        report = json.loads(report_file.read_text(encoding="utf-8"))
    return Outcome(part, ended.returncode, seconds, report, junit, ended.stdout)


def run_all(parts: Sequence[Part], folder: Path) -> list[Outcome]:
    """Runs them, and shows what each printed when it has ended."""
    outcomes = []
    together = [part for part in parts if not part.runs_alone]
    alone = [part for part in parts if part.runs_alone]
    with ThreadPoolExecutor(max_workers=max(1, len(together))) as pool:
        outcomes += shown(pool.submit(run, part, folder) for part in together)
    for part in alone:
        with ThreadPoolExecutor(max_workers=1) as pool:
            outcomes += shown([pool.submit(run, part, folder)])
    order = {part.name: place for place, part in enumerate(parts)}
    return sorted(outcomes, key=lambda outcome: order[outcome.part.name])


def shown(futures: Iterable[Any]) -> list[Outcome]:
    """The outcomes in the order in which they come, each one's output printed."""
    outcomes = []
    for future in as_completed(futures):
        outcome: Outcome = future.result()
        print(f"\n== {outcome.part.name}, {outcome.seconds:.0f} s\n{outcome.output}", flush=True)
        outcomes.append(outcome)
    return outcomes


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


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line for each part, and one for all."""
    lines = []
    for outcome in outcomes:
        if outcome.report is None:
            lines.append(f"{outcome.part.name:14} no report; ended with {outcome.status}")
            continue
        counts = ", ".join(
            f"{outcome.report[count]} {count.replace('_', ' ')}"
            for count in COUNTS[1:]
            if outcome.report[count] or count in ("passed", "failed")
        )
        well = "" if outcome.is_well else f" (ended with {outcome.status})"
        lines.append(f"{outcome.part.name:14} {counts}, in {outcome.seconds:.0f} s{well}")
    total = merge(outcomes)
    verdict = "all is well" if is_well(outcomes) else "NOT as it should be"
    lines.append(
        f"{total['cases']} cases: {total['passed']} passed, {total['failed']} failed,"
        f" {total['skipped']} skipped, {total['not_applicable']} not applicable: {verdict}"
    )
    return "\n".join(lines)


def is_well(outcomes: Sequence[Outcome]) -> bool:
    """Whether every part is well, and anything ran at all."""
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
    parts = all_parts(
        options.programs.absolute(), options.client_python.absolute(), options.long
    )
    halves = sorted({part.half for part in parts})
    for half in options.half:
        if half not in halves:
            parser.error(f"no half is named {half}; there are {', '.join(halves)}")
    wanted = options.half or halves
    parts = [with_cases(part, options.only) for part in parts if part.half in wanted]
    parts = [part for part in parts if part.cases]
    if not parts:
        parser.error(f"no case is named {' or '.join(options.only)}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tandem-conformance-") as folder:
        outcomes = run_all(parts, Path(folder))
        if options.json:
            merged = {**merge(outcomes), "seconds": round(time.monotonic() - started, 1)}
            text = json.dumps(merged, indent=1, ensure_ascii=False)
            options.json.write_text(text + "\n", encoding="utf-8")
        if options.junit:
            merge_junit(outcomes).write(options.junit, encoding="utf-8", xml_declaration=True)
    print(f"== Summary, after {time.monotonic() - started:.0f} s\n{summary(outcomes)}", flush=True)
    sys.exit(0 if is_well(outcomes) else 1)


if __name__ == "__main__":
    main()
