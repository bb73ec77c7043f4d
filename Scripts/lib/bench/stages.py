"""What each stage of a read costs, beside a bare loop that does the same work in one process.

A stage that costs many times its bare loop is an error: both run in turn on the same documents, so
their ratio stays what it is on a slow machine and on a busy one, where times do not.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .bench import Bench
from .row import BenchError, Row

PROGRAM = "read-stages"
# Patience only: a minute is usual, most of it to make the documents.
SECONDS_MAX = 1_200


class Size(NamedTuple):
    """How much is measured."""

    documents: int
    rounds: int


QUICK = Size(200_000, 15)
USUAL = Size(1_000_000, 40)
# The row's own numbers; those of the other stages are in its details.
HEADLINE = "all_32"
LIMITS = {
    "decode_1": 160.0, "decode_32": 85.0, "look_up_1": 30.0, "look_up_16": 5.0, "look_up_32": 4.6,
    "list_20": 25.0, "write_1": 45.0, "write_32": 15.0, "all_1": 20.0, "all_16": 8.5,
    "all_32": 8.0,
}
"""How many times its bare loop each stage may cost: two and a half times what was ever measured."""
# What the machine does meanwhile can make one of two dear for once, and not each time anew.
TRIES = 3
TOGETHER_MOST = 0.4
"""What a look-up may cost of 32 together, of what it costs alone: together their cache misses
overlap. 0.16 was measured, and 0.48 when each waited for the one before."""


@dataclass(frozen=True)
class Stage:
    """One of them, in ns a request, document or page: the least and the median of the rounds."""

    name: str
    title: str
    least: float
    median: float
    bare_least: float
    bare_median: float

    @property
    def ratio(self) -> float:
        """Of the least ones: what comes in between only ever adds."""
        return self.least / self.bare_least


def read(text: str) -> list[Stage]:
    """What the program has printed; an error if those are not the stages that are known."""
    printed: dict[str, Any] = json.loads(text)
    found = [
        Stage(
            each["name"], each["title"], each["engine"]["least_ns"], each["engine"]["median_ns"],
            each["bare"]["least_ns"], each["bare"]["median_ns"])
        for each in printed["stages"]
    ]
    if {each.name for each in found} != LIMITS.keys():
        raise BenchError(f"{PROGRAM} measures other stages than there are limits for")
    return found


def table(found: Sequence[Stage]) -> str:
    """One line a stage, in columns."""
    lines = ["stage           least    median  bare: least  median   ratio  may be"]
    lines += [
        f"{each.name:12} {each.least:8.1f}  {each.median:8.1f}     {each.bare_least:8.1f}"
        f"{each.bare_median:8.1f}  {each.ratio:5.2f}x  {LIMITS[each.name]:5.1f}x"
        for each in found
    ]
    return "\n".join(lines)


def check(found: Sequence[Stage]) -> None:
    """An error for those that cost too much."""
    dear = [
        f"{each.name} ({each.title}) costs {each.ratio:.1f} times its bare loop"
        f" ({each.least:,.1f} against {each.bare_least:,.1f} ns), {LIMITS[each.name]:g} at most"
        for each in found if each.ratio > LIMITS[each.name]
    ]
    least = {each.name: each.least for each in found}
    if least["look_up_32"] > TOGETHER_MOST * least["look_up_1"]:
        dear.append(
            f"a look-up costs {least['look_up_32']:,.1f} ns of 32 together, and"
            f" {least['look_up_1']:,.1f} ns alone: {TOGETHER_MOST:g} of that at most")
    if dear:
        raise BenchError("; ".join(dear))


def stages(bench: Bench) -> Row:
    """All of them; an error if one costs too much each time that it is measured."""
    size = QUICK if bench.quick else USUAL
    for left in reversed(range(TRIES)):
        found = measure(bench, size)
        for line in table(found).splitlines():
            bench.say(line)
        try:
            check(found)
            break
        except BenchError as error:
            if not left:
                raise
            bench.say(f"measuring again: {error}")
    return row(found, *size)


def measure(bench: Bench, size: Size) -> list[Stage]:
    """One run of the program."""
    with tempfile.TemporaryDirectory(dir=bench.work) as folder:
        try:
            done = subprocess.run(
                [bench.server.parent / PROGRAM, "--documents", str(size.documents), "--rounds",
                 str(size.rounds), "--folder", folder],
                check=False, capture_output=True, text=True, timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"{PROGRAM} was not done after {SECONDS_MAX} s") from error
    if done.returncode != 0:
        raise BenchError(f"{PROGRAM} ended with {done.returncode}: {done.stderr.strip()}")
    return read(done.stdout)


def row(found: Sequence[Stage], documents: int, rounds: int) -> Row:
    """The headline's numbers, and all others beside them."""
    headline = next(each for each in found if each.name == HEADLINE)
    details: dict[str, float | str] = {"documents": documents, "rounds": rounds}
    for each in found:
        details |= {
            f"{each.name}_ns": each.least, f"{each.name}_ns_median": each.median,
            f"{each.name}_bare_ns": each.bare_least,
            f"{each.name}_bare_ns_median": each.bare_median, f"{each.name}_ratio": each.ratio,
        }
    each_one = "; ".join(
        f"{each.title}: {each.least:.1f} and {each.bare_least:.1f} ns ({each.ratio:.2f}x)"
        for each in found)
    return Row(
        "stages", "a get between the read and the write of its socket, 32 together", headline.least,
        "ns", "a bare loop", headline.bare_least, more_is_better=False, durability="reads only",
        note=f"The least of {rounds} rounds in one process, {documents:,} orders, random keys."
             f" Each stage, and a bare loop that does the same work: {each_one}.",
        details=details)


ROWS: dict[str, Callable[[Bench], Row]] = {"stages": stages}
