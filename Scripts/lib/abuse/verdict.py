"""What has to hold after the abuse: a pure function of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20


@dataclass(frozen=True)
class Finding:
    """One thing that has to hold, and whether it does."""

    what: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True)
class Seen:
    """What was seen of one run."""

    memory_bytes: int
    rss_peak_bytes: int
    # How the server ended before it was told to; None: it lived.
    died_with: int | None
    # Its exit code after SIGTERM.
    exit_code: int | None
    # The good client's report; None: it gave none.
    client: Mapping[str, Any] | None
    # What each abuser did, by its name; None: it has failed.
    abusers: Mapping[str, Mapping[str, int] | None]
    # Whether the server served again when it was started on the same data; None: not tried.
    serves_again: bool | None = None
    # What was found when documents outgrew the memory.
    last_act: list[Finding] = field(default_factory=list)


def findings(seen: Seen) -> list[Finding]:
    """All that has to hold."""
    lives = seen.died_with is None
    all_findings = [
        Finding("the server lived", lives, "" if lives else f"it ended with {seen.died_with}"),
        Finding("it ended when it was told to", seen.exit_code == 0,
                f"with exit code {seen.exit_code}"),
        under_the_budget(seen.rss_peak_bytes, seen.memory_bytes),
        *_of_the_client(seen.client),
    ]
    for name, tally in seen.abusers.items():
        if tally is None:
            all_findings.append(Finding(f"the abuser {name} ran to the end", False))
        elif not tally.get("connections"):
            all_findings.append(Finding(f"the abuser {name} got to abuse", False, "no connection"))
    if seen.serves_again is not None:
        all_findings.append(Finding("it started again on its data", seen.serves_again))
    return all_findings + seen.last_act


def under_the_budget(peak_bytes: int, memory_bytes: int, when: str = "") -> Finding:
    """Whether the resident memory, that of the program's own file included, stayed within it."""
    return Finding(f"its memory stayed under the budget {when}".rstrip(),
                   peak_bytes <= memory_bytes,
                   f"{peak_bytes // MIB} of {memory_bytes // MIB} MiB")


def _of_the_client(client: Mapping[str, Any] | None) -> list[Finding]:
    if client is None:
        return [Finding("the good client ran to the end", False)]
    calls = sum(client["calls"].values())
    kinds = {"place", "get", "list", "read back", "get, newly connected"}
    missing = sorted(kinds - client["calls"].keys())
    return [
        # Not vacuous: who makes no calls has no failures.
        Finding("the good client made calls of all kinds", not missing,
                f"none of {', '.join(missing)}" if missing else f"{calls:,}"),
        Finding("all of its calls succeeded", client["failed"] == 0,
                "; ".join([f"{client['failed']} failed", *client["failures"]])
                if client["failed"] else ""),
        Finding("none of its connections was lost", client["connections_lost"] == 0,
                f"{client['connections_lost']} were" if client["connections_lost"] else ""),
        Finding("it read back all that it placed",
                client["orders_read_back"] == client["orders_placed"],
                f"{client['orders_read_back']:,} of {client['orders_placed']:,} orders"),
    ]
