"""CANCEL, deadlines and lost connections: what a call may come to, and that it comes to one."""

from __future__ import annotations

import time

from ..context import Context
from ..messages import Message, encode
from ..names import Flag, FrameType, Tag
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame
from . import feed, shop


def races(context: Context, rounds: int) -> dict[str, int]:
    """Calls of 0 to 3 ms that are cancelled in the same segment, or a moment later. The final
    frame is one of two; a second one, at any time, fails the case (the connection counts)."""
    peer = context.open("query")
    cancelled = 0
    for turn in range(rounds):
        stream = peer.highest_stream + 1
        if turn % 2:
            peer.request("Sleep", {"ms": context.random.randrange(4)}, stream=stream)
            time.sleep(context.random.random() * 0.004)
            peer.cancel(stream)
        else:
            body = encode("EchoRequest", {"payload": b"race"})
            _request_and_cancel(peer, "Echo", stream, body, None)
        final = peer.expect_final(stream)
        if final.type == FrameType.ERROR:
            peer.expect_error(stream, "CANCELLED", "CANCELLED")
            cancelled += 1
    peer.probe()
    return {"answered": rounds - cancelled, "cancelled": cancelled}


def in_vain(context: Context, calls: int) -> None:
    """Calls that are answered and only then cancelled, on the connection of the case."""
    peer = context.peers["main"]
    streams = [peer.request("Echo", {"payload": b"quick"}) for _ in range(calls)]
    for stream in streams:
        peer.expect_reply(stream)
    for stream in streams:
        peer.cancel(stream)
    peer.probe()


def stalled_page(context: Context, timeout_ms: int = 0) -> None:
    """A page through a window of 1, cancelled after its first ITEM, or left to its deadline."""
    users = [shop.new_user(context) for _ in range(3)]
    last = shop.token(shop.succeed_all(context, "RegisterUser", users)[-1])
    peer = context.open("query", initial_window=1)
    started = time.monotonic()
    stream = peer.request("ListUsers", {}, at_least=last, timeout_ms=timeout_ms)
    peer.expect_item(stream)
    if timeout_ms:
        reason = "DEADLINE_EXCEEDED"
    else:
        reason = "CANCELLED"
        peer.cancel(stream)
    peer.expect_error(stream, reason, reason, not_processed=False)
    if (time.monotonic() - started) * 1000 < timeout_ms:
        raise CaseFailure(f"DEADLINE_EXCEEDED after {timeout_ms} ms", "it earlier")
    peer.credit(stream, 4_096)
    peer.probe()


def commands(context: Context, rounds: int) -> dict[str, int]:
    """REQUEST and CANCEL in one segment, then the same command under the same key."""
    peer = context.open("command")
    emails: list[str] = []
    cancelled = 0
    last = b""
    for _ in range(rounds):
        request, key = shop.new_user(context), context.key()
        emails.append(request["email"])
        stream = peer.highest_stream + 1
        _request_and_cancel(
            peer, "RegisterUser", stream, encode("RegisterUserRequest", request), key
        )
        final = peer.expect_final(stream)
        if final.type == FrameType.ERROR:
            peer.expect_error(stream, "CANCELLED", "CANCELLED", not_processed=True)
            cancelled += 1
            last = _settle(peer, request, key, None)
        else:
            last = _settle(peer, request, key, final)
    _one_event_each(context, emails, last)
    return {"ran": rounds - cancelled, "cancelled": cancelled}


def twins(context: Context, rounds: int, ends_by: str) -> dict[str, int]:
    """The same command twice under one key in one segment, of which the first is cancelled, or has
    a deadline of 1 ms. That is the first one's affair: the second has its real outcome."""
    peer = context.open("command")
    timeout_ms = 0 if ends_by == "CANCELLED" else 1
    emails: list[str] = []
    ended = 0
    last = b""
    for _ in range(rounds):
        request, key = shop.new_user(context), context.key()
        emails.append(request["email"])
        first, second = peer.highest_stream + 1, peer.highest_stream + 2
        body = encode("RegisterUserRequest", request)
        frames = _request(peer, "RegisterUser", first, body, key, timeout_ms)
        frames += _request(peer, "RegisterUser", second, body, key)
        if ends_by == "CANCELLED":
            frames += peer.frame(FrameType.CANCEL, stream=first)
        peer.send_bytes(frames)
        answer = peer.expect_type(second, FrameType.RESPONSE)
        final = peer.expect_final(first)
        if final.type == FrameType.ERROR:
            peer.expect_error(first, ends_by, ends_by, not_processed=True)
            ended += 1
        elif (final.body, shop.token(final)) != (answer.body, shop.token(answer)):
            raise CaseFailure(f"one answer for both, {final.describe()}", answer.describe())
        originals = [one for one in (final, answer) if one.type == FrameType.RESPONSE]
        if sum(not one.flags & Flag.REPLAYED for one in originals) != 1:
            raise CaseFailure("one answer without REPLAYED", f"{originals}")
        last = shop.token(answer)
    _one_event_each(context, emails, last)
    return {"both answered": rounds - ended, "the first ended": ended}


