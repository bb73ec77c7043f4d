"""Rows about writing: orders placed, a shop imported, an address changed in 100,000 orders."""

from __future__ import annotations

import os
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import shop_csv

from . import visible
from .bench import Bench
from .postgres import CLIENTS, WARM_UP_SECONDS, started
from .row import BenchError, Row
from .samples import Sample, alternate
from .server import TandemServer

SAME_JOB = (
    "PostgreSQL does the same job in one prepared statement: tables, event log, idempotency key and"
    " the order's read row with Tandem's five indexes of it and its key. It is spared Tandem's sums"
    " by user, product and day. Tandem's CPU time includes the projection.")
DURABILITY = "both: on disk when acknowledged; PostgreSQL: fsync and synchronous_commit on"
FAN_OUT_ORDERS = 100_000


@dataclass(frozen=True)
class Shape:
    """How orders come: on how many connections, how many at once on each, and of how many clients
    of PostgreSQL, each of which sends one at a time."""

    connections: int
    in_flight: int
    clients: int
    title: str


PLACES = {
    "place_1": Shape(1, 1, 1, "orders of four lines, one client, one at a time"),
    "place_64": Shape(64, 1, CLIENTS, "orders of four lines, 64 clients, one at a time each"),
    "place_pipelined": Shape(
        8, 64, CLIENTS, "orders of four lines, 64 in flight on each of 8 connections"),
}


def long_rounds(bench: Bench) -> int:
    """How often to measure what takes many seconds."""
    return 1 if bench.quick else min(bench.rounds, 3)


def flush_us(folder: Path) -> float:
    """How long the disk takes to flush 8 KiB now: the median of half a second of them.

    Disks of virtual machines give some fast flushes on credit and then few a second. Before each
    measurement this uses the credit up, which would be the first side's otherwise.
    """
    block, taken = bytes(8_192), []
    with (folder / "flush").open("wb", buffering=0) as file:
        end = time.monotonic() + 0.5
        while (begin := time.monotonic()) < end:
            file.write(block)
            os.fdatasync(file.fileno())
            taken.append((time.monotonic() - begin) * 1e6)
    return statistics.median(taken)


def placed(bench: Bench, server: TandemServer, shape: Shape) -> Sample:
    """Orders placed in Tandem, with the CPU time until all of them can be read."""
    flush = flush_us(bench.work)
    before = server.cpu_seconds
    result = bench.load.run(
        "place", server.command_port, connections=shape.connections, in_flight=shape.in_flight,
        seconds=bench.seconds, warm_up=0, refill=shape.in_flight > 1)
    begin = time.monotonic()
    server.catch_up()
    behind = time.monotonic() - begin
    cpu_us = (server.cpu_seconds - before) / result.answers * 1e6
    return Sample(result.per_s, cpu_us, {
        **result.latencies, "catch_up_s": behind, "flush_us": flush})


def place(bench: Bench, name: str) -> Row:
    """PlaceOrder against a statement of SQL."""
    shape, postgres = PLACES[name], bench.once(started)
    database = postgres.database(name)
    ordered = partial(postgres.sample, "place.sql", database, clients=shape.clients)

    def peer_placed() -> Sample:
        flush = flush_us(bench.work)
        sample = ordered(seconds=bench.seconds)
        return replace(sample, details={**sample.details, "flush_us": flush})

    with bench.fresh(with_base=True) as server:
        bench.load.run(
            "place", server.command_port, connections=shape.connections, seconds=WARM_UP_SECONDS)
        ordered(seconds=WARM_UP_SECONDS)
        compared = bench.alternate(partial(placed, bench, server, shape), peer_placed)
        check_all_there(server)
    complete = int(postgres.run(
        "-c", "SELECT count(*) FROM order_documents JOIN events ON stream = 'order-' || order_id",
        database=database))
    if complete != int(postgres.run("-c", "SELECT count(*) FROM orders", database=database)):
        raise BenchError("PostgreSQL has orders without a read row or an event")
    postgres.drop(database)
    note = SAME_JOB
    if shape.connections * shape.in_flight != shape.clients:
        note += f" PostgreSQL's figure is that of {shape.clients} clients, one at a time each."
    ours, peer = compared.ours.details, compared.peer.details if compared.peer else {}
    note += (f" p50 and p99: {ours['us_p50'] / 1e3:.1f} and {ours['us_p99'] / 1e3:.1f} ms,"
             f" PostgreSQL {peer['us_p50'] / 1e3:.1f} and {peer['us_p99'] / 1e3:.1f} ms. Just before,"
             f" the disk flushed 8 KiB in {ours['flush_us'] / 1e3:.1f} and"
             f" {peer['flush_us'] / 1e3:.1f} ms.")
    return compared.row(Row(
        name, shape.title, 0, "/s", f"PostgreSQL {postgres.version}", durability=DURABILITY,
        note=note))


