"""The list of bugs on purpose fits the sources, and each is behind a switch of its own."""

import shutil
import tempfile
import unittest
from pathlib import Path

from mutant_list import Mutant, MutantError, mutated, read_list
from mutants import parse


def mutant(name: str, code: str, **more: str) -> Mutant:
    return Mutant(name=name, breaks="", file="a.swift", code=code, tests="", **more)


class MutantListTests(unittest.TestCase):
    def sources(self, text: str) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        (root / "a.swift").write_text(text, encoding="utf-8")
        return root

    def test_every_bug_on_purpose_has_exactly_one_place_in_the_sources(self) -> None:
        mutants = read_list()
        self.assertGreaterEqual(len(mutants), 20)
        self.assertEqual(sum(text.count("Mutant.isOn(") for text in mutated(mutants).values()),
                         len(mutants))

    def test_every_switch_is_swift_where_it_stands(self) -> None:
        # All are built at once: one that is none would keep the others from being tried.
        if shutil.which("swiftc") is None:
            self.skipTest("there is no swiftc here to parse with")
        parse(mutated(read_list()))

    def test_expressions_are_exchanged_and_statements_left_out(self) -> None:
        root = self.sources("import TandemCore\nif a < b { x = 1 }\n")
        files = mutated(
            [mutant("m", "a < b", mutant="true"), mutant("n", "x = 1", before="{ ")], root)
        self.assertEqual(
            files["a.swift"],
            'import TandemCore\nif (Mutant.isOn("m") ? (true) : (a < b)) '
            '{ if !Mutant.isOn("n") { x = 1 } }\n')

    def test_several_conditions_are_no_expression(self) -> None:
        root = self.sources("if a < b, f(c, d) { x() }\n")
        with self.assertRaisesRegex(MutantError, "several conditions"):
            mutated([mutant("m", "a < b, f(c, d)", mutant="true")], root)
        self.assertIn('(f(c, d))', mutated(
            [mutant("m", "f(c, d)", mutant="true")], root)["a.swift"])

    def test_a_file_that_does_not_see_the_switch_imports_it(self) -> None:
        root = self.sources("x()\n")
        text = mutated([mutant("m", "x()")], root)["a.swift"]
        self.assertTrue(text.startswith("internal import TandemCore\n"))

    def test_code_that_is_gone_there_twice_or_overlaps_is_an_error(self) -> None:
        root = self.sources("x() + y(); y()")
        for mutants in (
            [mutant("m", "z()")], [mutant("m", "y()")],
            [mutant("m", "x() + y()"), mutant("n", "x()")],
        ):
            with self.assertRaises(MutantError):
                mutated(mutants, root)


if __name__ == "__main__":
    unittest.main()
