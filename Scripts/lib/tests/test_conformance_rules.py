"""Holds the specification's rules against the conformance suite's cases: each rule has a case, and
each case names rules that exist."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path

PROTOCOL = Path(__file__).resolve().parents[3] / "Protocol"
RULE = re.compile(r"\*\*\[([A-Z]{2}-\d{2})\]\*\*")


def rules() -> set[str]:
    return set(RULE.findall((PROTOCOL / "SPEC.md").read_text(encoding="utf-8")))


def cases() -> list[dict]:
    files = sorted((PROTOCOL / "conformance" / "cases").glob("*.json"))
    return [
        case
        for file in files
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    ]


class Rules(unittest.TestCase):
    def test_each_rule_has_a_case(self) -> None:
        cited = {rule for case in cases() for rule in case["rules"]}
        missing = sorted(rules() - cited)
        self.assertEqual(missing, [], "write a case that cites them")

    def test_each_case_names_rules_that_exist(self) -> None:
        known = rules()
        for case in cases():
            with self.subTest(case["id"]):
                self.assertTrue(case["rules"], "which rule does it hold the peer to?")
                self.assertEqual(set(case["rules"]) - known, set())

    def test_each_number_of_the_brief_has_a_case(self) -> None:
        numbers = {case.get("number") for case in cases()}
        self.assertEqual(sorted(set(range(1, 130)) - numbers), [])

    def test_ids_are_unique(self) -> None:
        ids = [case["id"] for case in cases()]
        self.assertEqual(sorted(ids), sorted(set(ids)))


if __name__ == "__main__":
    unittest.main()
