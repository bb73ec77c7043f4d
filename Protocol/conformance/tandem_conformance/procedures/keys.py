"""Idempotency keys: one change for each, whoever asks how often, over crashes too."""

from __future__ import annotations

import threading
import time

from ..context import Context
from ..messages import Message, encode
from ..names import NEVER, Flag, FrameType, Status
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame
from . import feed, shop

KEPT = ("INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED")  # fmt: skip
MARGIN_MS = 60_000
"""Between the suite's clock and the server's."""


def uuid7(milliseconds: int, rest: bytes) -> bytes:
    """A UUIDv7 of this time; `rest` gives its random bits (10 bytes)."""
    value = bytearray(milliseconds.to_bytes(6, "big") + rest)
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    return bytes(value)


def repeat(context: Context, times: int) -> None:
    """The same key and body again, on this connection and on others: the same answer, REPLAYED;
    one event."""
    peer = context.open("command")
    request, key = shop.new_user(context), context.key()
    first = _once(peer, request, key)
    if first.flags & Flag.REPLAYED:
        raise CaseFailure("the first answer without REPLAYED", first.describe())
    for turn in range(times):
        if turn % 2:
            peer = context.open("command", f"other {turn}")
        _expect_replay(peer, request, key, first)
    _one_event(context, request, shop.token(first))


def after_restart(context: Context, kill: bool) -> None:
    """The same key after the server has gone and come back. What was answered is stored."""
    server = context.server_to_restart()
    stored: list[tuple[Message, bytes, Frame]] = []
    peer = context.open("command")
    for _ in range(20):
        request, key = shop.new_user(context), context.key()
        stored.append((request, key, _once(peer, request, key)))
    refused, refused_key = {"user_id": (1 << 63) - 1, "name": "Nobody"}, context.key()
    _refused(peer, refused, refused_key, replayed=False)
    if kill:
        server.kill()
        server.start()
    else:
        server.restart()
    context.restarted()
    peer = context.open("command", "restarted")
    for request, key, first in stored:
        _expect_replay(peer, request, key, first)
    _refused(peer, refused, refused_key, replayed=True)
    requests = [request for request, _, _ in stored]
    last = shop.token(stored[-1][2])
    counts = feed.count_of(context, [request["email"] for request in requests], last)
    if counts != [1] * len(counts):
        raise CaseFailure("one event for each command", f"{counts}")


