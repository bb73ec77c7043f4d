"""On what was measured, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from . import ROOT

Facts = dict[str, str]


def facts(work: Path) -> Facts:
    """The machine; the file system is that of the folder where data lie."""
    return {
        "processor": _processor(Path("/proc/cpuinfo").read_text(errors="replace")),
        "processors": str(len(os.sched_getaffinity(0))),
        "memory": _memory(Path("/proc/meminfo").read_text(errors="replace")),
        "file_system": _file_system(
            work.resolve(), Path("/proc/mounts").read_text(errors="replace")),
        "kernel": f"{platform.system()} {platform.release()}",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
    }


def versions() -> Facts:
    """Of this tree and of what builds it; the rows add their peers'."""
    return {
        "Tandem": _tandem(),
        "Swift": _found(r"Swift version (\S+)", "swift", "--version"),
        "C compiler": _found(r"(\S.*)", "cc", "--version"),
        "Python": platform.python_version(),
    }


def _tandem() -> str:
    commit = _found(r"(\w+)", "git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = _found(r"(\S)", "git", "-C", str(ROOT), "status", "--porcelain", "--", "Sources")
    return f"commit {commit or 'unknown'}" + (", with changes" if changed else "")


def _found(pattern: str, *words: str) -> str:
    """What the pattern captures of what a program prints; empty if there is none."""
    try:
        told = subprocess.run(words, check=False, capture_output=True, text=True).stdout
    except OSError:
        return ""
    match = re.search(pattern, told)
    return match[1].strip() if match else ""


def _processor(cpuinfo: str) -> str:
    match = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    return match[1].strip() if match else platform.machine()


def _memory(meminfo: str) -> str:
    match = re.search(r"^MemTotal:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return f"{int(match[1]) / (1 << 20):.1f} GiB" if match else ""


def _file_system(folder: Path, mounts: str) -> str:
    """Of the longest mount point that holds the folder."""
    best, kind = "", ""
    for line in mounts.splitlines():
        _, point, type_name, *_ = line.split()
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, type_name
    return kind
