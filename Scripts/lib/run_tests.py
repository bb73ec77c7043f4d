"""Runs the Python tests, adds the Swift tests' results, and prints how many ran.

Ends with 1 when a test of either language failed, or when none ran at all.
"""

from __future__ import annotations

import argparse
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


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


def swift_counts(xunit: Path) -> Counts:
    """Reads the xUnit file of `swift test`. A test may be listed with several failures."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(xunit).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Counts(passed, failed, skipped)


def python_counts(pattern: str | None) -> Counts:
    """Runs the tests of the scripts, and those of the real programs in Tests/System, whose names
    contain the pattern."""
    sys.path.insert(0, str(HERE))
    suite = unittest.TestSuite()
    for folder in (HERE / "tests", HERE.parents[1] / "Tests" / "System"):
        loader = unittest.TestLoader()
        if pattern:
            loader.testNamePatterns = [f"*{pattern}*"]
        suite.addTests(loader.discover(str(folder)))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    # A class whose set-up failed counts as one failure, though none of its tests ran.
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    return Counts(max(result.testsRun - failed - skipped, 0), failed, skipped)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs the Python tests and sums up.")
    parser.add_argument("--filter", help="only Python tests whose names contain this")
    parser.add_argument("--swift", type=Path, help="the xUnit file of the Swift tests")
    options = parser.parse_args()
    python = python_counts(options.filter)
    swift = swift_counts(options.swift) if options.swift else Counts()
    total = swift + python
    print(f"Swift: {swift}\nPython: {python}\n{total}", flush=True)
    if total.passed + total.failed == 0:
        sys.exit("error: no test ran")
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
