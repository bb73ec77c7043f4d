"""SPEC.md can be read in the time that it promises, each rule by those whom it binds."""

from __future__ import annotations

import os
import re
import unittest
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import spec_document
from spec_document import NORMATIVE, PROTOCOL, SPEC, table

ROOT = PROTOCOL.parent
RULE = re.compile(r"^- \*\*\[([A-Z]{2}-\d{2})\]\*\*(.*)$", re.MULTILINE)
MARKS = ("client", "server", "both")
CITED = re.compile(r"\b(?:AU|CA|CO|CS|DR|EX|FD|FR|HS|ID|IK|JS|ST|UN)-\d{2}\b")
FOR_SERVERS = "**For servers only.**"

WORDS_A_MINUTE = 220
CLIENT_MINUTES_MAX = 40
# The whole of it, tables and bytes included: what is new takes the place of something old. It was
# 14,300 before the bounds of callers, addresses and the process had their rules and limits, and
# 14,900 before bodies could be JSON.
WORDS_MAX = 15_200
RULE_WORDS_MAX = 150


@dataclass(frozen=True)
class Rule:
    """A rule, and whether it stands where only servers need to read."""

    id: str
    marks: tuple[str, ...]
    is_for_servers: bool


def rules() -> list[Rule]:
    """All rules of the normative documents, in their order."""
    found = []
    for file in NORMATIVE:
        text = file.read_text(encoding="utf-8")
        for match in RULE.finditer(text):
            heading = max(0, text.rfind("\n#", 0, match.start()))
            found.append(Rule(
                match[1], tuple(mark for mark in MARKS if f"`{mark}`" in match[2]),
                FOR_SERVERS in text[heading : match.start()]
            ))
    return found


def sections() -> dict[int, str]:
    """The numbered sections of SPEC.md."""
    parts = re.split(r"(?m)^## (?=\d+\. )", spec_document.SPEC.read_text(encoding="utf-8"))
    return {int(part.split(".")[0]): part for part in parts[1:]}


def words(text: str) -> int:
    """Those that are read: not the bars of tables, and nothing that is for servers only."""
    text = re.sub(rf"(?ms)^{re.escape(FOR_SERVERS)}.*?(?=^##|\Z)", "", text)
    return len(re.findall(r"\w\S*", text))


@dataclass(frozen=True)
class Leg:
    """A row of the client's reading path."""

    sections: range | list[int]
    minutes: int


def reading_path() -> Iterator[Leg]:
    for row in table("Read", "What", "Minutes"):
        if not row["Minutes"]:
            continue
        numbers = [int(number) for number in re.findall(r"\[(\d+)\]", row["Read"])]
        if " to [" in row["Read"]:
            numbers = list(range(numbers[0], numbers[1] + 1))
        yield Leg(numbers, int(row["Minutes"]))


def cited_rules() -> dict[str, set[str]]:
    """The ids that the repository's files name, each with the files that name it."""
    found: dict[str, set[str]] = {}
    for path in texts():
        for id in CITED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(id, set()).add(str(path.relative_to(ROOT)))
    return found


def texts() -> Iterator[Path]:
    """The repository's own texts; not what was built or installed."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in files:
            if name.endswith((".json", ".md", ".py", ".swift", ".proto")):
                yield Path(folder, name)


class RuleTests(unittest.TestCase):
    def test_each_rule_has_an_id_of_its_own(self) -> None:
        counts = Counter(rule.id for rule in rules())
        self.assertGreater(len(counts), 150)
        self.assertEqual([id for id, count in counts.items() if count > 1], [])

    def test_each_rule_begins_with_one_mark(self) -> None:
        for file in NORMATIVE:
            for id, rest in RULE.findall(file.read_text(encoding="utf-8")):
                with self.subTest(id):
                    self.assertRegex(rest, r"^ `(client|server|both)` ")
        for rule in rules():
            self.assertEqual(len(rule.marks), 1, rule.id)

    def test_a_rule_is_only_where_rules_are_looked_for(self) -> None:
        everywhere = re.findall(r"\*\*\[([A-Z]{2}-\d{2})\]\*\*", spec_document.TEXT)
        listed = [rule.id for rule in rules()]
        self.assertEqual(Counter(everywhere) - Counter(listed), Counter())

    def test_what_is_for_servers_stands_apart(self) -> None:
        for rule in rules():
            with self.subTest(rule.id):
                self.assertEqual(rule.marks == ("server",), rule.is_for_servers)

    def test_every_rule_that_is_cited_exists(self) -> None:
        known = {rule.id for rule in rules()}
        cited = cited_rules()
        self.assertGreater(len(cited), 150)
        unknown = {id: files for id, files in cited.items() if id not in known}
        self.assertEqual(unknown, {})

    def test_links_within_the_documents_lead_to_headings(self) -> None:
        for file in [*NORMATIVE, PROTOCOL / "README.md", PROTOCOL / "CHANGELOG.md"]:
            text = file.read_text(encoding="utf-8")
            for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text):
                with self.subTest(f"{file.name}: {target}#{anchor}"):
                    aim = (file.parent / target).resolve() if target else file
                    self.assertIn(anchor, anchors(aim))

    def test_sections_that_are_named_by_number_exist(self) -> None:
        text = SPEC.read_text(encoding="utf-8")
        known = set(sections())
        for numbers in re.findall(r"sections? (\d+(?:(?:, | and | to )\d+)*)", text):
            self.assertLessEqual({int(number) for number in re.findall(r"\d+", numbers)}, known)


class ReadingTests(unittest.TestCase):
    def test_the_author_of_a_client_reads_it_in_the_minutes_that_it_states(self) -> None:
        legs = list(reading_path())
        self.assertGreater(len(legs), 4)
        text = sections()
        whole = words(spec_document.SPEC.read_text(encoding="utf-8").split("\n## 1. ")[0])
        for leg in legs:
            count = sum(words(text[number]) for number in leg.sections)
            whole += count
            with self.subTest(list(leg.sections)):
                self.assertAlmostEqual(leg.minutes, count / WORDS_A_MINUTE, delta=1, msg=(
                    f"{count} words are {count / WORDS_A_MINUTE:.1f} minutes: correct the table"))
        self.assertLessEqual(
            whole, CLIENT_MINUTES_MAX * WORDS_A_MINUTE,
            "say it in fewer words, or move what only servers need behind 'For servers only'")

    def test_what_binds_a_client_is_on_the_way(self) -> None:
        text = sections()
        read = {number for leg in reading_path() for number in leg.sections}
        aside = {
            id for number in set(text) - read for id, rest in RULE.findall(text[number])
            if "`server`" not in rest
        }
        # For subscribers to the feed, and for later versions; the path names EX-02.
        self.assertEqual(aside, {"ST-12", "AU-01", "EX-01", "EX-02", "EX-03"})

    def test_the_whole_stays_short(self) -> None:
        count = len(spec_document.SPEC.read_text(encoding="utf-8").split())
        self.assertLessEqual(count, WORDS_MAX, "what is not a rule belongs in another document")

    def test_no_rule_is_long(self) -> None:
        for rule in rules():
            with self.subTest(rule.id):
                count = len(spec_document.rule(rule.id).split())
                self.assertLessEqual(count, RULE_WORDS_MAX, "two rules are easier to read")


def anchors(file: Path) -> set[str]:
    """GitHub's names of a document's headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", file.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


if __name__ == "__main__":
    unittest.main()
