"""What each row is to reach. Targets are the project's own; the peers never promised anything."""

from __future__ import annotations

from dataclasses import dataclass

from .row import Row


@dataclass(frozen=True)
class Target:
    """Bounds, each of which may be absent; all that are there have to hold."""

    least: float | None = None
    most: float | None = None
    """Of our own value, in the row's unit."""
    ratio_least: float | None = None
    ratio_most: float | None = None
    """Of ours over the peer's."""
    cpu_us_most: float | None = None
    cpu_ratio_most: float | None = None

    def text(self, unit: str) -> str:
        """For people."""
        space = "" if unit.startswith("/") or unit == "x" else " "
        parts = [
            ("≥ {:,g}" + space + unit, self.least), ("≤ {:,g}" + space + unit, self.most),
            ("≥ {:g}x peer", self.ratio_least), ("≤ {:g}x peer", self.ratio_most),
            ("CPU ≤ {:g} µs", self.cpu_us_most), ("CPU ≤ {:g}x peer", self.cpu_ratio_most),
        ]
        return ", ".join(form.format(bound) for form, bound in parts if bound is not None)

    def is_met(self, row: Row) -> bool | None:
        """Whether all hold; nothing if what one of them is about was not measured."""
        checks = [
            _holds(row.ours, self.least, self.most),
            _holds(row.ratio, self.ratio_least, self.ratio_most),
            _holds(row.ours_cpu_us, None, self.cpu_us_most),
            _holds(row.cpu_ratio, None, self.cpu_ratio_most),
        ]
        if any(holds is False for holds in checks):
            return False
        return None if any(holds is None for holds in checks) else True


def _holds(value: float | None, least: float | None, most: float | None) -> bool | None:
    if least is None and most is None:
        return True
    if value is None:
        return None
    return (least is None or value >= least) and (most is None or value <= most)


TARGETS: dict[str, Target] = {
    "get_1": Target(ratio_least=1.0, cpu_ratio_most=1.25),
    "get_16": Target(ratio_least=1.8, cpu_ratio_most=0.6),
    "get_64": Target(ratio_least=2.5, cpu_ratio_most=0.4),
    "list_20": Target(ratio_least=10, cpu_us_most=6),
    "bytes_per_order": Target(ratio_most=0.30),
    "restart_1m": Target(most=2),
    "rebuild": Target(least=100_000),
    "growth": Target(most=1.5),
    "place_64": Target(ratio_least=8),
    "place_pipelined": Target(least=25_000),
    "import": Target(least=18_000),
    "visible_5000": Target(most=5),
    "client_256": Target(ratio_least=40, cpu_us_most=6),
}


def text(row: Row) -> str:
    """The row's target for people; empty if it has none."""
    target = TARGETS.get(row.name)
    return target.text(row.unit) if target else ""


def is_met(row: Row) -> bool | None:
    """Nothing if the row has no target, or it can't be told."""
    target = TARGETS.get(row.name)
    return target.is_met(row) if target else None
