"""What `import` of each product gives: as it is committed, explained, and rendered."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Scripts" / "lib"))

import public_surface  # noqa: E402

BUILD = Path(os.environ.get("TANDEM_BIN", ROOT / ".build" / "debug"))


class PublicSurfaceTests(unittest.TestCase):
    def test_the_public_surface_is_as_committed_and_explained(self) -> None:
        for product in public_surface.PRODUCTS:
            with self.subTest(product):
                now = public_surface.read(product, BUILD)
                # Fewer would mean that the compiler told us less than there is.
                self.assertGreater(len(now.lines), 15)
                difference = public_surface.changes(product, now)
                self.assertFalse(difference, difference)
                self.assertFalse(
                    now.undocumented, "\n".join(["no comment explains:", *now.undocumented]))

    def test_a_change_is_told_with_the_way_to_accept_it(self) -> None:
        now = public_surface.read("TandemTestKit", BUILD)
        removed = now.lines.pop()
        now.lines.append("struct Surprise")
        told = public_surface.changes("TandemTestKit", now)
        self.assertIn(f"-{removed}", told)
        self.assertIn("+struct Surprise", told)
        self.assertIn("Scripts/api", told)

    def test_a_build_that_is_not_there_is_told(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(public_surface.Unreadable, "swift build --build-tests"):
                public_surface.read("Tandem", Path(folder))


class DocumentationTests(unittest.TestCase):
    def test_articles_and_symbols_are_rendered_and_no_link_is_broken(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "docs"
            done = subprocess.run(
                [str(ROOT / "Scripts" / "docs"), str(folder), "--build", str(BUILD)],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for page in ("tandem/yourfirstdomain", "tandem/howitworks", "tandem/domain",
                         "tandemclient/consistency", "tandemtestkit/testingadomain"):
                self.assertTrue((folder / "documentation" / page / "index.html").is_file(), page)


if __name__ == "__main__":
    unittest.main()
