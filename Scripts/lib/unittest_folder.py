"""Runs the unittest tests of one folder, and writes how many passed, failed and were skipped."""

from __future__ import annotations

import argparse
import faulthandler
import json
import unittest
from pathlib import Path


def counts(result: unittest.TestResult) -> dict[str, int]:
    """A class whose set-up failed counts as one failure, though none of its tests ran."""
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    return {
        "passed": max(result.testsRun - failed - skipped, 0),
        "failed": failed,
        "skipped": skipped,
    }


PATIENCE_S = 600
"""A test that takes longer waits in vain: its stack is printed, and the run ends."""


def watched(report: Path) -> type[unittest.TextTestResult]:
    """Results that are on record all along: a test that ends the process counts as failed, and
    those before it as they went."""

    class Watched(unittest.TextTestResult):
        def startTest(self, test: unittest.TestCase) -> None:
            so_far = counts(self)
            write(report, so_far | {"failed": so_far["failed"] + 1})
            faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
            super().startTest(test)

        def stopTest(self, test: unittest.TestCase) -> None:
            faulthandler.cancel_dump_traceback_later()
            super().stopTest(test)

    return Watched


def write(report: Path, numbers: dict[str, int]) -> None:
    """Puts the counts where the caller looks for them."""
    report.write_text(json.dumps(numbers), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Runs the tests of one folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--filter", help="only tests whose names contain this")
    parser.add_argument("--report", type=Path, required=True, help="where the counts go, as JSON")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    if options.filter:
        loader.testNamePatterns = [f"*{options.filter}*"]
    # A folder that is a package is imported as one: its files import each other that way.
    is_package = (options.folder / "__init__.py").exists()
    top = options.folder.parent if is_package else options.folder
    suite = loader.discover(str(options.folder), top_level_dir=str(top))
    runner = unittest.TextTestRunner(verbosity=1, resultclass=watched(options.report))
    write(options.report, counts(runner.run(suite)))


if __name__ == "__main__":
    main()
