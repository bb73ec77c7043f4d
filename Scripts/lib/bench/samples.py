"""Measures two sides in turn, and takes the middle of what each said."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from .row import Row, Spread


@dataclass(frozen=True)
class Sample:
    """What one side measured once."""

    value: float
    """In the row's unit."""
    cpu_us: float | None = None
    """The server's CPU time a request."""
    details: Mapping[str, float] = field(default_factory=dict)
    """More numbers, of which the median goes into the JSON."""


Measure = Callable[[], Sample]


@dataclass(frozen=True)
class Side:
    """The medians of one side."""

    value: float
    spread: Spread
    cpu_us: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of(samples: Iterable[Sample]) -> Side:
        """Of one sample or more."""
        taken = list(samples)
        values = [sample.value for sample in taken]
        cpu = [sample.cpu_us for sample in taken if sample.cpu_us is not None]
        names = dict.fromkeys(name for sample in taken for name in sample.details)
        return Side(
            statistics.median(values), Spread(min(values), max(values)),
            statistics.median(cpu) if cpu else None,
            {name: statistics.median(sample.details[name] for sample in taken
                                     if name in sample.details) for name in names})


@dataclass(frozen=True)
class Compared:
    """The medians of both sides."""

    ours: Side
    peer: Side | None = None

    def row(self, row: Row) -> Row:
        """The row, with these numbers in it; its details stay."""
        details = {f"ours_{name}": value for name, value in self.ours.details.items()}
        filled = replace(
            row, ours=self.ours.value, ours_spread=self.ours.spread,
            ours_cpu_us=self.ours.cpu_us)
        if self.peer is not None:
            details |= {f"peer_{name}": value for name, value in self.peer.details.items()}
            filled = replace(
                filled, peer_value=self.peer.value, peer_spread=self.peer.spread,
                peer_cpu_us=self.peer.cpu_us)
        return replace(filled, details={**details, **row.details})


def alternate(rounds: int, ours: Measure, peer: Measure | None = None) -> Compared:
    """Measures ours, the peer, ours, the peer …: what the machine does meanwhile, it does to both.

    Every second round begins with the peer, so that neither has the better place.
    """
    taken: tuple[list[Sample], list[Sample]] = ([], [])
    sides = (ours, peer)
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            measure = sides[side]
            if measure is not None:
                taken[side].append(measure())
    return Compared(Side.of(taken[0]), Side.of(taken[1]) if taken[1] else None)
