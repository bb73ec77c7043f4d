"""The sum of the tests counts each test once."""

import tempfile
import unittest
from pathlib import Path

import run_tests

class RunTestsTests(unittest.TestCase):
    def test_swift_results_are_those_of_the_report_and_none_is_a_failure(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "swift.json"
            self.assertEqual(run_tests.swift_counts(file), run_tests.Counts(failed=1))
            file.write_text('{"passed": 2, "failed": 1, "skipped": 1}', encoding="utf-8")
            self.assertEqual(run_tests.swift_counts(file), run_tests.Counts(2, 1, 1))

    def test_the_closing_line_names_skipped_tests_only_if_there_are_any(self) -> None:
        self.assertEqual(str(run_tests.Counts(3, 1)), "3 passed, 1 failed")
        both = run_tests.Counts(3, 1) + run_tests.Counts(2, 0, 4)
        self.assertEqual(str(both), "5 passed, 1 failed, 4 skipped")


if __name__ == "__main__":
    unittest.main()
