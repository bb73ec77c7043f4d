"""Rows of a start: with the read side's copy, and without it, from the log's first event."""

from __future__ import annotations

import time
from collections.abc import Callable

from tandem_conformance.process import cpu_seconds

from .bench import Bench
from .row import BenchError, Row
from .samples import Sample, Side
from .server import TandemServer

# The log's own durability: each commit is synced before it is answered.
DURABILITY = "writes synced before they are acknowledged; nothing is written while it is measured"
ROUNDS_MAX = 3


def orders(bench: Bench) -> int:
    """How many documents the server has to have again."""
    return 100_000 if bench.quick else 1_000_000


def rounds(bench: Bench) -> int:
    """One of these lasts as long as it lasts."""
    return min(bench.rounds, ROUNDS_MAX)


def stop(server: TandemServer) -> None:
    """In order, or what comes next would be a start after a crash."""
    if (code := server.stop()) != 0:
        raise BenchError(f"the server ended with {code} when it was told to stop")


def restart_1m(bench: Bench) -> Row:
    """From the start of the process until a document has come over the query port."""
    server = bench.grown(orders(bench))

    def restart() -> Sample:
        stop(server)
        began = time.monotonic()
        server.start()
        ready = time.monotonic()
        bench.load.run(
            "get", server.query_port, connections=1, count=1, keys=f"1:{bench.grown_orders}")
        took = time.monotonic() - began
        return Sample(took, details={"ready_s": ready - began})

    side = Side.of(restart() for _ in range(rounds(bench)))
    return Row(
        "restart_1m", f"start until the first order is answered, {bench.grown_orders:,} orders",
        side.value, "s", more_is_better=False, ours_spread=side.spread, durability=DURABILITY,
        note="After an orderly stop, with the read side's copy; the files are in the page cache.",
        details={f"ours_{name}": value for name, value in side.details.items()})


def rebuild(bench: Bench) -> Row:
    """From the start of the process without a copy until the documents have the log's head."""
    server = bench.grown(orders(bench))
    events = int(server.tell("status")["head_position"])

    def build() -> Sample:
        stop(server)
        removed = list(server.data.rglob("read.sqlite*"))
        for file in removed:
            file.unlink()
        began = time.monotonic()
        server.start()
        server.catch_up()
        took = time.monotonic() - began
        return Sample(
            events / took, cpu_seconds(server.pid) / events * 1e6,
            {"seconds": took, "files_removed": len(removed)})

    side = Side.of(build() for _ in range(rounds(bench)))
    return Row(
        "rebuild", f"documents from the log's first event on, {events:,} events",
        side.value, "events/s", ours_cpu_us=side.cpu_us, ours_spread=side.spread,
        durability=DURABILITY,
        note="read.sqlite removed, orders of four lines, one event each; counted from the start of"
             " the process, whose CPU time it is, until every document can be read.",
        details={f"ours_{name}": value for name, value in side.details.items()})


ROWS: dict[str, Callable[[Bench], Row]] = {"restart_1m": restart_1m, "rebuild": rebuild}
