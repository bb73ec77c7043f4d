"""Runs all halves of the conformance suite, and makes one report of theirs.

The server against the cases, and each client against the misbehaving server, run at the same time:
most of it is waiting for time-outs. The abuse cases run alone behind them, so that the latencies
that they tell are theirs. Ends with 0 only if every part ended well and no case failed that is not
known to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance_parts import (
    ROOT,
    RUNNER,
    Outcome,
    Part,
    all_parts,
    known_failing,
    with_cases,
)
from conformance_report import is_well, merge, merge_junit, summary

KNOWN_FAILING = ROOT / "Protocol" / "conformance" / "known-failing.txt"


def run(part: Part, folder: Path, no_skips: bool) -> Outcome:
    """Runs one part; its output is kept."""
    known = folder / f"{part.name}.known-failing"
    known.write_text("".join(f"{one}\n" for one in part.known_failing), encoding="utf-8")
    report_file = folder / f"{part.name}.json"
    junit = folder / f"{part.name}.xml"
    command = [sys.executable, str(RUNNER), *part.arguments, "--strict"]
    command += ["--json", str(report_file), "--junit", str(junit)]
    command += ["--known-failing", str(known), *(["--no-skips"] if no_skips else [])]
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


def run_all(parts: Sequence[Part], folder: Path, no_skips: bool) -> list[Outcome]:
    """Runs them, and shows what each printed when it has ended."""
    outcomes = []
    together = [part for part in parts if not part.runs_alone]
    alone = [part for part in parts if part.runs_alone]
    with ThreadPoolExecutor(max_workers=max(1, len(together))) as pool:
        outcomes += shown(pool.submit(run, part, folder, no_skips) for part in together)
    for part in alone:
        with ThreadPoolExecutor(max_workers=1) as pool:
            outcomes += shown([pool.submit(run, part, folder, no_skips)])
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


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs all halves of the conformance suite.")
    parser.add_argument("--programs", type=Path, required=True, help="where the programs are")
    parser.add_argument("--json", type=Path, help="write the merged report there")
    parser.add_argument("--junit", type=Path, help="write the merged JUnit XML there")
    parser.add_argument("--only", action="append", default=[], help="a case, group or pattern")
    parser.add_argument("--half", action="append", default=[], help="only this half")
    parser.add_argument("--long", action="store_true", help="abuse for longer")
    parser.add_argument("--no-skips", action="store_true", help="a skipped case counts as failed")
    parser.add_argument(
        "--known-failing", type=Path, default=KNOWN_FAILING,
        help="ids of cases that are known to fail, each with the half if it is about only one",
    )
    options = parser.parse_args()
    parts = all_parts(options.programs.absolute(), options.long)
    halves = sorted({part.half for part in parts})
    for half in options.half:
        if half not in halves:
            parser.error(f"no half is named {half}; there are {', '.join(halves)}")
    wanted = options.half or halves
    parts = [with_cases(part, options.only) for part in parts if part.half in wanted]
    parts = [part for part in parts if part.cases]
    if not parts:
        parser.error(f"no case is named {' or '.join(options.only)}")
    try:
        known = options.known_failing.read_text(encoding="utf-8")
        parts = [
            replace(part, known_failing=known_failing(known, part.half, halves)) for part in parts
        ]
    except (OSError, ValueError) as error:
        parser.error(f"--known-failing: {error}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tandem-conformance-") as folder:
        outcomes = run_all(parts, Path(folder), options.no_skips)
        if options.json:
            merged = {**merge(outcomes), "seconds": round(time.monotonic() - started, 1)}
            text = json.dumps(merged, indent=1, ensure_ascii=False)
            options.json.write_text(text + "\n", encoding="utf-8")
        if options.junit:
            merge_junit(outcomes).write(options.junit, encoding="utf-8", xml_declaration=True)
    text = summary(outcomes, options.no_skips)
    print(f"== Summary, after {time.monotonic() - started:.0f} s\n{text}", flush=True)
    sys.exit(0 if is_well(outcomes, options.no_skips) else 1)


if __name__ == "__main__":
    main()