def command_deadlines(context: Context, commands: int) -> dict[str, int]:
    """Pipelined commands whose time is up as good as at once."""
    peer = context.open("command")
    requests = [(shop.new_user(context), context.key()) for _ in range(commands)]
    streams = [
        peer.request("RegisterUser", request, key=key, timeout_ms=1) for request, key in requests
    ]
    late = 0
    last = b""
    for stream, (request, key) in zip(streams, requests):
        final = peer.expect_final(stream)
        if final.type == FrameType.ERROR:
            peer.expect_error(stream, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", not_processed=True)
            late += 1
            last = max(last, _settle(peer, request, key, None))
        else:
            last = max(last, _settle(peer, request, key, final))
    _one_event_each(context, [request["email"] for request, _ in requests], last)
    return {"in time": commands - late, "too late": late}


def disconnect(context: Context, commands: int, rounds: int) -> dict[str, int]:
    """Connections that are reset while their commands are under way: some ran, some not; each
    runs once in the end."""
    emails: list[str] = []
    replayed = 0
    last = b""
    for turn in range(rounds):
        lost = context.open("command", f"lost {turn}")
        requests = [(shop.new_user(context), context.key()) for _ in range(commands)]
        for request, key in requests:
            lost.request("RegisterUser", request, key=key)
        time.sleep(context.random.random() * 0.05)
        lost.close(reset=True)
        peer = context.open("command", f"again {turn}")
        fields = [request for request, _ in requests]
        for frame in shop.run_all(peer, "RegisterUser", fields, [key for _, key in requests]):
            if frame.type != FrameType.RESPONSE:
                raise CaseFailure("the retry to succeed", frame.describe())
            replayed += bool(frame.flags & Flag.REPLAYED)
            last = max(last, shop.token(frame))
        emails += [request["email"] for request in fields]
        peer.close()
    _one_event_each(context, emails, last)
    return {"ran before the connection was lost": replayed, "later": commands * rounds - replayed}


def disconnect_stops(context: Context, seconds_most: float) -> dict[str, float]:
    """Calls that would take a minute, on connections that are lost; then SIGTERM, whose grace
    would wait for calls that are open."""
    server = context.server_to_restart()
    for reset in (False, True):
        peer = context.open("query", f"lost {reset}", initial_window=1)
        peer.request("Sleep", {"ms": 60_000})
        stream = peer.request("Stream", {"sizes": [10, 10]})
        peer.expect_item(stream)
        peer.close(reset=reset)
    # The server hears of it by itself; a call on another connection shows that it goes on.
    context.probe("query")
    started = time.monotonic()
    server.terminate()
    server.wait()
    seconds = time.monotonic() - started
    server.restart()
    context.restarted()
    if seconds > seconds_most:
        raise CaseFailure("the server not to wait for calls of lost connections", f"{seconds} s")
    return {"seconds": round(seconds, 2)}


def _request(
    peer: Peer, method: str, stream: int, body: bytes, key: bytes | None, timeout_ms: int = 0
) -> bytes:
    """The bytes of a REQUEST that is about to be sent."""
    index = peer.index(method)
    metadata = None if key is None else [(Tag.IDEMPOTENCY_KEY, key)]
    peer.track(stream, index)
    return peer.frame(
        FrameType.REQUEST, a=index, stream=stream, b=timeout_ms, metadata=metadata, body=body
    )


def _request_and_cancel(
    peer: Peer, method: str, stream: int, body: bytes, key: bytes | None
) -> None:
    request = _request(peer, method, stream, body, key)
    peer.send_bytes(request + peer.frame(FrameType.CANCEL, stream=stream))


def _settle(peer: Peer, request: Message, key: bytes, first: Frame | None) -> bytes:
    """Repeats a command. If it ran before, this is REPLAYED, with the same body and TOKEN; if
    not, it runs now. Its TOKEN."""
    stream = peer.request("RegisterUser", request, key=key)
    peer.expect_reply(stream)
    final = peer.expect_final(stream)
    replayed = bool(final.flags & Flag.REPLAYED)
    if replayed != (first is not None):
        raise CaseFailure(
            "REPLAYED" if first else "no REPLAYED, since NOT_PROCESSED had been said",
            final.describe(),
        )
    if first is not None and (final.body, shop.token(final)) != (first.body, shop.token(first)):
        raise CaseFailure("the first answer again", f"{final.describe()}, {first.describe()}")
    return shop.token(final)


def _one_event_each(context: Context, emails: list[str], token: bytes) -> None:
    counts = feed.count_of(context, emails, token)
    wrong = [f"{email}: {count}" for email, count in zip(emails, counts) if count != 1]
    if wrong:
        raise CaseFailure("one event for each command", ", ".join(wrong))

