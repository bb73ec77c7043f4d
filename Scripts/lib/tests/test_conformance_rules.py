"""Holds the specification's rules against the conformance suite's cases: each rule has a case, and
each case names rules that exist."""

from __future__ import annotations

import json
import re
import unittest

import spec_document
from spec_document import PROTOCOL

RULE = re.compile(r"\*\*\[([A-Z]{2}-\d{2})\]\*\*")
# Rules that no case of the suite can hold anybody to, and the tests that do: files of Tests/, and
# what the tests are called.
TESTED_ELSEWHERE = {
    # The suite's servers begin with an empty log, so there is nothing to build.
    "CS-10": (
        "ServerTests/Waiting/BuildingTests.swift",
        (
            "while documents are being built, queries wait and then hear when to come again",
            "one that waits is answered as soon as the documents are whole",
            "a read server without its copy answers nothing before it is whole",
        ),
    ),
    # For subscribers to the feed; harnesses have none, and the suite is one itself.
    "ST-12": (
        "ProjectionTests/ProjectionRunnerTests.swift",
        ("events up to the checkpoint are ignored", "a gap is an error and changes nothing"),
    ),
}


def rules() -> set[str]:
    return set(RULE.findall(spec_document.TEXT))


def cases() -> list[dict]:
    files = sorted((PROTOCOL / "conformance" / "cases").glob("*.json"))
    return [
        case
        for file in files
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    ]


def applicable_rules() -> set[str]:
    """The rules of cases that are run; one that is not shows nothing, whatever it cites."""
    return {rule for case in cases() if "not_applicable" not in case for rule in case["rules"]}


class Rules(unittest.TestCase):
    def test_each_rule_has_a_case_that_is_run_or_a_test_elsewhere(self) -> None:
        missing = sorted(rules() - applicable_rules() - set(TESTED_ELSEWHERE))
        self.assertEqual(missing, [], "write a case that cites them")

    def test_what_is_tested_elsewhere_is_there_and_has_no_case(self) -> None:
        for one, (file, names) in TESTED_ELSEWHERE.items():
            with self.subTest(one):
                self.assertIn(one, rules())
                self.assertNotIn(one, applicable_rules())
                text = (PROTOCOL.parent / "Tests" / file).read_text(encoding="utf-8")
                for name in names:
                    self.assertIn(f"`{name}`", text)

    def test_each_case_names_rules_that_exist(self) -> None:
        known = rules()
        for case in cases():
            with self.subTest(case["id"]):
                is_of_now = "not_applicable" not in case
                self.assertTrue(case["rules"] or not is_of_now, "which rule is it about?")
                self.assertEqual(set(case["rules"]) - known, set())

    def test_each_number_of_the_brief_has_a_case(self) -> None:
        numbers = {case.get("number") for case in cases()}
        self.assertEqual(sorted(set(range(1, 130)) - numbers), [])

    def test_ids_are_unique(self) -> None:
        ids = [case["id"] for case in cases()]
        self.assertEqual(sorted(ids), sorted(set(ids)))


if __name__ == "__main__":
    unittest.main()
