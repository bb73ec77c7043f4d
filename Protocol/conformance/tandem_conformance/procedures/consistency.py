"""Tokens, waits and ages: what a query's answer reflects, and when it comes."""

from __future__ import annotations

import threading
import time

from .. import wire
from ..context import Context
from ..messages import Message
from ..names import NEVER, FrameType, Tag
from ..outcome import CaseFailure
from ..peer import Peer
from . import shop

AHEAD = 100
"""How far beyond the head a query waits that nothing is to release."""


def cancelled_wait(context: Context) -> None:
    """CANCEL of a query that waits for a position that nothing will bring."""
    peer = context.open("query")
    stream = peer.request("ListUsers", {}, at_least=_ahead(context, AHEAD))
    peer.expect_silence(0.2)
    peer.cancel(stream)
    peer.expect_error(stream, "CANCELLED", "CANCELLED", not_processed=True)
    peer.probe()


def read_your_writes(context: Context, rounds: int) -> dict[str, int]:
    """Each command's token is sent with a query right behind it: the query sees the write."""
    writer = context.open("command", "writer")
    reader = context.open("query", "reader")
    for turn in range(rounds):
        request = shop.new_user(context)
        reply, token = shop.succeed(writer, "RegisterUser", request, context.key())
        if turn % 2:
            fields = {"user_id": reply["user_id"], "name": f"Renamed {turn}"}
            _, token = shop.succeed(writer, "RenameUser", fields, context.key())
            request["name"] = fields["name"]
        stream = reader.request("GetUser", {"user_id": reply["user_id"]}, at_least=token)
        user = reader.expect_reply(stream)
        final = reader.expect_final(stream)
        if (user["email"], user["name"]) != (request["email"], request["name"]):
            raise CaseFailure(f"the user as just written, {request}", f"{user}")
        if shop.token(final)[:8] != token[:8] or shop.token(final) < token:
            raise CaseFailure(f"an answer at {token.hex()} or later", final.describe())
        shop.age(final)
    return {"rounds": rounds}


def released_wait(context: Context, rounds: int) -> None:
    """Queries a few positions ahead of the log wait; the commands that bring the positions
    release them, page and document alike."""
    writer = context.open("command", "writer")
    peer = context.open("query", "reader")
    for _ in range(rounds):
        token = _ahead(context, 3)
        page = peer.request("ListUsers", {"page_size": 1}, at_least=token)
        one = peer.request("GetUser", {"user_id": (1 << 63) - 1}, at_least=token)
        peer.expect_silence(0.2)
        for step in range(3):
            shop.succeed(writer, "RegisterUser", shop.new_user(context), context.key())
            if step == 1:
                peer.probe()
                if peer.calls[page].final is not None or peer.calls[one].final is not None:
                    raise CaseFailure("no answer one position too early", token.hex())
        peer.expect_items(page)
        peer.expect_error(one, "NOT_FOUND", "NOT_FOUND")
        for stream in (page, one):
            final = peer.expect_final(stream)
            if shop.token(final) < token:
                raise CaseFailure(f"an answer at {token.hex()} or later", final.describe())


def behind(
    context: Context, timeout_ms: int, wait_ms: int, most_ms: int | None = None
) -> dict[str, int]:
    """A position that does not come: READ_MODEL_BEHIND when the deadline, or the server's own
    bound, has passed; not sooner. So it is with MAX_STALENESS (`most_ms`) too, met or not."""
    metadata = [] if most_ms is None else [(Tag.MAX_STALENESS, most_ms.to_bytes(4, "big"))]
    peer = context.open("query")
    token = _ahead(context, AHEAD)
    started = time.monotonic()
    stream = peer.request(
        "ListUsers", {}, at_least=token, timeout_ms=timeout_ms, metadata=metadata
    )
    details = peer.expect_error(
        stream, "UNAVAILABLE", "READ_MODEL_BEHIND", not_processed=True, retry_after=100
    )
    waited_ms = round((time.monotonic() - started) * 1000)
    # Timed: a lower bound, counted from before the wait can begin.
    if waited_ms < wait_ms:
        raise CaseFailure(f"a wait of {wait_ms} ms", f"{waited_ms} ms")
    info = details["info"]
    if info["domain"] != "tandem" or not info["metadata"].get("read_position", "").isdigit():
        raise CaseFailure("the domain tandem, and read_position", f"{info}")
    return {"waited ms": waited_ms}


def waits_hold_slots(context: Context, slots: int) -> None:
    """Queries that wait take all slots; one that ends gives its slot back; one too many is
    LIMIT."""
    peer = context.open("query")
    token = _ahead(context, AHEAD)
    waiting = [peer.request("ListUsers", {}, at_least=token) for _ in range(slots)]
    peer.cancel(waiting[0])
    peer.expect_error(waiting[0], "CANCELLED", "CANCELLED", not_processed=True)
    last = peer.request("ListUsers", {}, at_least=token)
    peer.expect_silence(0.2)
    peer.request("ListUsers", {})
    details = peer.expect_goaway("LIMIT", strict=context.strict)
    if details is not None and details["last_stream"] != last:
        raise CaseFailure(f"{last} as last id", f"{details}")


