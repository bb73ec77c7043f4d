"""The test vectors are what their generator writes, and have the form that their schema says."""

from __future__ import annotations

import json
import re
import sys
import unittest
from collections import Counter

import spec_document
from spec_document import PROTOCOL
from tandem_conformance import schema_check

FOLDER = PROTOCOL / "vectors"
SCHEMA = json.loads((FOLDER / "vectors.schema.json").read_text(encoding="utf-8"))
FILES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.json")) if path.stem != "vectors.schema"
}
ALL = [vector for file in FILES.values() for vector in file["vectors"]]
STEP = next(
    step for vector in ALL for step in vector.get("steps", ())
    if "skipped" not in step.get("frames", [{"skipped": 1}])[0]
)


class FormTests(unittest.TestCase):
    def test_generating_again_gives_the_committed_bytes(self) -> None:
        sys.path.insert(0, str(FOLDER))
        self.addCleanup(sys.path.remove, str(FOLDER))
        import generate

        contents = generate.contents()
        self.assertEqual(set(contents), {path.name for path in FOLDER.glob("*.json")})
        for name, text in contents.items():
            committed = (FOLDER / name).read_text(encoding="utf-8")
            self.assertTrue(committed == text, f"{name}: run Protocol/vectors/generate.py")

    def test_ids_are_unique_and_name_their_file(self) -> None:
        counts = Counter(vector["id"] for vector in ALL)
        self.assertEqual([id for id, count in counts.items() if count > 1], [])
        for name, file in FILES.items():
            self.assertEqual(file["kind"], name)
            self.assertEqual(file["count"], len(file["vectors"]))
            for vector in file["vectors"]:
                self.assertTrue(vector["id"].startswith(f"{name}/"))

    def test_no_two_vectors_of_a_file_are_the_same(self) -> None:
        for name, file in FILES.items():
            cases = Counter(
                json.dumps([v.get("input", v.get("steps")), v.get("setup")], sort_keys=True)
                for v in file["vectors"])
            twice = [case[:80] for case, count in cases.items() if count > 1]
            self.assertEqual(twice, [], name)

    def test_cited_rules_stand_in_the_specification(self) -> None:
        rules = set(re.findall(r"\*\*\[([A-Z]{2}-\d{2})\]\*\*", spec_document.TEXT))
        for vector in ALL:
            self.assertEqual(set(vector["rules"]) - rules, set(), vector["id"])

    def test_every_file_has_the_form_of_the_schema(self) -> None:
        for name, file in FILES.items():
            with self.subTest(name):
                self.assertEqual(schema_check.problems(file, SCHEMA), [])

    def test_a_form_that_is_wrong_is_found(self) -> None:
        wrong = {
            "an unknown member": {"more": 1}, "no comment": {"comment": ""},
            "half a byte": {"input": "0"}, "steps beside the input": {"steps": [STEP]},
            "a rule that is none": {"rules": ["FR1"]}, "no rule": {"rules": []},
            "a result without what it is": {"result": "invalid"},
            "a reason that is none": {
                "result": "invalid", "violation": {"reason": "x", "code": 1, "name": "SIZE"},
            },
        }
        for what, members in wrong.items():
            with self.subTest(what):
                file = FILES["crc32c"]
                vectors = [{**file["vectors"][0], **members}]
                self.assertNotEqual(schema_check.problems({**file, "vectors": vectors}, SCHEMA), [])

    def test_a_frame_has_one_of_the_two_forms(self) -> None:
        both = {**STEP["frames"][0], "skipped": 240, "length": 12}
        for frames, count in (([], 0), (STEP["frames"], 0), ([both], 1), ([{"skipped": 240}], 1)):
            step = {**STEP, "frames": frames}
            found = schema_check.problems(step, {"$ref": "#/$defs/step", "$defs": SCHEMA["$defs"]})
            self.assertEqual(len(found), count, found)

    def test_every_invalid_vector_says_what_mistake_it_catches(self) -> None:
        for vector in ALL:
            if vector["result"] == "invalid":
                self.assertTrue(vector["notes"], vector["id"])

    def test_every_violation_and_every_reason_has_its_vectors(self) -> None:
        reasons = SCHEMA["$defs"]["violation"]["properties"]["reason"]["enum"]
        for vector in ALL:
            self.assertEqual("violation" in vector, vector["result"] == "invalid"
                             and "steps" not in vector, vector["id"])
        # Every reason has a vector: a reason without one is a reason that nobody tests.
        used = {v["violation"]["reason"] for v in ALL if "violation" in v}
        used |= {s["violation"]["reason"] for v in ALL for s in v.get("steps", ())
                 if "violation" in s}
        self.assertEqual(used, set(reasons))


class SessionTests(unittest.TestCase):
    def test_the_sessions_that_are_shown_in_bytes_are_here(self) -> None:
        blocks = [block for shown in spec_document.sessions().values() for block in shown]
        spoken = {"C": "", "S": ""}
        for block in blocks:
            spoken[block.sender] += block.bytes.hex()
        self.assertGreater(len(blocks), 20)
        for side, name in (("C", "client"), ("S", "server")):
            told = "".join(
                step["bytes"]
                for id in ("command-and-repeat", "queries", "checksums-and-dictionary")
                for vector in FILES["sessions"]["vectors"] if vector["id"] == f"sessions/{id}"
                for step in vector["steps"] if step["from"] == name)
            self.assertEqual(told, spoken[side], f"the {name}'s bytes")


if __name__ == "__main__":
    unittest.main()
