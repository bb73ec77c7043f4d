"""What a few bytes of a caller's may make the server hold: judged by its memory and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import messages, wire
from ..context import Context
from ..names import NEVER, FrameType, Status, Tag
from ..outcome import CaseFailure
from ..procedures import shop
from ..process import MemoryWatch
from . import blobs
from .scene import CONNECTION_STATE, KIB, MIB, Bound, connections_bound

HASHING_CONNECTIONS = 200
# Beside the names of the methods, in a HELLO of 16 KiB.
HASHES_BYTES = 15_000
HOSTILE_CONNECTIONS = 4
PLACE_ORDER = "tandem.orders.v1.OrderCommands/PlaceOrder"
PLACE_ORDERS = f"{PLACE_ORDER}s"
GET_USER = "tandem.orders.v1.OrderQueries/GetUser"
CUSTOM_ENTRIES_MAX = 64
# Commands whose requests have no list in them need no more.
SMALL_REQUEST_BYTES = 64 * KIB
WAITING_CONNECTIONS = 4
# What section 14 lets a call take that waits: it has no number of its own, a page is far more.
WAITING_QUERY = 2 * KIB


@contextmanager
def memory_within(context: Context, bound: Bound) -> Iterator[None]:
    """Fails if the server's memory grows further than that meanwhile."""
    assert context.pid is not None  # Such cases need "memory".
    with MemoryWatch(context.pid) as watch:
        yield
    context.figures.update(
        rss_growth_kib=watch.growth_kib, rss_bound_kib=bound.bytes // KIB, rss_bound=bound.text
    )
    if watch.growth_kib * KIB > bound.bytes:
        raise CaseFailure(
            f"memory to grow by at most {bound.bytes // KIB} KiB ({bound.text})",
            f"{watch.growth_kib} KiB",
        )


