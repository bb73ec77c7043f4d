"""What the harness's process has had in memory at most (Linux)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KIB_IN_MIB = 1024
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Peak:
    """The highest so far, in MiB, of a process and those that it started."""

    resident: int
    # Address space too: what was set aside and never touched.
    reserved: int


def peak(pid: int) -> Peak | None:
    """None where the system does not tell."""
    resident = reserved = 0
    for one in _family(pid):
        status = _status(one)
        if "VmHWM" not in status or "VmPeak" not in status:
            # It has ended, or this is another system.
            continue
        resident += status["VmHWM"]
        reserved += status["VmPeak"]
    if not resident:
        return None
    return Peak(resident // KIB_IN_MIB, reserved // KIB_IN_MIB)


def _family(pid: int) -> list[int]:
    """The process and its descendants: a harness may be started by a script."""
    found = [pid]
    for one in found:
        # Each of its threads has children of its own.
        for file in (PROCESSES / str(one)).glob("task/*/children"):
            try:
                found += [int(word) for word in file.read_text().split()]
            except OSError:
                continue
    return found


def _status(pid: int) -> dict[str, int]:
    """The lines of /proc/PID/status that are in kB."""
    try:
        lines = (PROCESSES / str(pid) / "status").read_text().splitlines()
    except OSError:
        return {}
    return {
        name: int(value.split()[0])
        for name, _, value in (line.partition(":") for line in lines)
        if value.endswith(" kB")
    }
