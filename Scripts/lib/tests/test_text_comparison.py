"""Names, addresses and other texts of people are compared by their bytes, never as String.

Swift's `==` on String takes two normal forms of a name for one: a change from one to the other
would be answered OK and not happen (`ExactText.swift`).
"""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Where what people have written is decided about: the domain, and what an import sends.
FOLDERS = ["Sources/Orders", "clients/swift/TandemCLI/Import"]
TEXT = r"\b(?:name|email|description|currency|text)"
COMPARISON = re.compile(rf"[\w.]*{TEXT}(?:\.value)? [!=]= \w[\w.]*|\w[\w.]* [!=]= [\w.]*{TEXT}\b")


def comparisons(text: str) -> Iterator[str]:
    """What compares texts by an operator, comments left out."""
    for line in text.splitlines():
        yield from COMPARISON.findall(line.split("//")[0])


class TextComparisonTests(unittest.TestCase):
    def test_what_people_have_written_is_compared_by_its_bytes(self) -> None:
        files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.swift")]
        self.assertGreater(len(files), 30)
        for file in files:
            with self.subTest(str(file.relative_to(ROOT))):
                self.assertEqual(
                    list(comparisons(file.read_text(encoding="utf-8"))), [],
                    "compare as ExactText, or with hasSameBytes(as:)")

    def test_a_comparison_of_texts_is_seen(self) -> None:
        for line in (
            "guard user.name != renaming.name else { return }", "if new.email == old { x() }",
            "guard unit.currency == orderCurrency else {", "x = found == line.description",
            "user.email.value != change.email.value",
        ):
            self.assertEqual(len(list(comparisons(line))), 1, line)
        for line in (
            "guard ExactText(unit.currency) == ExactText(orderCurrency) else {",
            "// name == other", "first.hasSameBytes(as: name)", "lines.count == items.count",
        ):
            self.assertEqual(list(comparisons(line)), [], line)


if __name__ == "__main__":
    unittest.main()
