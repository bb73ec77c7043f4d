"""The known-failing list: cases that fail, and are known to.

One id a line, `#` begins a comment. A listed case that fails is as it should be; one that passes
is an error, so that the list only ever shrinks by being edited.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .outcome import FAILED, PASSED, Result


def read(path: Path) -> list[str]:
    """The ids of a list."""
    lines = (line.split("#", 1)[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def unknown(listed: Iterable[str], ids: Iterable[str]) -> list[str]:
    """Ids that are listed and that no case has: renamed, or misspelt."""
    known = set(ids)
    return [one for one in listed if one not in known]


def unexpected(results: Iterable[Result], listed: Iterable[str]) -> list[str]:
    """What is not as it should be, one sentence each: failures that are not listed, and listed
    cases that passed."""
    known = set(listed)
    problems = []
    for result in results:
        if result.outcome == FAILED and result.id not in known:
            problems.append(f"{result.id} failed")
        elif result.outcome == PASSED and result.id in known:
            problems.append(f"{result.id} passed, but is in the known-failing list: take it out")
    return problems
