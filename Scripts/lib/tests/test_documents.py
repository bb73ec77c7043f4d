"""Pages show code as it stands in the files, and count it as it is."""

from __future__ import annotations

import unittest

import documents
from documents import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "Docs").rglob("*.md"))]


class PageTests(unittest.TestCase):
    def test_code_on_pages_is_that_of_the_files(self) -> None:
        self.assertGreater(len(PAGES), 6)
        found = [complaint for page in PAGES for complaint in documents.complaints(page)]
        self.assertFalse(found, "\n" + "\n".join(found))
        tutorial = (ROOT / "Docs/Tandem.docc/YourFirstDomain.md").read_text("utf-8")
        self.assertGreater(len(documents.blocks(tutorial)), 12)

    def test_a_line_that_the_file_lacks_is_found(self) -> None:
        source = ["a {", "    b", "    c", "}", "a {", "    d", "}"]
        for block, missing in [
            (["a {", "b"], None),
            (["a {", "d", "}"], None),
            (["a {", "…", "}"], None),
            (["a {", "…", "c", "}", "…", "d"], None),
            (["a {", "c"], "c"),
            (["a {", "…", "d", "…", "b"], "b"),
            (["a {", "x"], "x"),
        ]:
            self.assertEqual(documents.missing_line(block, source), missing, block)

    def test_blocks_are_found_with_the_files_that_they_name(self) -> None:
        page = "<!-- A.swift -->\n```swift\nx\n```\ntext\n\n```swift\ny\n```\n```sh\nls\n```\n"
        self.assertEqual(
            documents.blocks(page),
            [documents.Block(2, "A.swift", ["x"]), documents.Block(7, None, ["y"])])


class CountTests(unittest.TestCase):
    """The house's counts: of code, without empty lines, comments and imports."""

    def test_lines_of_code_are_counted(self) -> None:
        text = "import A\n\n// b\n/// c\nlet d = 1  // e\n}\n"
        self.assertEqual(documents.code_lines(text, ".swift"), 2)
        self.assertEqual(documents.statement("x\nf(1) {\n    g()\n}\ny", "f(1)"), "f(1) {\n    g()\n}")

    def test_the_bank_has_at_most_150_lines_of_swift(self) -> None:
        count = documents.lines_of(*documents.BANK)
        self.assertGreater(count, 100)
        self.assertLessEqual(count, 150)

    def test_the_shop_has_at_most_1300_lines_of_swift_and_110_to_make_its_tables_anew(self) -> None:
        files = {str(file.relative_to(ROOT)) for file in (ROOT / "Sources/Orders").rglob("*.swift")}
        proof = "Sources/Orders/Write/OrdersReplay.swift"
        count = documents.lines_of(*sorted(files - {proof}))
        self.assertGreater(count, 1_000)
        self.assertLessEqual(count, 1_300)
        self.assertLessEqual(documents.lines_of(proof), 110)

    def test_a_small_command_has_at_most_20_lines_of_swift(self) -> None:
        # One event, one change of a document, a rule; its SQL and its messages not counted.
        parts = documents.small_command()
        folder = ROOT / "Examples/Sources/Bookings"
        code = "".join(file.read_text("utf-8") for file in sorted(folder.glob("*.swift")))
        for part in parts:
            self.assertIn(part, code)
        self.assertLessEqual(documents.small_command_count(), 20)

    def test_the_comparison_states_the_lines_that_there_are(self) -> None:
        page = (ROOT / "Docs/Comparison.md").read_text(encoding="utf-8")
        rows = documents.comparison()
        self.assertEqual(len(rows), 4)
        self.assertIn("\n".join(rows), page, "in Docs/Comparison.md the table is now:")
        self.assertIn(f"\nhas {documents.small_command_count()}.", page)


if __name__ == "__main__":
    unittest.main()
