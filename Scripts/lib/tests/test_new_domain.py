"""Scripts/new-domain: what it writes, and what it says to those who call it wrongly."""

from __future__ import annotations

import base64
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "Scripts" / "new-domain"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Calls the script; nothing is thrown."""
    return subprocess.run([str(SCRIPT), *words], capture_output=True, text=True, check=False)


class NewDomainTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_no_file_and_no_word_is_left_of_the_scaffold(self) -> None:
        done = run("MyCinema", str(self.folder / "cinema"))
        self.assertEqual(done.returncode, 0, done.stderr)
        files = [path for path in (self.folder / "cinema").rglob("*") if path.is_file()]
        self.assertGreater(len(files), 6)
        for path in files:
            name = str(path.relative_to(self.folder))
            self.assertNotRegex(name, "(?i)things|TANDEM_")
            self.assertNotRegex(path.read_text(encoding="utf-8"), "Things|things|TANDEM_", name)
        sources = self.folder / "cinema/Sources/MyCinema"
        described = (sources / "Generated/mycinema.files.swift").read_text("utf-8")
        data = base64.b64decode(described.split('"""')[1])
        self.assertNotIn(b"hings", data)
        self.assertIn(b"mycinema.v1", data)
        domain = (sources / "MyCinema.swift").read_text("utf-8")
        # As protoc-gen-swift makes it of the package mycinema.v1.
        self.assertIn("Mycinema_V1_Added", domain)
        self.assertIn('"mycinema.v1.MyCinema/Add"', domain)
        self.assertIn("swift run mycinema-server", done.stdout)

    def test_what_is_wrong_is_said_and_nothing_is_written(self) -> None:
        target = str(self.folder / "new")
        full = self.folder / "full"
        full.mkdir()
        (full / "file").touch()
        for words, said in [
            ((), "a name and a directory are needed"),
            (("cinema", target), "begins with a capital letter"),
            (("Cin ema", target), "letters and digits only"),
            (("Tandem", target), "something else already"),
            (("Orders", target), "something else already"),
            (("Event", target), "something else already"),
            (("Cinema", str(full)), "not empty"),
            (("Cinema", target, "--colour"), "unknown option --colour"),
        ]:
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(said, done.stderr)
            self.assertIn("--help", done.stderr)
        self.assertFalse(Path(target).exists())


if __name__ == "__main__":
    unittest.main()
