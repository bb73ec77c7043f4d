"""What one row of the results says, and how a module adds rows.

A module of rows, such as `reads.py`, has

    ROWS: dict[str, Callable[[Bench], Row]] = {"get_1": get_1, "get_16": get_16}

and its name stands in `MODULES` of `suite.py`, which imports it if it is there. A row's function
measures by `Bench` (`bench.py`), raises `BenchError` with a sentence if it cannot, and returns a
`Row` whose name is its key. Targets are none of its business: `targets.py` has them all, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class BenchError(Exception):
    """Why a row could not be measured: a sentence for who started it."""


@dataclass(frozen=True)
class Spread:
    """The lowest and the highest of several rounds."""

    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """What was measured, each number a median of several rounds unless its note says otherwise."""

    name: str
    """As in `ROWS`, such as `get_64`."""
    title: str
    """What is done, for a reader who does not know the names: one line, no full stop."""
    ours: float
    unit: str
    """Of `ours` and `peer_value`, such as `/s`, `s`, `ms` or `bytes`."""
    peer: str = ""
    """The peer, such as `Redis 7.0.15`; empty if there is none."""
    peer_value: float | None = None
    more_is_better: bool = True
    """Whether a larger `ours` is a better one: true for a rate, false for a time or a size."""
    ours_cpu_us: float | None = None
    """The server's CPU time a request, user and system, in µs."""
    peer_cpu_us: float | None = None
    ours_spread: Spread | None = None
    peer_spread: Spread | None = None
    durability: str = ""
    """What is promised for a write, by both sides, and how the peer was set up."""
    note: str = ""
    """What a reader must know to judge the numbers, in whole sentences."""
    details: Mapping[str, float | str] = field(default_factory=dict)
    """More numbers for who reads the JSON, such as `ours_us_p99`."""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's, whichever of them is better."""
        return self.ours / self.peer_value if self.peer_value else None

    @property
    def cpu_ratio(self) -> float | None:
        """Our CPU time a request over the peer's."""
        if self.ours_cpu_us is None or not self.peer_cpu_us:
            return None
        return self.ours_cpu_us / self.peer_cpu_us
