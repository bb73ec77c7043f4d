"""Rows of the query port: one document, and the newest twenty of a user."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from . import memcached, orders_json, postgres, redis
from .bench import Bench
from .redis import Redis
from .row import BenchError, Row
from .samples import Compared, Sample, Side, alternate

CONNECTIONS = 50
LIST_IN_FLIGHT = 16
# Gets a second on a schedule, for latencies: what neither side has trouble with.
SCHEDULED = 20_000
# "$NNN\r\n" and "\r\n" around a value of hundreds of bytes.
REDIS_FRAME_BYTES = 8


def keys(bench: Bench) -> orders_json.KeyFiles:
    """Files of ids: `bench.once(keys)`."""
    return orders_json.key_files(bench.shop, bench.work)


def order_keys(bench: Bench) -> list[str]:
    """Under which the caches keep a value for each order."""
    return [f"s:{key}" for key in bench.once(keys).orders.read_text().split()]


def ours(bench: Bench, mode: str, in_flight: int, **options: object) -> Sample:
    """One measurement of Tandem."""
    server = bench.loaded()
    files = bench.once(keys)
    chosen = {"seconds": bench.seconds, "connections": CONNECTIONS} | options
    return bench.load.run(
        mode, server.query_port, pid=server.pid, in_flight=in_flight,
        keys_file=files.users if mode == "list" else files.orders, **chosen).sample


@dataclass(frozen=True)
class Caches:
    """Caches that answer a GET with as many bytes as Tandem a GetOrder of the same shop."""

    redis: Redis
    memcached: memcached.Memcached | None
    value_bytes: int

    def sample(self, bench: Bench, in_flight: int, **options: object) -> Sample:
        """Of Redis."""
        return bench.load.run(
            "redis-get", self.redis.port, pid=self.redis.pid, connections=CONNECTIONS,
            in_flight=in_flight, seconds=bench.seconds, prefix="s:",
            keys_file=bench.once(keys).orders, **options).sample

    def other_sample(self, bench: Bench, in_flight: int) -> Sample | None:
        """Of memcached, if it is there."""
        if self.memcached is None:
            return None
        return bench.load.run(
            "memcached-get", self.memcached.port, pid=self.memcached.pid,
            connections=CONNECTIONS, in_flight=in_flight, seconds=bench.seconds, prefix="s:",
            keys_file=bench.once(keys).orders).sample


def caches(bench: Bench) -> Caches:
    """Started and filled: `bench.once(caches)`."""
    answer_bytes = ours(bench, "get", 16, seconds=0.5).details["bytes"]
    value = secrets.token_hex(2_048)[:max(1, round(answer_bytes) - REDIS_FRAME_BYTES)].encode()
    shared = bench.once(redis.loaded)
    shared.pipeline(("SET", key, value) for key in order_keys(bench))
    other = memcached.started(bench.work)
    if other is not None:
        bench.stack.callback(other.stop)
        other.fill(order_keys(bench), value)
        bench.versions["memcached"] = other.version
    return Caches(shared, other, len(value))


def get(bench: Bench, in_flight: int) -> Row:
    """GetOrder against GET."""
    peers = bench.once(caches)
    others: list[Sample] = []

    def peer() -> Sample:
        # Not in turn with ours, which nobody compares it with: after Redis.
        is_enough = bench.quick and len(others) > 0
        if not is_enough and (other := peers.other_sample(bench, in_flight)) is not None:
            others.append(other)
        return peers.sample(bench, in_flight)

    compared = bench.alternate(partial(ours, bench, "get", in_flight), peer)
    note = f"Redis and memcached have values of {peers.value_bytes} bytes"
    details: dict[str, float | str] = {}
    if in_flight == 1:
        calm = alternate(
            1 if bench.quick else bench.rounds,
            partial(ours, bench, "get", 64, rate=SCHEDULED),
            partial(peers.sample, bench, 64, rate=SCHEDULED))
        note += (", so that an answer is as long as Tandem's, which is compressed and unpacked by"
                 f" its client. On a schedule of {SCHEDULED:,}/s: {latencies(calm)}.")
    else:
        note += ", as in get_1."
    if others and peers.memcached is not None:
        side = Side.of(others)
        cpu = side.cpu_us or 0
        note += (f" memcached {peers.memcached.version}: {side.value:,.0f}/s,"
                 f" {cpu:.2f} µs CPU a request.")
        details = {"memcached_per_s": side.value, "memcached_cpu_us": cpu}
    return compared.row(Row(
        f"get_{in_flight}",
        f"one order by its id, {in_flight} in flight on each of {CONNECTIONS} connections",
        0, "/s", f"Redis {peers.redis.version} GET", durability=redis.DURABILITY, note=note,
        details=details))


def latencies(compared: Compared) -> str:
    """Both sides' percentiles, for a note."""
    words = []
    for name, side in (("Tandem", compared.ours), ("Redis", compared.peer)):
        if side is not None:
            told = [f"{side.details[key]:,.0f}" for key in ("us_p50", "us_p99", "us_p99_9")]
            words.append(f"{name} p50 {told[0]}, p99 {told[1]}, p99.9 {told[2]} µs")
    return "; ".join(words)


