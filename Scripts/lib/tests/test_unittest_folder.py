"""A test that ends the process counts as failed, and those before it as they went."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import unittest_folder

TESTS = """
import os, unittest
class T(unittest.TestCase):
    def test_1_passes(self): pass
    def test_2_fails(self): self.fail("so")
    def test_3_ends_the_process(self): os._exit(3)
    def test_4_is_never_reached(self): pass
"""


class UnittestFolderTests(unittest.TestCase):
    def test_a_test_that_ends_the_process_is_counted_with_those_before_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "test_t.py").write_text(TESTS, encoding="utf-8")
            report = Path(folder) / "report.json"
            subprocess.run(
                [sys.executable, unittest_folder.__file__, folder, "--report", str(report)],
                capture_output=True, check=False)
            self.assertEqual(
                json.loads(report.read_text(encoding="utf-8")),
                {"passed": 1, "failed": 2, "skipped": 0})


if __name__ == "__main__":
    unittest.main()
