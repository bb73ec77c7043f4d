"""Protocol/registry.json has the shape of its schema and says what SPEC.md says."""

from __future__ import annotations

import json
import re
import unittest
from typing import Any

import spec_document
from spec_document import PROTOCOL, WORD, Row, rule, table
from tandem_conformance.schema_check import problems

REGISTRY: dict[str, Any] = json.loads((PROTOCOL / "registry.json").read_text(encoding="utf-8"))
SCHEMA: dict[str, Any] = json.loads(
    (PROTOCOL / "registry.schema.json").read_text(encoding="utf-8")
)
# CS-10: what is left of the building, which is never the same.
# A rule says when, or a range is given: no number stands for it.
RETRY = {"never": 0xFFFFFFFF, "–": 0, "CS-10": None, "FD-07": None, "IK-20": None,
         "100 to 1000": None}
NOT_PROCESSED = {"yes": True, "no": False, "see below": None}
CLIENT_ADVICE = {
    "connects again": "reconnect",
    "reports its own fault": "own-fault",
    "reports it; does not try again": "give-up",
    "backs off, at least 1 s": "slow-down",
}


def names(section: str) -> list[str]:
    return [entry["name"] for entry in REGISTRY[section]]


class ShapeTests(unittest.TestCase):
    def test_it_has_the_shape_of_its_schema(self) -> None:
        self.assertEqual(problems(REGISTRY, SCHEMA), [])

    def test_a_wrong_shape_is_found(self) -> None:
        for key, wrong in (("roles", []), ("skippable_from", "80"), ("limits", [{"name": 1}])):
            broken = REGISTRY | {key: wrong}
            self.assertNotEqual(problems(broken, SCHEMA), [], key)
        self.assertNotEqual(problems(REGISTRY | {"more": 1}, SCHEMA), [])
        missing = {key: value for key, value in REGISTRY.items() if key != "flags"}
        self.assertNotEqual(problems(missing, SCHEMA), [])

    def test_numbers_and_names_stand_once(self) -> None:
        for section in ("roles", "frame_types", "metadata_tags", "goaway_codes", "status_codes"):
            numbers = [entry["number"] for entry in REGISTRY[section]]
            self.assertEqual(numbers, sorted(set(numbers)), section)
            self.assertEqual(len(names(section)), len(set(names(section))), section)
        reasons = names("reasons") + names("service_reasons")
        self.assertEqual(len(reasons), len(set(reasons)))
        limits = [name for name in names("limits") if name]
        self.assertEqual(len(limits), len(set(limits)))

    def test_names_lead_somewhere(self) -> None:
        codes = names("status_codes")
        features = names("features")
        for reason in REGISTRY["reasons"] + REGISTRY["service_reasons"]:
            self.assertIn(reason["code"], [*codes, None], reason["name"])
        for limit in REGISTRY["limits"]:
            for name in limit["exceeded"]:
                self.assertIn(name, names("goaway_codes") + names("reasons"), limit["what"])
        for entry in REGISTRY["welcome_limits"]:
            self.assertIn(entry["limit"], names("limits"))
        for entry in REGISTRY["flags"] + REGISTRY["encodings"]:
            self.assertIn(entry.get("feature", features[0]), features)

    def test_ranges_cover_every_number_once_and_agree_with_the_tables(self) -> None:
        for section, ranges in REGISTRY["ranges"].items():
            self.assertEqual(ranges[0]["first"], 0, section)
            self.assertIn(ranges[-1]["last"], (0xFF, 0xFFFF), section)
            for before, after in zip(ranges, ranges[1:]):
                self.assertEqual(before["last"] + 1, after["first"], section)
            assigned = {
                number for entry in ranges if entry["use"] == "assigned"
                for number in range(entry["first"], entry["last"] + 1)
            }
            listed = {
                number for entry in REGISTRY[section] for number in
                range(entry.get("first", entry.get("number")),
                      entry.get("last", entry.get("number")) + 1)
            }
            self.assertEqual(assigned, listed, section)


