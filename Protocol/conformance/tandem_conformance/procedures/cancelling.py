"""CANCEL, deadlines and lost connections: calls that wait, and calls whose connection is gone."""

from __future__ import annotations

import time

from ..context import Context
from ..names import Flag, FrameType
from ..outcome import CaseFailure
from . import shop
from .racing import Race, one_event_each


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
    # Timed: a lower bound, counted from before the wait can begin.
    if (time.monotonic() - started) * 1000 < timeout_ms:
        raise CaseFailure(f"DEADLINE_EXCEEDED after {timeout_ms} ms", "it earlier")
    peer.credit(stream, 4_096)
    peer.probe()


def disconnect(context: Context, commands: int, rounds: int) -> dict[str, int]:
    """Connections that are reset at once, or while their commands are under way: some ran, some
    not; each runs once in the end."""
    race = Race("ran before the connection was lost", "ran later")
    emails: list[str] = []
    last = b""
    for turn in race.rounds(rounds):
        lost = context.open("command", f"lost {turn}")
        requests = [(shop.new_user(context), context.key()) for _ in range(commands)]
        for request, key in requests:
            lost.request("RegisterUser", request, key=key)
        if turn % 2:
            time.sleep(context.random.random() * 0.05 * race.scale)
        lost.close(reset=True)
        peer = context.open("command", f"again {turn}")
        fields = [request for request, _ in requests]
        for frame in shop.run_all(peer, "RegisterUser", fields, [key for _, key in requests]):
            if frame.type != FrameType.RESPONSE:
                raise CaseFailure("the retry to succeed", frame.describe())
            if frame.flags & Flag.REPLAYED:
                race.won += 1
            else:
                race.ended += 1
            last = max(last, shop.token(frame))
        emails += [request["email"] for request in fields]
        peer.close()
    one_event_each(context, emails, last)
    return race.figures()


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
    # Timed: 15 s; a server that waits for lost calls takes its grace of 30 s.
    if seconds > seconds_most:
        raise CaseFailure("the server not to wait for calls of lost connections", f"{seconds} s")
    return {"seconds": round(seconds, 2)}
