"""Runs the Swift tests, names those that crash or wait in vain, and counts all others.

All tests share a process, so a trap in one of them ends the run. Then all are run again, one after
the other: now the test that had begun and not ended is the one that crashed. It is left out of the
next run, and so on, until a run comes to its end. A run in which nothing happens for a long time is
ended, and the tests that it was at are named.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from swift_events import FAILED, PASSED, SKIPPED, SwiftRun, pattern_of

PATIENCE_S = 240.0
"""How long nothing may happen. The longest test takes 14 s on an idle machine with two cores."""
CRASHES_MAX = 5


@dataclass
class Ending:
    """One run of `swift test`, and how it ended."""

    run: SwiftRun
    status: int = 0
    is_hung: bool = False


@dataclass
class Report:
    """All runs together."""

    names: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What went wrong besides tests that failed: each names its tests."""
    extra_failures: int = 0
    """Complaints that belong to no single test."""

    def add(self, run: SwiftRun) -> None:
        """A test that failed once has failed."""
        self.names.update(run.names)
        for test, outcome in run.outcomes.items():
            if self.outcomes.get(test) != FAILED:
                self.outcomes[test] = outcome

    def fail(self, tests: Sequence[str], what: str) -> None:
        """Counts these tests as failed, and says why."""
        for test in tests:
            self.outcomes[test] = FAILED
            self.complaints.append(f"{what}: {self.names.get(test, test)}")

    def complain(self, what: str) -> None:
        """Counts one failure that is no test's own."""
        self.extra_failures += 1
        self.complaints.append(what)

    def counts(self) -> dict[str, int]:
        """In the form that `run_tests.py` adds up."""
        ended = list(self.outcomes.values())
        return {
            "passed": ended.count(PASSED),
            "failed": ended.count(FAILED) + self.extra_failures,
            "skipped": ended.count(SKIPPED),
        }


Runner = Callable[[Sequence[str]], Ending]
"""Runs `swift test` with these further arguments."""


def run_all(run: Runner) -> Report:
    """All tests side by side; after a crash one by one, until the culprits are known."""
    report = Report()
    first = run(["--parallel"])
    report.add(first.run)
    if settle(first, report):
        return report
    if not first.run.names:
        report.complain(f"the Swift tests ended with {first.status} before one had begun")
        return report
    print("A test has ended the run: running them one by one to see which.", flush=True)
    crashed: list[str] = []
    while len(crashed) < CRASHES_MAX:
        skips = [part for test in crashed for part in ("--skip", pattern_of(test))]
        again = run(["--no-parallel", *skips])
        report.add(again.run)
        if settle(again, report):
            break
        if not again.run.unfinished:
            report.complain(f"the Swift tests ended with {again.status} between two tests")
            return report
        crashed.append(again.run.unfinished[-1])
        report.fail(crashed[-1:], "crashed")
    else:
        report.complain(f"{CRASHES_MAX} tests have crashed: the rest was not looked at")
    if not crashed:
        names = ", ".join(report.names[test] for test in first.run.unfinished[-5:])
        report.complain(
            f"a test ended the run when all ran side by side, and none does alone; "
            f"{len(first.run.unfinished)} had begun, the last of them: {names}")
    return report


def settle(ending: Ending, report: Report) -> bool:
    """Whether a run is the last one: it came to its end, or what it waits for is known."""
    if ending.is_hung:
        report.fail(ending.run.unfinished, f"not ended after {PATIENCE_S:.0f} s without a word")
        if not ending.run.unfinished:
            report.complain(f"the Swift tests said nothing for {PATIENCE_S:.0f} s")
        return True
    # Without a test there is no stream: a filter that fits only Python tests is no failure.
    if not ending.run.has_ended and (ending.status != 0 or ending.run.names):
        return False
    if ending.status != 0 and FAILED not in report.outcomes.values():
        report.complain(f"the Swift tests ended with {ending.status}, though no test failed")
    return True


def swift_test(arguments: Sequence[str]) -> Ending:
    """Runs `swift test` once, and follows what it says."""
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "events.jsonl"
        stream.touch()
        command = ["swift", "test", *arguments]
        command += ["--event-stream-output-path", str(stream), "--event-stream-version", "0"]
        # A session of its own, so that all of it can be ended.
        process = subprocess.Popen(command, start_new_session=True)
        ending = Ending(SwiftRun())
        try:
            with open(stream, encoding="utf-8", errors="replace") as lines:
                follow(process, lines, ending)
        finally:
            # Whoever ends this script ends the tests, too.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return ending


def follow(process: subprocess.Popen[bytes], lines: TextIO, ending: Ending) -> None:
    """Until the process has ended, or has been silent for too long and is ended."""
    heard = time.monotonic()
    rest = ""
    while True:
        is_over = process.poll() is not None
        text = lines.read()
        if text:
            heard = time.monotonic()
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                ending.run.read(line)
        if is_over:
            ending.status = process.returncode
            return
        # Timed: four minutes of silence; the longest test takes seconds.
        if time.monotonic() - heard > PATIENCE_S and not ending.is_hung:
            ending.is_hung = True
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.1)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs the Swift tests and counts them.")
    parser.add_argument("--report", type=Path, required=True, help="where the counts go, as JSON")
    parser.add_argument("arguments", nargs="*", help="further arguments of `swift test`, behind --")
    options = parser.parse_args()
    report = run_all(lambda further: swift_test([*options.arguments, *further]))
    for complaint in report.complaints:
        print(f"✘ {complaint}", flush=True)
    counts = report.counts()
    options.report.write_text(json.dumps(counts), encoding="utf-8")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
