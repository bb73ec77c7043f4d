"""From latencies to the figures of a case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all are not above (nearest rank)."""
    if not values:
        raise ValueError("no value has no percentile")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class Phase:
    """What the other client saw in all windows of one kind, in milliseconds.

    Each value is the median of the windows' own: one window that the machine disturbed decides
    nothing.
    """

    p50_ms: float
    p99_ms: float
    samples: int


def phase(windows: Sequence[Sequence[float]]) -> Phase:
    """Sums up windows of latencies in milliseconds."""
    return Phase(
        p50_ms=round(median([percentile(window, 0.50) for window in windows]), 3),
        p99_ms=round(median([percentile(window, 0.99) for window in windows]), 3),
        samples=sum(len(window) for window in windows),
    )
