"""The case files of this repository, and the machinery that reads them."""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import jsonschema
from tandem_conformance import cases, schema_check
from tandem_conformance.engine import VERBS
from tandem_conformance.schemas import method
from tandem_conformance.verbs_flow import find_procedure

# Where rules stand.
NORMATIVE = (cases.ROOT.parent / "SPEC.md", cases.ROOT / "TEST-SERVICE.md")


def steps_of(node: Any) -> Iterator[dict[str, Any]]:
    """All steps of a case, those within steps too."""
    for step in node:
        yield step
        for value in step.values():
            if isinstance(value, dict) and isinstance(value.get("steps"), list):
                yield from steps_of(value["steps"])


class RepositoryTests(unittest.TestCase):
    """Protocol/conformance/cases."""

    loaded = cases.load()

    def test_every_number_is_there(self) -> None:
        numbers = {case.number for case in self.loaded}
        missing = [number for number in range(1, 130) if number not in numbers]
        self.assertEqual(missing, [])

    def test_every_cited_rule_exists(self) -> None:
        text = "\n".join(file.read_text() for file in NORMATIVE)
        rules = set(re.findall(r"\*\*\[([A-Z]{2}-\d{2})\]\*\*", text))
        self.assertGreater(len(rules), 100)
        for case in self.loaded:
            self.assertLessEqual(set(case.rules), rules, case.id)

    def test_every_procedure_and_method_exists(self) -> None:
        for case in self.loaded:
            if case.group == cases.CLIENT_GROUP:
                continue
            for step in steps_of(case.steps):
                if "procedure" in step:
                    find_procedure(step["procedure"]["name"])
                name = step.get("request", {}).get("method", "Echo")
                if not name.startswith("$") and "body" not in step.get("request", {}):
                    self.assertIsNotNone(method(name), f"{case.id}: {name}")

    def test_the_schema_lists_the_verbs(self) -> None:
        schema = json.loads(cases.SCHEMA.read_text())
        listed = set(schema["$defs"]["step"]["properties"]) - {"on", "as", "note"}
        self.assertEqual(listed, set(VERBS))

    def test_the_readme_names_every_verb(self) -> None:
        text = (cases.ROOT / "README.md").read_text()
        missing = [verb for verb in VERBS if f"`{verb}" not in text]
        self.assertEqual(missing, [])


class LoadingTests(unittest.TestCase):
    """load and select."""

    def load(self, **files: Any) -> list[cases.Case]:
        """Loads files with these contents; a list stands for a group's cases."""
        with tempfile.TemporaryDirectory() as directory:
            for name, content in files.items():
                path = Path(directory) / f"{name}.json"
                path.write_text(content if isinstance(content, str) else json.dumps(content))
            return cases.load(Path(directory))

    def group(self, group: str = "group", **changes: Any) -> dict[str, Any]:
        """A file with one case."""
        case = {
            "id": f"{group}/case",
            "title": "A case of the tests.",
            "rules": ["FR-01"],
            "steps": [{"open": {}}],
        }
        case.update(changes)
        return {"group": group, "cases": [{k: v for k, v in case.items() if v is not None}]}

    def test_a_right_file_loads(self) -> None:
        (case,) = self.load(group=self.group(number=3, limits={"methods": 2}))
        self.assertEqual((case.id, case.number, case.role), ("group/case", 3, "query"))
        self.assertEqual(case.limits, {"methods": 2})

    def test_a_group_may_have_several_files(self) -> None:
        one, two = self.group(number=2), self.group(id="group/other", number=1)
        loaded = self.load(**{"group": one, "group-more": two})
        self.assertEqual([case.group for case in loaded], ["group", "group"])

    def test_wrong_files_are_refused(self) -> None:
        for text, changes in (
            ("roll", {"steps": [{"open": {"roll": "query"}}]}),
            ("no_such", {"steps": [{"no_such": {}}]}),
            ("tests nothing", {"steps": []}),
            ("does not match", {"rules": ["FR1"]}),
            ("rules", {"rules": []}),
            ("does not match", {"id": "group/Case"}),
            ("ids of this group", {"id": "other/case"}),
            ("title", {"title": None}),
            ("is not one of", {"needs": ["luck"]}),
            ("is not one of", {"after": "all"}),
            ("not allowed", {"step": []}),
            ("bytes", {"steps": [{"send": {"bytes": "00"}}]}),
        ):
            with self.subTest(changes=changes), self.assertRaisesRegex(cases.CaseFileError, text):
                self.load(group=self.group(**changes))

    def test_without_the_package_files_are_taken_as_they_are(self) -> None:
        with mock.patch.object(schema_check, "CAN_CHECK", False):
            (case,) = self.load(group=self.group(after="all"))
        self.assertEqual(case.after, "all")

    def test_what_is_no_json_is_refused(self) -> None:
        with self.assertRaisesRegex(cases.CaseFileError, "group.json"):
            self.load(group="{")

    def test_an_id_stands_once(self) -> None:
        with self.assertRaisesRegex(cases.CaseFileError, "twice: group/case"):
            self.load(**{"group": self.group(), "group-more": self.group()})

    def test_identity_is_not_applicable(self) -> None:
        (case,) = self.load(group=self.group(needs=["identity"], steps=None))
        self.assertIsNotNone(case.not_applicable)

    def test_selection(self) -> None:
        loaded = self.load(
            one=self.group("one", number=7), two=self.group("two", id="two/second-case")
        )
        for pattern, ids in (
            ("one", ["one/case"]),
            ("7", ["one/case"]),
            ("*/second-*", ["two/second-case"]),
            ("two/second-case", ["two/second-case"]),
        ):
            selected = cases.select(loaded, [pattern])
            self.assertEqual([case.id for case in selected], ids, pattern)
        self.assertEqual(len(cases.select(loaded, [])), 2)
        self.assertEqual(len(cases.select(loaded, ["one", "two"])), 2)

    def test_a_pattern_that_selects_nothing_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "three"):
            cases.select(self.load(one=self.group("one")), ["one", "three"])