class AgreementTests(unittest.TestCase):
    """The tables of SPEC.md, read again."""

    def assert_rows(self, section: str, rows: list[dict[str, Any]]) -> None:
        """The registry has these rows, in this order; it may say more of each."""
        said = [
            {key: entry[key] for key in row} for row, entry in zip(rows, REGISTRY[section])
        ]
        self.assertEqual(said, rows)
        self.assertEqual(len(REGISTRY[section]), len(rows))

    def test_roles(self) -> None:
        self.assert_rows("roles", [
            {"number": int(row["Number"]), "name": row["Role"], "port": int(row["Port"])}
            for row in table("Role", "Number", "Port")
        ])

    def test_the_preface(self) -> None:
        magic = next(row for row in table("Offset", "Size", "Field", "Value")
                     if row["Field"] == "magic")
        self.assertEqual(
            bytes.fromhex(magic["Value"].strip("`")).hex(), REGISTRY["protocol"]["magic"]
        )

    def test_frame_types(self) -> None:
        self.assert_rows("frame_types", [
            {
                "number": int(row["Type"], 16), "name": row.words("Name")[0], "from": row["From"],
                "final": row["Name"].endswith(", final"),
                "flags": row.words("Flags, besides CRC") + self.crc(row.words("Name")[0]),
            }
            for row in table("Type", "Name", "From")
        ])

    @staticmethod
    def crc(type_name: str) -> list[str]:
        return [] if type_name in ("HELLO", "WELCOME") else ["CRC"]

    def test_flags(self) -> None:
        rows = table("Flag", "Bit", "Meaning")
        self.assert_rows("flags", [
            {"name": row["Flag"], "bit": int(row["Bit"][:2], 16)} for row in rows
        ])
        for row, flag in zip(rows, REGISTRY["flags"]):
            if match := re.search(r", on ([A-Z]+)$", row["Bit"]):
                self.assertEqual(flag["types"], [match[1]])
            allowed = [
                entry["name"] for entry in REGISTRY["frame_types"] if row["Flag"] in entry["flags"]
            ]
            self.assertLessEqual(set(flag["types"]), set(allowed), row["Flag"])
        for entry in REGISTRY["frame_types"]:
            for name in entry["flags"]:
                flags = [flag for flag in REGISTRY["flags"]
                         if flag["name"] == name and entry["name"] in flag["types"]]
                self.assertEqual(len(flags), 1, f"{name} on {entry['name']}")

    def test_metadata_tags(self) -> None:
        rows = table("Tag", "Name", "On", "Value")
        self.assert_rows("metadata_tags", [
            {
                "number": int(row["Tag"], 16), "name": row["Name"], "on": row["On"],
                "value_bytes": self.size(row), "repeats": row["Value"].endswith("may repeat"),
            }
            for row in rows
        ])

    @staticmethod
    def size(row: Row) -> int | None:
        if "u32" in row["Value"]:
            return 4
        match = re.search(r"\b(\d+) bytes", row["Value"])
        return int(match[1]) if match else None

    def test_features(self) -> None:
        rows = {row["Hello field"]: row["Meaning"] for row in table("Hello field", "Meaning")}
        said = re.findall(r"`([a-z0-9-]+)` \(section (\d+)\)", rows["`features`"])
        self.assertEqual(
            [(entry["name"], str(entry["section"])) for entry in REGISTRY["features"]], said
        )

    def test_encodings(self) -> None:
        starts = [row["Encoding id"] for row in table("Encoding id", "Body")]
        self.assertEqual(
            [entry["first"] for entry in REGISTRY["encodings"]],
            [int(start.removesuffix(" + n")) for start in starts],
        )

    def test_goaway_codes(self) -> None:
        self.assert_rows("goaway_codes", [
            {
                "number": int(row["Code"]), "name": row["Name"],
                "reserved": row["When"].startswith("reserved"),
                "client": next(word for text, word in CLIENT_ADVICE.items()
                               if row["A client then"].startswith(text)),
            }
            for row in table("Code", "Name", "When")
        ])

    def test_status_codes(self) -> None:
        rows = table("Number", "Code", "Meaning")
        advice = "Without NOT_PROCESSED, a client"
        self.assert_rows("status_codes", [
            {
                "number": int(row["Number"]), "name": row["Code"],
                "transient": row[advice].startswith("waits"),
            }
            for row in rows
        ])
        # The rules are in words; their lists of codes must be the registry's.
        unknown, _ = rule("IK-07").split("without NOT_PROCESSED")
        kept = rule("IK-05").split("Never kept")[0]
        for entry in REGISTRY["status_codes"]:
            word = entry["name"]
            self.assertEqual(entry["outcome_unknown"], word in WORD.findall(unknown), word)
            self.assertEqual(entry["kept"], word in re.findall(r"[A-Z_]+", kept), word)

    def test_reasons(self) -> None:
        self.assert_rows("reasons", [
            {
                "name": row["Reason"], "code": row["Code"],
                "not_processed": NOT_PROCESSED[row["NP"]],
                "retry_after_ms": RETRY[row["Retry-after"]] if row["Retry-after"] in RETRY
                else int(row["Retry-after"]),
                "metadata": re.findall(r"(?<![(\w])\w+(?!\w|\))", row["Metadata"]),
                "metadata_optional": re.findall(r"\((\w+)\)", row["Metadata"]),
            }
            for row in table("Reason", "Code", "NP")
        ])

    def test_the_services_reasons(self) -> None:
        orders = [
            (name, row["Code"])
            for row in table("Reason", "Code", "Metadata") for name in row.words("Reason")
        ]
        test = {
            name
            for row in table("Method", "Does", "Rejects with")
            for name in [*row.words("Rejects with"), *re.findall(r"` / ([A-Z_]+)", row["Does"])]
        }
        self.assertEqual(
            [(entry["name"], entry["code"]) for entry in REGISTRY["service_reasons"]
             if entry["service"] == "tandem.orders.v1"], orders)
        self.assertEqual(
            {entry["name"] for entry in REGISTRY["service_reasons"]
             if entry["service"] == "tandem.test.v1"}, test)

    def test_limits(self) -> None:
        known = names("goaway_codes") + names("reasons")
        self.assert_rows("limits", [
            {
                "name": None if row["Name"] == "–" else row["Name"].strip("`"),
                "what": row["Limit"].replace("`", ""),
                "default": int(row["Default"].replace(",", "")), "unit": row["Unit"],
                "exceeded": [word for word in row.words("Beyond it") if word in known],
            }
            for row in table("Limit", "Name", "Default", "Unit")
        ])

    def test_ranges(self) -> None:
        columns = {"Assigned": "assigned", "Free for 1.x": "free", "Never assigned": "never"}
        what = {
            "roles": ("roles", 16), "frame types": ("frame_types", 16),
            "metadata tags": ("metadata_tags", 16), "encoding ids": ("encodings", 10),
            "status codes": ("status_codes", 10), "GOAWAY codes": ("goaway_codes", 10),
        }
        compared = 0
        for row in table("What", "Assigned", "Free for 1.x"):
            if row["What"] not in what:
                continue
            section, base = what[row["What"]]
            said = sorted(
                (int(first, base), int(last or first, base), use)
                for column, use in columns.items()
                for first, last in re.findall(r"\b([0-9A-F]+)(?:–([0-9A-F]+))?\b", row[column])
            )
            listed = [(entry["first"], entry["last"], entry["use"])
                      for entry in REGISTRY["ranges"][section]]
            self.assertEqual(listed, said, section)
            compared += 1
        self.assertEqual(compared, len(what))

    def test_the_greasing_prefix_and_the_skippable_numbers(self) -> None:
        self.assertIn(f"`{REGISTRY['grease_feature_prefix']}`", rule("EX-01"))
        self.assertIn(f"`0x{REGISTRY['skippable_from']:02X}`", rule("FR-04"))
        self.assertIn(f"`0x{REGISTRY['skippable_from']:02X}`", rule("FR-12"))

    def test_every_reason_that_a_rule_names_is_registered(self) -> None:
        registered = set(names("reasons") + names("service_reasons"))
        cited = set(re.findall(r"\b[A-Z_]+ /\s+([A-Z_]+)\b", spec_document.TEXT)) - {"REASON"}
        self.assertGreater(len(cited), 5)
        self.assertEqual(cited - registered, set())


if __name__ == "__main__":
    unittest.main()
