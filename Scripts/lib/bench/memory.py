"""What an order takes in memory, with all by which it is found."""

from __future__ import annotations

from collections.abc import Callable

from . import redis
from .bench import Bench
from .row import BenchError, Row


def bytes_per_order(bench: Bench) -> Row:
    """The documents and indexes of Tandem's orders against Redis' JSON and sorted sets."""
    server = bench.loaded()
    status = server.tell("status")
    found = [each for each in status["collections"] if each["name"] == "orders"]
    if not found or not int(found[0]["documents"]):
        raise BenchError("tandem status tells of no orders")
    # 64 bits each, which the CLI writes as strings.
    orders, memory, stored, raw = (
        int(found[0][name]) for name in ("documents", "memory_bytes", "stored_bytes", "raw_bytes"))
    peer = bench.once(redis.loaded)
    if peer.orders != orders:
        raise BenchError(f"Tandem has {orders} orders, Redis {peer.orders}")
    return Row(
        "bytes_per_order", "memory of one order, indexes included",
        memory / orders, "bytes", f"Redis {peer.version}", peer.bytes_per_order,
        more_is_better=False, durability=redis.DURABILITY,
        note="Tandem: documents and all indexes of the orders (by user, time, status, total …) as"
             f" tandem status tells; of them {stored / orders:,.0f} bytes are the document, which"
             f" has {raw / orders:,.0f} before compression. Redis: growth of used_memory by a JSON"
             " text an order and two sorted sets (by user, all). Measured once: it does not vary.",
        details={"orders": orders, "ours_resident_bytes": server.resident_bytes})


ROWS: dict[str, Callable[[Bench], Row]] = {"bytes_per_order": bytes_per_order}
