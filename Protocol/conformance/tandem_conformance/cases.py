"""Case files: found, checked against the schema, selected."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import client_mode, schema_check

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "cases"
SCHEMA = ROOT / "case.schema.json"
CLIENT_GROUP = "client"

_WITHOUT_NUMBER = 1000

_IDENTITY = "identity (tokens, certificates, principals) is not part of this version"


class CaseFileError(Exception):
    """A case file that the schema does not allow, with every problem found."""


@dataclass(frozen=True)
class Case:
    """One case as its file has it. `source` is all of it, for what only some groups know."""

    id: str
    group: str
    title: str
    rules: list[str]
    role: str
    number: int | None = None
    needs: list[str] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    after: str = "probe"
    not_applicable: str | None = None
    source: dict[str, Any] = field(default_factory=dict)


def load(directory: Path = CASES) -> list[Case]:
    """All cases, the groups in the order of their numbers. Raises CaseFileError."""
    schema = json.loads(SCHEMA.read_text())
    problems: list[str] = []
    groups: dict[str, list[Case]] = {}
    for path in sorted(directory.glob("*.json")):
        try:
            content = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            problems.append(f"{path.name}: {error}")
            continue
        found = schema_check.problems(content, schema)
        found += _beyond_schema(content, path.stem) if not found else []
        problems += [f"{path.name}: {problem}" for problem in found]
        if not found:
            group = groups.setdefault(content["group"], [])
            group += [_case(content["group"], one) for one in content["cases"]]
    if problems:
        raise CaseFileError("\n".join(problems))
    for group in groups.values():
        group.sort(key=_number)
    cases = [case for group in sorted(groups.values(), key=_first_number) for case in group]
    repeated = sorted({case.id for case in cases if sum(c.id == case.id for c in cases) > 1})
    if repeated:
        raise CaseFileError(f"ids that stand twice: {', '.join(repeated)}")
    return cases


def _number(case: Case) -> int:
    return _WITHOUT_NUMBER if case.number is None else case.number


def _first_number(group: Sequence[Case]) -> int:
    return min(_number(case) for case in group)


def _beyond_schema(content: dict[str, Any], stem: str) -> list[str]:
    """What a schema cannot say: names that have to agree."""
    problems = []
    group = content["group"]
    if stem != group and not stem.startswith(f"{group}-"):
        problems.append(
            f"group {group!r} is in {group}.json, or in {group}-PART.json if it is long"
        )
    for case in content["cases"]:
        if not case["id"].startswith(f"{group}/"):
            problems.append(f"{case['id']}: ids of this group begin with {group}/")
        applies = "not_applicable" not in case and "identity" not in case.get("needs", [])
        if applies and not case.get("steps"):
            problems.append(f"{case['id']}: without steps it tests nothing")
        if group == CLIENT_GROUP:
            problems += [f"{case['id']}: {problem}" for problem in client_mode.check(case)]
    return problems


def _case(group: str, source: dict[str, Any]) -> Case:
    not_applicable = source.get("not_applicable")
    if "identity" in source.get("needs", []):
        not_applicable = not_applicable or _IDENTITY
    return Case(
        id=source["id"],
        group=group,
        title=source["title"],
        rules=source["rules"],
        role=source.get("role", "query"),
        number=source.get("number"),
        needs=source.get("needs", []),
        limits=source.get("limits", {}),
        arguments=source.get("arguments", []),
        steps=source.get("steps", []),
        after=source.get("after", "probe"),
        not_applicable=not_applicable,
        source=source,
    )


def select(cases: Iterable[Case], patterns: Sequence[str]) -> list[Case]:
    """Those whose id, group or number a pattern names; all if there are none. A pattern that
    selects nothing is an error: it is a slip of the pen."""
    cases = list(cases)
    if not patterns:
        return cases
    unused = [one for one in patterns if not any(_matches(case, one) for case in cases)]
    if unused:
        raise ValueError(f"--only {', '.join(unused)}: there is no such case or group; see --list")
    return [case for case in cases if any(_matches(case, pattern) for pattern in patterns)]


def _matches(case: Case, pattern: str) -> bool:
    if pattern.isdigit():
        return case.number == int(pattern)
    return pattern == case.group or fnmatch.fnmatchcase(case.id, pattern)