def check_all_there(server: TandemServer) -> None:
    """As many documents of orders as events of them."""
    status = server.catch_up()
    if int(status["lag_events"]) != 0:
        raise BenchError(f"{status['lag_events']} events are not in Tandem's documents")


def import_shop(bench: Bench) -> Row:
    """`tandem import` against COPY and INSERT … SELECT."""
    postgres, shop = bench.once(started), bench.shop
    orders = 0

    def ours() -> Sample:
        nonlocal orders
        with bench.fresh() as server:
            cpu, begin = server.cpu_seconds, time.monotonic()
            report = server.import_shop(shop)
            server.catch_up()
            took = time.monotonic() - begin
            orders = int(report["orders"])
            return Sample(orders / took, (server.cpu_seconds - cpu) / orders * 1e6, {
                "acknowledged_per_s": float(report["orders_per_s"]), "seconds": took})

    def peer() -> Sample:
        cpu = postgres.cpu_seconds()
        took = postgres.import_shop("import", shop)
        cpu = postgres.cpu_seconds() - cpu
        postgres.drop("import")
        return Sample(orders / took, cpu / orders * 1e6, {"seconds": took})

    compared = alternate(long_rounds(bench), ours, peer)
    return compared.row(Row(
        "import", f"tandem import of a shop of {orders:,} orders, until all can be read", 0, "/s",
        f"PostgreSQL {postgres.version} COPY", durability=DURABILITY,
        note="Not the same job, but the same outcome: PostgreSQL loads as its documentation says to"
             " populate a database, in one transaction: COPY; INSERT … SELECT of tables, read rows"
             " and event log; indexes and foreign keys last. Tandem's import is a command with an"
             " idempotency key for each order, which it can be stopped and repeated by, into a"
             " server that goes on answering."
             " Orders alone, until they are acknowledged, which is what `tandem import` prints:"
             f" {compared.ours.details['acknowledged_per_s']:,.0f}/s."))


def fanout_100k(bench: Bench) -> Row:
    """One event that changes 100,000 documents against an UPDATE of as many rows."""
    postgres = bench.once(started)
    folder = bench.work / "fan-out"
    if not folder.exists():
        orders = range(1, FAN_OUT_ORDERS + 1)
        shop_csv.write_folder(folder, shop_csv.one_users_orders(1, orders, 2))
    postgres.import_shop("fan-out", folder)

    def peer() -> Sample:
        cpu = postgres.cpu_seconds()
        result = postgres.pgbench(
            "change_email.sql", "fan-out", "-D", "user=1", "-t", "1", clients=1)
        cpu = postgres.cpu_seconds() - cpu
        # As it would have been long before the next one.
        postgres.run("-c", "VACUUM", database="fan-out")
        return Sample(result.latencies_us[0] / 1e6, cpu * 1e6)

    with bench.fresh() as server:
        server.import_shop(folder)
        server.catch_up()

        def ours() -> Sample:
            email = f"user-{secrets.token_hex(4)}@example.org"
            cpu, begin = server.cpu_seconds, time.monotonic()
            changed = server.tell("user", "change-email", "1", email)
            seen = server.tell("order", "get", "1", "--at-least", changed["token"])
            seen_s = time.monotonic() - begin
            while True:
                status = server.tell("status")
                if int(status["pending_fan_outs"]) == 0 and int(status["lag_events"]) == 0:
                    break
                time.sleep(0.02)
            took, cpu = time.monotonic() - begin, server.cpu_seconds - cpu
            for order in (1, FAN_OUT_ORDERS // 2, FAN_OUT_ORDERS):
                seen = server.tell("order", "get", str(order))
                if seen["user_email"] != email:
                    raise BenchError(f"order {order} still has {seen['user_email']}")
            return Sample(took, cpu * 1e6, {"seen_s": seen_s})

        compared = alternate(long_rounds(bench), ours, peer)
    postgres.drop("fan-out")
    return compared.row(Row(
        "fanout_100k", f"until a user's new e-mail address is in all {FAN_OUT_ORDERS:,} orders", 0,
        "s", f"PostgreSQL {postgres.version} UPDATE", more_is_better=False, durability=DURABILITY,
        note="Until the last document is rewritten. Who asks with the command's token sees the"
             f" address in any of them after {compared.ours.details['seen_s'] * 1e3:,.0f} ms, two"
             " starts of the CLI included. PostgreSQL: one UPDATE of the read rows in the same"
             " transaction, vacuumed after each round. CPU is that of the whole change."))


ROWS: dict[str, Callable[[Bench], Row]] = {
    **{name: partial(place, name=name) for name in PLACES},
    "import": import_shop, **visible.ROWS, "fanout_100k": fanout_100k,
}