def crash_in_the_middle(context: Context, commands: int) -> dict[str, int]:
    """kill -9 while commands are under way. Each that was answered is there; each that was not is
    settled by its retry; there is one event for each."""
    server = context.server_to_restart()
    peer = context.open("command")
    requests = [shop.new_user(context) for _ in range(commands)]
    keys = [context.key() for _ in requests]
    streams = [
        peer.request("RegisterUser", request, key=key) for request, key in zip(requests, keys)
    ]
    peer.expect_reply(streams[commands // 10])
    server.kill()
    answered: dict[int, Frame] = {}
    try:
        for number, stream in enumerate(streams):
            answered[number] = peer.expect_type(stream, FrameType.RESPONSE)
    except CaseFailure:
        # The connection is gone: what was not answered by then is of unknown outcome.
        pass
    server.start()
    context.restarted()
    peer = context.open("command", "restarted")
    finals = shop.run_all(peer, "RegisterUser", requests, keys)
    replayed = 0
    for number, frame in enumerate(finals):
        if frame.type != FrameType.RESPONSE:
            raise CaseFailure("the retry to succeed", frame.describe() + peer.error_text(frame))
        was_there = bool(frame.flags & Flag.REPLAYED)
        replayed += was_there
        if number in answered:
            _same(frame, answered[number])
            if not was_there:
                raise CaseFailure("what was answered to be stored", frame.describe())
    last = max(shop.token(frame) for frame in finals)
    counts = feed.count_of(context, [request["email"] for request in requests], last)
    if counts != [1] * commands:
        raise CaseFailure("one event for each command", f"{counts}")
    return {"answered before the crash": len(answered), "stored before it": replayed}


def at_once(context: Context, connections: int, each: int) -> dict[str, int]:
    """The same command so many times at once on so many connections: it runs once, and everybody
    gets the one answer."""
    request, key = shop.new_user(context), context.key()
    before = shop.head(context.open("command", "head"))
    peers = [context.open("command", f"peer {number}") for number in range(connections)]
    gate = threading.Barrier(connections)
    finals: list[Frame] = []
    failures: list[BaseException] = []

    def send(peer: Peer) -> None:
        try:
            gate.wait()
            streams = [peer.request("RegisterUser", request, key=key) for _ in range(each)]
            finals.extend(peer.expect_type(one, FrameType.RESPONSE) for one in streams)
        except BaseException as failure:  # Reported by the case's own thread.
            failures.append(failure)

    threads = [threading.Thread(target=send, args=(peer,)) for peer in peers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    originals = [frame for frame in finals if not frame.flags & Flag.REPLAYED]
    if len(originals) != 1:
        raise CaseFailure("one answer without REPLAYED", f"{len(originals)} of {len(finals)}")
    for frame in finals:
        _same(frame, originals[0])
    after = shop.head(context.open("command", "head"))
    if after != before + 1:
        raise CaseFailure("one event in the log", f"{after - before}")
    _one_event(context, request, shop.token(originals[0]))
    return {"answers": len(finals)}


def not_remembered(context: Context, code: str, times: int) -> None:
    """A code that is not kept: under one key the handler is asked each time until it succeeds."""
    peer = context.open("command")
    key, status = context.key(), Status[code]
    fields = {"name": shop.unique(context), "fail_times": times, "code": int(status)}
    for _ in range(times):
        _attempt_fails(peer, fields, key, status, replayed=False)
    _attempt_succeeds(peer, fields, key, times + 1, replayed=False)
    _attempt_succeeds(peer, fields, key, times + 1, replayed=True)


def kept_codes(context: Context) -> None:
    """A rejection is kept under its key if its code is deterministic: the same ERROR comes again,
    REPLAYED, and the handler does not hear of it. All other codes are tried anew each time."""
    peer = context.open("command")
    for code in list(Status)[1:]:
        name = f"{code.name} {shop.unique(context)}"
        fields, key = {"name": name, "fail_times": 2, "code": int(code)}, context.key()
        first = _attempt_fails(peer, fields, key, code, replayed=False)
        second = _attempt_fails(peer, fields, key, code, replayed=code.name in KEPT)
        if code.name in KEPT:
            _same(second, first)
            _attempt_fails(peer, fields, context.key(), code, replayed=False)
            _attempt_succeeds(peer, fields, context.key(), 3, replayed=False)
            _attempt_fails(peer, fields, key, code, replayed=True)
        else:
            _attempt_succeeds(peer, fields, key, 3, replayed=False)
            _attempt_succeeds(peer, fields, key, 3, replayed=True)


def kept_though_corrected(context: Context) -> None:
    """A kept rejection stays when its cause is gone; a new key gets the new outcome."""
    peer = context.open("command")
    user, _ = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    order_id = int.from_bytes(context.key()[:6], "big") + (1 << 60)
    key = context.key()
    pay: Message = {"order_id": order_id}
    stream = peer.request("PayOrder", pay, key=key)
    peer.expect_error(stream, "NOT_FOUND", "UNKNOWN_ORDER", not_processed=False)
    place: Message = {
        "order_id": order_id,
        "user_id": user["user_id"],
        "currency": "EUR",
        "lines": [{"quantity": 1, "price_minor": 5, "description": "a deposit"}],
    }
    shop.succeed(peer, "PlaceOrder", place, context.key())
    stream = peer.request("PayOrder", pay, key=key)
    peer.expect_error(stream, "NOT_FOUND", "UNKNOWN_ORDER", not_processed=False)
    frame = peer.expect_final(stream)
    if not frame.flags & Flag.ERROR_REPLAYED:
        raise CaseFailure("REPLAYED on the kept rejection", frame.describe())
    shop.succeed(peer, "PayOrder", pay, context.key())


def version_conflict(context: Context) -> None:
    """What lost to another command: never to be repeated, nothing done, and not kept, so that the
    same bytes are tried anew."""
    peer = context.open("command")
    user, _ = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    late: Message = {"user_id": user["user_id"], "name": "Late", "expected_version": 2}
    key = context.key()
    for _ in range(2):
        stream = peer.request("RenameUser", late, key=key)
        details = peer.expect_error(
            stream, "ABORTED", "VERSION_CONFLICT", not_processed=False, retry_after=NEVER
        )
        facts = details["info"]["metadata"]
        if (facts.get("expected_version"), facts.get("actual_version")) != ("2", "1"):
            raise CaseFailure("both versions", str(facts))
    first: Message = {"user_id": user["user_id"], "name": "First", "expected_version": 1}
    reply, _ = shop.succeed(peer, "RenameUser", first, context.key())
    if reply["version"] != 2:
        raise CaseFailure("version 2 behind the second event", str(reply))
    shop.succeed(peer, "RenameUser", late, key)


def of_one_method(context: Context) -> None:
    """A key is of its method: under another method it is another key."""
    peer = context.open("command")
    request, key = shop.new_user(context), context.key()
    first = _once(peer, request, key)
    product = {"name": "A pot", "price_minor": 3, "currency": "EUR"}
    stream = peer.request("AddProduct", product, key=key)
    frame = peer.expect_type(stream, FrameType.RESPONSE)
    if frame.flags & Flag.REPLAYED or shop.token(frame) <= shop.token(first):
        raise CaseFailure("AddProduct to run under RegisterUser's key", frame.describe())
    _expect_replay(peer, request, key, first)


def reused(context: Context) -> None:
    """The same key with other bytes: KEY_REUSED, while the first outcome stays. What counts are
    the bytes, not what they mean."""
    peer = context.open("command")
    request, key = shop.new_user(context), context.key()
    first = _once(peer, request, key)
    body = encode("RegisterUserRequest", request)
    swapped = encode("RegisterUserRequest", dict(reversed(list(request.items()))))
    others = [encode("RegisterUserRequest", shop.new_user(context)), swapped, body + b"\x78\x01"]
    for other in others:
        stream = peer.request("RegisterUser", other, key=key)
        details = peer.expect_error(
            stream, "INVALID_ARGUMENT", "KEY_REUSED", not_processed=False, retry_after=0
        )
        info = details["info"]
        if info["domain"] != "tandem" or "idempotency_key" not in info["metadata"]:
            raise CaseFailure("the domain tandem, and idempotency_key", f"{info}")
        if peer.expect_final(stream).flags & Flag.ERROR_REPLAYED:
            raise CaseFailure("no REPLAYED on KEY_REUSED", peer.expect_final(stream).describe())
    _expect_replay(peer, request, key, first)
    _one_event(context, request, shop.token(first))


def reused_at_once(context: Context, rounds: int) -> None:
    """Two bodies under one key, while neither has its answer: one runs, the other is KEY_REUSED."""
    peer = context.open("command")
    last = b""
    words: list[str] = []
    for _ in range(rounds):
        key = context.key()
        requests = [shop.new_user(context) for _ in range(2)]
        words += [request["email"] for request in requests]
        streams = [peer.request("RegisterUser", request, key=key) for request in requests]
        finals = [peer.expect_final(stream) for stream in streams]
        types = [frame.type for frame in finals]
        if sorted(types) != [FrameType.RESPONSE, FrameType.ERROR]:
            raise CaseFailure("one RESPONSE and one ERROR", f"{[one.describe() for one in finals]}")
        refused = types.index(FrameType.ERROR)
        peer.expect_error(
            streams[refused], "INVALID_ARGUMENT", "KEY_REUSED", not_processed=False
        )
        last = shop.token(finals[1 - refused])
    counts = feed.count_of(context, words, last)
    if [first + second for first, second in zip(counts[::2], counts[1::2])] != [1] * rounds:
        raise CaseFailure("one event for each key", f"{counts}")


def expired(context: Context) -> None:
    """UUIDv7 keys by the time in them: refused beyond the retention, and only those."""
    peer = context.open("command")
    retention = int((peer.welcome or {})["key_retention_ms"])
    now = time.time_ns() // 1_000_000
    rest = context.key()[:10]
    for old in (0, 1, now - retention - MARGIN_MS):
        stream = peer.request("RegisterUser", shop.new_user(context), key=uuid7(old, rest))
        details = peer.expect_error(
            stream, "FAILED_PRECONDITION", "KEY_EXPIRED", not_processed=True, retry_after=NEVER
        )
        info = details["info"]
        if info["domain"] != "tandem" or info["metadata"].get("retention_ms") != str(retention):
            raise CaseFailure(f"the domain tandem, and retention_ms {retention}", f"{info}")
    version4 = bytearray(uuid7(1, rest))
    version4[6] = 0x40 | version4[6] & 0x0F
    variant = bytearray(uuid7(1, rest))
    variant[8] &= 0x3F
    fine = [bytes(version4), bytes(variant)]
    fine += [
        uuid7(time_ms, rest)
        for time_ms in (now, now - retention + MARGIN_MS, now + retention, (1 << 48) - 1)
    ]
    for key in fine:
        shop.succeed(peer, "RegisterUser", shop.new_user(context), key)


def _once(peer: Peer, request: Message, key: bytes) -> Frame:
    return peer.expect_type(
        peer.request("RegisterUser", request, key=key), FrameType.RESPONSE
    )


def _expect_replay(peer: Peer, request: Message, key: bytes, first: Frame) -> None:
    frame = _once(peer, request, key)
    if not frame.flags & Flag.REPLAYED:
        raise CaseFailure("the repeat with REPLAYED", frame.describe())
    _same(frame, first)


def _same(frame: Frame, first: Frame) -> None:
    if (frame.type, frame.body, frame.b) != (first.type, first.body, first.b):
        raise CaseFailure(f"the first answer again, {first.describe()}", frame.describe())
    if shop.token(frame) != shop.token(first):
        raise CaseFailure(f"the first TOKEN again, {first.describe()}", frame.describe())


def _refused(peer: Peer, fields: Message, key: bytes, *, replayed: bool) -> None:
    stream = peer.request("RenameUser", fields, key=key)
    peer.expect_error(stream, "NOT_FOUND", "UNKNOWN_USER", not_processed=False)
    frame = peer.expect_final(stream)
    if bool(frame.flags & Flag.ERROR_REPLAYED) != replayed:
        raise CaseFailure(f"ERROR {'with' if replayed else 'without'} REPLAYED", frame.describe())


def _attempt_fails(
    peer: Peer, fields: Message, key: bytes, code: Status, *, replayed: bool
) -> Frame:
    stream = peer.request("Attempt", fields, key=key)
    peer.expect_error(stream, code.name, "ATTEMPT_FAILED", not_processed=False)
    frame = peer.expect_final(stream)
    if bool(frame.flags & Flag.ERROR_REPLAYED) != replayed:
        raise CaseFailure(
            f"{code.name} {'with' if replayed else 'without'} REPLAYED", frame.describe()
        )
    return frame


def _attempt_succeeds(
    peer: Peer, fields: Message, key: bytes, attempt: int, *, replayed: bool
) -> None:
    stream = peer.request("Attempt", fields, key=key)
    reply = peer.expect_reply(stream)
    frame = peer.expect_final(stream)
    if reply["attempt"] != attempt or bool(frame.flags & Flag.REPLAYED) != replayed:
        raise CaseFailure(f"attempt {attempt}, replayed {replayed}", f"{reply} {frame.describe()}")


def _one_event(context: Context, request: Message, token: bytes) -> None:
    count = feed.count_of(context, [request["email"]], token)
    if count != [1]:
        raise CaseFailure("one event", f"{count[0]}")
