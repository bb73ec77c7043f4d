"""The sum of the tests counts each test once."""

import tempfile
import unittest
from pathlib import Path

import run_tests

XUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="TestResults" errors="0" tests="4" failures="2" skipped="1">
<testcase classname="A" name="passes" time="0.1" />
<testcase classname="A" name="is left out"><skipped>why</skipped></testcase>
<testcase classname="A" name="fails twice"><failure message="1" /><failure message="2" /></testcase>
<testcase classname="B" name="passes too" time="0.1" />
</testsuite></testsuites>
"""


class RunTestsTests(unittest.TestCase):
    def test_swift_results_are_counted_by_test(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "swift.xml"
            file.write_text(XUNIT, encoding="utf-8")
            self.assertEqual(run_tests.swift_counts(file), run_tests.Counts(2, 1, 1))

    def test_the_closing_line_names_skipped_tests_only_if_there_are_any(self) -> None:
        self.assertEqual(str(run_tests.Counts(3, 1)), "3 passed, 1 failed")
        both = run_tests.Counts(3, 1) + run_tests.Counts(2, 0, 4)
        self.assertEqual(str(both), "5 passed, 1 failed, 4 skipped")


if __name__ == "__main__":
    unittest.main()