def beyond_head(context: Context) -> None:
    """The edge of a million positions: just below it a query waits, well above it is refused at
    once. The read server's head may lag a little, so the edge is not probed to the position."""
    peer = context.open("query")
    waiting = peer.request("ListUsers", {}, at_least=_ahead(context, 999_000))
    greatest = wire.token(_epoch(peer), (1 << 64) - 1)
    for token in (_ahead(context, 1_001_000), greatest):
        stream = peer.request("ListUsers", {}, at_least=token)
        details = peer.expect_error(
            stream, "OUT_OF_RANGE", "BEYOND_HEAD", not_processed=True, retry_after=NEVER
        )
        if details["info"]["domain"] != "tandem":
            raise CaseFailure("the domain tandem", f"{details}")
        if peer.calls[waiting].final is not None:
            raise CaseFailure("the one below the edge to wait still", f"{peer.calls[waiting]}")
    peer.cancel(waiting)
    peer.expect_error(waiting, "CANCELLED", "CANCELLED", not_processed=True)


def monotonic(context: Context, commands: int) -> dict[str, int]:
    """While commands run, the TOKENs of queries never go back, whichever connection they came
    on: each query is sent only when the one before was answered."""
    writer = context.open("command", "writer")
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(commands):
                shop.succeed(writer, "RegisterUser", shop.new_user(context), context.key())
        except BaseException as failure:  # Reported by the case's own thread.
            failures.append(failure)

    readers = [context.open("query", f"reader {number}") for number in range(3)]
    thread = threading.Thread(target=write)
    thread.start()
    tokens: list[bytes] = []
    while thread.is_alive() or not tokens:
        reader = readers[len(tokens) % len(readers)]
        if len(tokens) % 2:
            stream = reader.request("ListUsers", {"page_size": 1})
        else:
            stream = reader.request("GetUser", {"user_id": (1 << 63) - 1})
        tokens.append(shop.token(reader.expect_final(stream)))
        if len(tokens) > 1 and tokens[-1] < tokens[-2]:
            raise CaseFailure(f"{tokens[-2].hex()} or later", tokens[-1].hex())
    thread.join()
    if failures:
        raise failures[0]
    if len(set(tokens)) < 2:
        raise CaseFailure("answers from more than one position", tokens[0].hex())
    return {"queries": len(tokens), "positions": len(set(tokens))}


def command_tokens(context: Context) -> None:
    """TOKENs of commands, one after the other: an event's position, the head without an event, the
    first time's for a repeat; none on what the writer never saw."""
    peer = context.open("command")
    request, key = shop.new_user(context), context.key()
    reply, first = shop.succeed(peer, "RegisterUser", request, key)
    _, second = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    _expect_position(second, shop.position(first) + 1)
    stream = peer.request("RenameUser", {"user_id": (1 << 63) - 1, "name": "X"}, key=context.key())
    peer.expect_error(stream, "NOT_FOUND", "UNKNOWN_USER", not_processed=False)
    _expect_position(shop.token(peer.expect_final(stream)), shop.position(second))
    _, third = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    _expect_position(third, shop.position(second) + 1)
    _, again = shop.succeed(peer, "RegisterUser", request, key)
    _expect_position(again, shop.position(first))
    stream = peer.request("RenameUser", {"user_id": reply["user_id"], "name": "X"})
    peer.expect_error(stream, "INVALID_ARGUMENT", "KEY_MISSING", not_processed=True)
    if peer.expect_final(stream).value(Tag.TOKEN) is not None:
        raise CaseFailure("no TOKEN from before the writer", peer.expect_final(stream).describe())
    if peer.welcome is None or shop.epoch(third) != peer.welcome["log_epoch"]:
        raise CaseFailure("WELCOME's log_epoch in the TOKEN", third.hex())


def staleness(
    context: Context, most_ms: int, rounds: int, timeout_ms: int, pause_ms: int = 0
) -> dict[str, int]:
    """MAX_STALENESS: an answer is not older; or READ_MODEL_STALE, and then not before the wait is
    over. Commands run now and then, so that the log is not always idle; the pauses between let
    what is known grow old."""
    peer = context.open("query")
    writer = context.open("command", "writer")
    answered = stale = longest = 0
    for turn in range(rounds):
        time.sleep(context.random.random() * pause_ms / 1000)
        if turn % 4 == 3:
            shop.succeed(writer, "RegisterUser", shop.new_user(context), context.key())
        started = time.monotonic()
        stream = peer.request(
            "ListUsers",
            {"page_size": 1},
            metadata=[(Tag.MAX_STALENESS, most_ms.to_bytes(4, "big"))],
            timeout_ms=timeout_ms,
        )
        final = peer.expect_final(stream)
        waited_ms = round((time.monotonic() - started) * 1000)
        longest = max(longest, waited_ms)
        if final.type == FrameType.END:
            answered += 1
            # Timed: the age that the server itself states, against what it was asked for.
            if shop.age(final) > most_ms:
                raise CaseFailure(f"an AGE of at most {most_ms} ms", f"{shop.age(final)} ms")
            continue
        stale += 1
        peer.expect_error(
            stream, "UNAVAILABLE", "READ_MODEL_STALE", not_processed=True, retry_after=500
        )
        # Timed: a lower bound, counted from before the wait can begin.
        if waited_ms < timeout_ms:
            raise CaseFailure(f"READ_MODEL_STALE not before {timeout_ms} ms", f"{waited_ms} ms")
    return {"answered": answered, "stale": stale, "longest wait ms": longest}


def _ahead(context: Context, count: int) -> bytes:
    """A token so many positions beyond the present head."""
    peer = context.open("command", "head")
    head = shop.head(peer)
    token = wire.token(_epoch(peer), head + count)
    peer.close()
    return token


def _epoch(peer: Peer) -> int:
    welcome: Message = peer.welcome or {}
    return int(welcome["log_epoch"])


def _expect_position(token: bytes, position: int) -> None:
    if shop.position(token) != position:
        raise CaseFailure(f"a TOKEN of position {position}", token.hex())
