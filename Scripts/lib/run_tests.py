"""Runs the Python tests with its own interpreter, adds the Swift tests' results, and prints how many
ran.

Ends with 1 when a test of either language failed, or when none ran at all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Counts:
    """How the tests of one language ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def swift_counts(report: Path) -> Counts:
    """What `run_swift_tests.py` wrote; a report that is missing is a failure."""
    try:
        return Counts(**json.loads(report.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Counts(failed=1)


@dataclass(frozen=True)
class Suite:
    """A folder of Python tests, and what it imports besides."""

    folder: Path
    path: tuple[Path, ...] = ()


CLIENT = ROOT / "clients" / "python"
SUITES = [
    Suite(ROOT / "Tests" / "System"),
    Suite(ROOT / "Protocol" / "conformance" / "tests"),
    Suite(HERE / "tests", (HERE,)),
    Suite(CLIENT / "tests", (CLIENT, CLIENT / "src")),
]
AT_ONCE = 2
"""The longest come first, and mostly wait for servers: two together take as long as one."""


def python_counts(suite: Suite, pattern: str | None) -> Counts:
    """Runs a suite in a process of its own: test files of two suites may have the same name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "counts.json"
        command = [sys.executable, str(HERE / "unittest_folder.py"), str(suite.folder)]
        command += ["--report", str(report)]
        if pattern:
            command += ["--filter", pattern]
        paths = [str(path) for path in suite.path]
        paths += [path for path in [os.environ.get("PYTHONPATH")] if path]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        ended = subprocess.run(
            command, env=environment, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
        print(f"{suite.folder.relative_to(ROOT)}:\n{ended.stdout}", end="", flush=True)
        if not report.exists():
            # It ended before it could count: that is a failure too.
            return Counts(failed=1)
        return Counts(**json.loads(report.read_text(encoding="utf-8")))


def expected(counts: Counts, what: object) -> Counts:
    """Without a filter, where no test ran counts as one that failed."""
    if counts.passed + counts.failed > 0:
        return counts
    print(f"error: no test ran in {what}", flush=True)
    return Counts(failed=1)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs the Python tests and sums up.")
    parser.add_argument("--filter", help="only Python tests whose names contain this")
    parser.add_argument("--swift", type=Path, action="append", default=[],
                        help="a report of Swift tests; may be given again")
    options = parser.parse_args()
    python, swift = Counts(), Counts()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ran = list(pool.map(lambda suite: python_counts(suite, options.filter), SUITES))
    for suite, counts in zip(SUITES, ran):
        python += counts if options.filter else expected(counts, suite.folder)
    for report in options.swift:
        counts = swift_counts(report)
        swift += counts if options.filter else expected(counts, report.name)
    total = swift + python
    print(f"Swift: {swift}\nPython: {python}\n{total}", flush=True)
    if total.passed + total.failed == 0:
        sys.exit("error: no test ran")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
