"""What the conformance suite is run as: the server half in shares that run side by side, one of its
own for abuse, and the client half once for each client."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "Protocol" / "conformance" / "tandem-conformance"
sys.path.insert(0, str(RUNNER.parent))

from tandem_conformance.server import ON_FREE_PORTS  # noqa: E402

# What the abuse cases look at.
LONG_SWITCH = "TANDEM_CONFORMANCE_LONG"
ABUSE = "abuse"
# Most of the server half is waiting: two shares take half the time, each with a server of its own.
SHARES = ("server", "server-too")

Report = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One run of the runner: a half, or a share of one."""

    name: str
    half: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    # The ids of its cases.
    cases: tuple[str, ...] = ()
    # Those of all cases that are known to fail in this half.
    known_failing: tuple[str, ...] = ()

    @property
    def runs_alone(self) -> bool:
        """Whether other work on the machine would spoil its measurements."""
        return self.name == ABUSE


@dataclass
class Outcome:
    """How it ended."""

    part: Part
    status: int
    seconds: float
    # None: it did not get as far as a report.
    report: Report | None
    junit: Path
    output: str = ""

    @property
    def unexpected_failures(self) -> list[str]:
        """The ids of its failed cases that are not known to fail."""
        return [one for one in self.ids("failed") if one not in self.part.known_failing]

    @property
    def unexpected_skips(self) -> list[str]:
        """The ids of its skipped cases that are not known to fail anyway."""
        return [one for one in self.ids("skipped") if one not in self.part.known_failing]

    def ids(self, came_out: str) -> list[str]:
        """The ids of its cases that came out so."""
        results = self.report["results"] if self.report is not None else []
        return [result["id"] for result in results if result["outcome"] == came_out]

    def is_well(self, no_skips: bool = False) -> bool:
        """Whether it ran, and every case of it is as it should be."""
        if self.status != 0 or self.report is None or self.unexpected_failures:
            return False
        return not (no_skips and self.unexpected_skips)


def all_parts(programs: Path, long: bool) -> list[Part]:
    """The server against the cases, and each client against the misbehaving server."""
    server = f"{shlex.quote(str(programs / 'tandem-test-server'))} {ON_FREE_PORTS}"
    swift = shlex.quote(str(programs / "tandem-client-harness"))
    python = f"{shlex.quote(sys.executable)} -m tandem_client.harness"
    source = str(ROOT / "clients" / "python" / "src")
    started = ("server", "--start", server)
    return [
        *(Part(share, "server", started) for share in SHARES),
        Part("swift-client", "swift-client", ("client", "--harness", swift)),
        Part(
            "python-client", "python-client", ("client", "--harness", python),
            {"PYTHONPATH": source},
        ),
        Part(ABUSE, "server", started, {LONG_SWITCH: "1"} if long else {}),
    ]


def with_cases(part: Part, only: Sequence[str]) -> Part:
    """The part with those of its cases that the patterns name; all, if there are no patterns."""
    found: list[str] = []
    for options in [["--only", pattern] for pattern in only] or [[]]:
        # A pattern that is about another half is an error to the runner, and nothing to us.
        command = [sys.executable, str(RUNNER), *part.arguments, "--list", *options]
        listing = subprocess.run(command, capture_output=True, text=True)
        found += [one for one in listed(listing.stdout) if one not in found]
    if part.half == "server":
        found = [one for one in found if one.startswith(f"{ABUSE}/") == (part.name == ABUSE)]
    if part.name in SHARES:
        # In turn: what takes long stands together.
        found = found[SHARES.index(part.name) :: len(SHARES)]
    return replace(part, cases=tuple(found))


def listed(listing: str) -> list[str]:
    """The ids in what `--list` prints: number, if there is one, id, title."""
    ids = []
    for line in listing.splitlines():
        ids += [word for word in line.split()[:2] if "/" in word][:1]
    return ids


def known_failing(text: str, half: str, halves: Sequence[str]) -> tuple[str, ...]:
    """The ids that a known-failing list has for a half. Further words on a line are the halves that
    it is about: both clients run the same cases, and one may fail where the other does not.

    Raises ValueError for a half that there is not: its line would be about nothing.
    """
    ids = []
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        for word in words[1:]:
            if word not in halves:
                raise ValueError(f"{line.strip()!r}: {word} is none of {', '.join(halves)}")
        if words and (len(words) == 1 or half in words[1:]):
            ids.append(words[0])
    return tuple(ids)
