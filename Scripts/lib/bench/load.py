"""Calls the load generator, Benchmarks/Sources/load, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .row import BenchError
from .samples import Sample

LATENCIES = ("us_p50", "us_p90", "us_p99", "us_p99_9", "us_max")


@dataclass(frozen=True)
class LoadResult:
    """What one run of the generator measured."""

    answers: int
    errors: int
    per_s: float
    bytes: float
    """Of an answer, as it came over the wire."""
    items: float
    """Documents an answer."""
    server_cpu_us: float | None
    """A request; there if the generator was given a process id."""
    latencies: Mapping[str, float]
    """By the names of LATENCIES."""

    @staticmethod
    def read(text: str) -> LoadResult:
        """From the generator's JSON."""
        found: dict[str, Any] = json.loads(text)
        cpu = found["server_cpu_us"]
        return LoadResult(
            int(found["answers"]), int(found["errors"]), float(found["per_s"]),
            float(found["bytes"]), float(found["items"]), None if cpu is None else float(cpu),
            {name: float(found[name]) for name in LATENCIES})

    @property
    def sample(self) -> Sample:
        """Requests a second, with all else as details."""
        return Sample(
            self.per_s, self.server_cpu_us,
            {"bytes": self.bytes, "items": self.items, **self.latencies})


@dataclass(frozen=True)
class Load:
    """The program."""

    program: Path

    def run(self, mode: str, port: int, **options: object) -> LoadResult:
        """One run; `in_flight=16` becomes `--in-flight 16`, `refill=True` becomes `--refill`.

        An answer that is an error makes the whole measurement worthless, so it raises.
        """
        words = [str(self.program), mode, "--port", str(port)]
        for name, value in options.items():
            if value is False or value is None:
                continue
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words.append(str(value))
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"load {mode} ended with {done.returncode}: {done.stderr.strip()}")
        result = LoadResult.read(done.stdout)
        if result.errors:
            raise BenchError(f"load {mode} had {result.errors} errors: {done.stderr.strip()}")
        return result
