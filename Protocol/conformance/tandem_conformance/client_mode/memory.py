"""What the harness's process has had in memory at most (Linux)."""

from __future__ import annotations

from dataclasses import dataclass

from ..process import family, status

KIB_IN_MIB = 1024


@dataclass(frozen=True)
class Peak:
    """The highest so far, in MiB, of a process and those that it started."""

    resident: int
    # Address space too: what was set aside and never touched.
    reserved: int


def peak(pid: int) -> Peak | None:
    """None where the system does not tell."""
    # Who has ended meanwhile has none.
    found = [one for one in map(status, family(pid)) if "VmHWM" in one and "VmPeak" in one]
    if not found:
        return None
    return Peak(sum(one["VmHWM"] for one in found) // KIB_IN_MIB,
                sum(one["VmPeak"] for one in found) // KIB_IN_MIB)