class TimeTests(unittest.TestCase):
    """What README.md, section Time, says of the cases, so that a slow machine fails none."""

    loaded = cases.load()
    PATIENCE_MS = 5_000
    # A machine that stands still for a second, and is slow besides, is done by then.
    SLOW_MS = 3_000

    def test_an_upper_bound_on_a_time_says_why_it_is_one(self) -> None:
        for case in self.loaded:
            for step in steps_of(case.steps):
                for verb, value in step.items():
                    if isinstance(value, dict) and "within_ms" in value:
                        self.assertIn(verb, ("retry", "expect_time"), case.id)
                        self.assertGreaterEqual(value["within_ms"], self.PATIENCE_MS, case.id)
                        if verb == "expect_time":
                            self.assertIn("note", step, case.id)

    def test_a_clock_starts_before_what_it_measures(self) -> None:
        for case in self.loaded:
            steps = list(steps_of(case.steps))
            for step, following in zip(steps, steps[1:]):
                if "clock" in step:
                    begins = {"connect", "request", "send", "trickle"} & set(following)
                    self.assertTrue(begins, f"{case.id}: {following} behind the clock")

    def test_what_has_to_come_before_a_deadline_has_time_to(self) -> None:
        for case in self.loaded:
            if case.group == cases.CLIENT_GROUP:
                continue
            steps = list(steps_of(case.steps))
            for step, following in zip(steps, steps[1:]):
                least = step.get("request", {}).get("timeout_ms") or self.SLOW_MS
                if following.get("expect", {}).get("type") == "ITEM" and isinstance(least, int):
                    self.assertGreaterEqual(least, self.SLOW_MS, case.id)

    def test_a_client_has_time_to_send_what_is_awaited(self) -> None:
        calls = 0
        for path in sorted(cases.CASES.glob("client*.json")):
            for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
                text = json.dumps(case)
                for found in re.findall(r'"key_retention_ms": (\d+)', text):
                    self.assertTrue(not 0 < int(found) < self.SLOW_MS, case["id"])
                awaited = {
                    step["call"] for step in steps_of(case.get("steps", []))
                    if "expect_request" in step and "call" in step
                }
                for step in steps_of(case.get("steps", [])):
                    if "timeout_ms" in step and step.get("call") in awaited:
                        calls += 1
                        self.assertGreaterEqual(step["timeout_ms"], self.SLOW_MS, case["id"])
        self.assertGreater(calls, 3)

    def test_we_have_time_to_do_our_part_before_a_limit_ends_us(self) -> None:
        for case in self.loaded:
            for name in ("frame-ms", "handshake-ms"):
                self.assertGreaterEqual(case.limits.get(name, 1_000), 1_000, case.id)
            if "keepalive.dropped" not in str(case.steps):
                silence_ms = ("ping-after-ms", "dead-after-ping-ms")
                until_dropped = sum(case.limits.get(name, 1_000) for name in silence_ms)
                self.assertGreaterEqual(until_dropped, 2_000, case.id)


class SchemaCheckTests(unittest.TestCase):
    """What is told of a value that does not fit its schema."""

    def test_the_schemas_here_are_schemas(self) -> None:
        protocol = cases.ROOT.parent
        files = [cases.SCHEMA, *protocol.glob("*.schema.json"), *protocol.glob("*/*.schema.json")]
        self.assertGreaterEqual(len(set(files)), 3)
        for file in files:
            jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text()))

    def test_a_problem_says_where(self) -> None:
        schema = {"properties": {"a": {"items": {"type": "string"}}}}
        (problem,) = schema_check.problems({"a": ["x", 1]}, schema)
        self.assertTrue(problem.startswith("$.a[1]"), problem)

    def test_of_several_forms_the_closest_one_is_told(self) -> None:
        forms = [{"type": "string"}, {"type": "object", "required": ["size"]}]
        (problem,) = schema_check.problems({}, {"anyOf": forms})
        self.assertIn("size", problem)


if __name__ == "__main__":
    unittest.main()