def dictionary_hashes(context: Context) -> None:
    """HELLO with as many hashes of dictionaries as it can hold, which no dictionary has: long ones,
    right ones, empty ones. They are forgotten with HELLO."""
    with memory_within(context, connections_bound(HASHING_CONNECTIONS, own=CONNECTION_STATE)):
        for number in range(HASHING_CONNECTIONS):
            # The shortest are the most: each becomes an object of its own.
            size = (0, 0, 1, 32)[number % 4]
            hashes = [bytes(size)] * (HASHES_BYTES // (size + 2))
            peer = context.open("query", features=["zlib"], dictionary_sha256=hashes)
        peer.probe()


def hostile_bodies(context: Context) -> None:
    """A megabyte of a command's body that costs its reader far more than its sender: refused, with
    what is wrong, and without becoming more than it is."""
    other = context.open("command", "other")
    each = HOSTILE_CONNECTIONS * MIB
    bound = connections_bound(HOSTILE_CONNECTIONS, each, "4 frames of 1 MiB")
    with memory_within(context, bound):
        peers = [context.open("command") for _ in range(HOSTILE_CONNECTIONS)]
        assert other.welcome is not None  # open has read it.
        size = other.welcome["methods"][other.index(PLACE_ORDER)]["max_size"]
        bodies = [*blobs.hostile_bodies(size).values(), *blobs.hostile_bodies(1_000_000).values()]
        for body in bodies:
            asked = [(peer, peer.request(PLACE_ORDER, body, key=context.key()))
                     for peer in peers for _ in range(HOSTILE_CONNECTIONS)]
            shop.succeed(other, "RegisterUser", shop.new_user(context), context.key())
            for peer, stream in asked:
                peer.expect_error(stream, ["INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"])


def elements_are_counted(context: Context, most: int) -> None:
    """Each field counts, in lines and groups too, whether the server knows it or not; a request
    with as many as are allowed is judged by its content."""
    peer = context.open("command")
    for body, reason in (
        # Each line counts, and its one field.
        (b"\x1a\x02\x10\x01" * (most // 2), "PRICE_MISSING"),
        (b"\x1a\x02\x10\x01" * (most // 2 + 1), "REQUEST_TOO_COMPLEX"),
        (b"\x78\x01" * most, "NO_LINES"),
        (b"\x78\x01" * (most + 1), "REQUEST_TOO_COMPLEX"),
        (b"\x7b\x7c" * (most + 1), "REQUEST_TOO_COMPLEX"),
        (b"\x1a\x00" * (most + 1), "REQUEST_TOO_COMPLEX"),
    ):
        head = messages.encode("PlaceOrderRequest", {"user_id": 1, "currency": "USD"})
        # The two of the head are elements as well.
        spare = 2 * len(body) // most
        whole = head + body[:-spare] if reason != "REQUEST_TOO_COMPLEX" else head + body
        stream = peer.request(PLACE_ORDER, whole, key=context.key())
        peer.expect_error(stream, None, reason, not_processed=True, retry_after=NEVER)
    peer.probe()


def unknown_fields_are_dropped(context: Context) -> None:
    """Fields that the server does not know are no part of what it keeps."""
    fields = shop.new_user(context)
    word = shop.unique(context).encode()
    unknown = messages.field(messages.PADDING_FIELD, word)
    body = messages.encode("RegisterUserRequest", fields) + unknown
    writer = context.open("command")
    stream = writer.request("RegisterUser", body, key=context.key())
    writer.expect_reply(stream)
    final = writer.calls[stream].final
    assert final is not None  # expect_reply has read it.
    token = shop.token(final)
    feed = context.open("feed")
    after = {"after_position": shop.position(token) - 1, "log_epoch": shop.epoch(token)}
    batch = feed.body(feed.expect_item(feed.request("Subscribe", after)))
    if word in batch:
        raise CaseFailure("an event without the request's unknown field", wire.hexdump(batch))


def each_method_has_its_size(context: Context) -> dict[str, int]:
    """A body above a method's `max_size` is refused; only a method whose request has a list in it
    takes much."""
    sizes: dict[str, int] = {}
    for role in ("command", "query", "feed"):
        peer = context.open(role)
        assert peer.welcome is not None  # open has read it.
        for method, info in zip(peer.methods, peer.welcome["methods"], strict=True):
            if not info["known"]:
                continue
            sizes[method] = size = info["max_size"]
            body = blobs.padded(b"", size + 1)
            peer.expect_error(
                peer.request(method, body, key=context.key()), "RESOURCE_EXHAUSTED",
                "REQUEST_TOO_LARGE", not_processed=True, retry_after=NEVER,
            )
    large = {method: size for method, size in sizes.items()
             if size > SMALL_REQUEST_BYTES and method.startswith("tandem.orders.")}
    if set(large) - {PLACE_ORDER, PLACE_ORDERS}:
        raise CaseFailure("no method but the two that place to take over 64 KiB", f"{large}")
    return {method.rpartition("/")[2]: size for method, size in sizes.items()}


def custom_entries(context: Context, role: str) -> None:
    """64 custom entries are taken, as many bytes as they may have; one more is the caller's
    mistake, and the connection lives."""
    peer = context.open(role)
    for count, is_right in ((CUSTOM_ENTRIES_MAX, True), (CUSTOM_ENTRIES_MAX + 1, False)):
        tags = [Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY] * count
        entries = [(int(tag), b"n\0" + bytes(20)) for tag in tags[:count]]
        stream = peer.request("Echo", {}, metadata=entries)
        if is_right:
            peer.expect_reply(stream)
        else:
            peer.expect_error(
                stream, "INVALID_ARGUMENT", "MALFORMED_METADATA", not_processed=True,
                retry_after=NEVER,
            )
    peer.probe()


def waiting_queries(context: Context, each: int) -> None:
    """Thousands of queries that wait for the same position: bounded memory, and one command lets
    all of them be answered."""
    first = shop.new_user(context)
    token = shop.token(shop.succeed_all(context, "RegisterUser", [first])[0])
    ahead = wire.token(shop.epoch(token), shop.position(token) + 1)
    bound = connections_bound(
        WAITING_CONNECTIONS, each * WAITING_QUERY, f"{each} queries × 2 KiB"
    )
    with memory_within(context, bound):
        peers = [context.open("query") for _ in range(WAITING_CONNECTIONS)]
        asked = [(peer, peer.request(GET_USER, {"user_id": 1}, at_least=ahead))
                 for peer in peers for _ in range(each)]
        for peer in peers:
            peer.probe()
        if any(peer.calls[stream].final is not None for peer, stream in asked):
            raise CaseFailure("queries that wait for their position", "answers before it was there")
        shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])
        for peer, stream in asked:
            frame = peer.expect_final(stream)
            if frame.type == FrameType.ERROR and frame.a != Status.NOT_FOUND:
                raise CaseFailure("the user's document", frame.describe() + peer.error_text(frame))