def list_20(bench: Bench) -> Row:
    """ListUserOrders against a script that does the same."""
    peer = bench.once(redis.loaded)
    check_same_list(bench, peer)

    def scripted() -> Sample:
        return bench.load.run(
            "redis-list", peer.port, pid=peer.pid, connections=CONNECTIONS,
            in_flight=LIST_IN_FLIGHT, seconds=bench.seconds, prefix="u:", script=peer.script,
            keys_file=bench.once(keys).users).sample

    compared = bench.alternate(partial(ours, bench, "list", LIST_IN_FLIGHT), scripted)
    check_as_many(compared)
    one = ours(bench, "list", 1)
    relational = postgres.postgres_list(bench).value
    return compared.row(Row(
        "list_20",
        f"a user's newest 20 orders, {LIST_IN_FLIGHT} in flight on each of {CONNECTIONS}"
        " connections",
        0, "/s", f"Redis {peer.version} script", durability=redis.DURABILITY,
        note="Redis: one Lua script, ZREVRANGE on the user's sorted set and MGET of JSON texts."
             f" An answer has {bytes_of(compared.ours)} bytes here, compressed documents that the"
             f" client unpacks, and {bytes_of(compared.peer)} there."
             f" With 1 in flight Tandem answers {one.value:,.0f}/s at {one.cpu_us or 0:.1f} µs."
             f" PostgreSQL {bench.versions['PostgreSQL']} answers {relational:,.0f}/s from its read"
             f" rows, by an index, to {postgres.CLIENTS} clients:"
             f" {compared.ours.value / relational:.1f}x (target: 15x).",
        details={"ours_1_in_flight_per_s": one.value, "postgres_per_s": relational}))


def bytes_of(side: Side | None) -> str:
    """Of an answer."""
    return "–" if side is None else f"{side.details['bytes']:,.0f}"


def check_same_list(bench: Bench, peer: Redis) -> None:
    """Both name the same orders of some users, newest first."""
    users = bench.once(keys).users.read_text().split()
    server = bench.loaded()
    for user in users[:3]:
        told = server.tell("order", "list", "--user", user)
        names = [int(order["order_id"]) for order in told["orders"]]
        theirs = peer.newest(user, 20)
        if names != theirs:
            raise BenchError(f"user {user}: Tandem lists {names}, Redis {theirs}")


def check_as_many(compared: Compared) -> None:
    """Both answered with as many documents, chance aside."""
    if compared.peer is None:
        return
    counts = [side.details["items"] for side in (compared.ours, compared.peer)]
    if abs(counts[0] - counts[1]) > 0.5:
        raise BenchError(f"Tandem lists {counts[0]} orders, Redis {counts[1]}")


ROWS: dict[str, Callable[[Bench], Row]] = {
    **{f"get_{depth}": partial(get, in_flight=depth) for depth in (1, 16, 64)},
    "list_20": list_20,
}
