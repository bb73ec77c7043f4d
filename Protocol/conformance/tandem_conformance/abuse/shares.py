"""Bounds on what an address may have: they refuse beyond it, leave others alone, and make room."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from .. import messages, wire
from ..context import Context
from ..messages import Message
from ..names import NEVER, Flag, FrameType, Status
from ..outcome import CaseFailure
from ..peer import Peer
from ..procedures import shop
from ..wire import Frame
from .dialling import loopback
from .scene import LOOPBACK_SOURCE, need_sources

# Another address than the suite's own.
OTHER_SOURCE = LOOPBACK_SOURCE
SUBSCRIPTIONS_OF_A_CONNECTION = 4
REPEATS_MOST = 40
WAIT_MS_MAX = 60_000
FLOODS = 5


def newcomers_get_in(context: Context, held: int, newcomers: int) -> dict[str, Any]:
    """Two addresses hold more silent connections than may be in their handshake, and renew those
    that are ended; whoever comes from a third one is welcomed all the same."""
    need_sources(3)
    silent: list[Peer] = []
    ended = 0
    for turn in range(held + newcomers):
        silent.append(context.connect(source=loopback(1 + turn % 2)))
        if turn >= held:
            peer = context.open(source=LOOPBACK_SOURCE)
            peer.probe()
            peer.close()
    for peer in silent:
        peer.link.fill(0)
        ended += bool(peer.link.pending or peer.link.ended)
    if not ended:
        raise CaseFailure("silent connections that yield", f"all {len(silent)} are there")
    return {"silent": len(silent), "of which ended": ended}


def subscriptions_of_an_address(context: Context, most: int) -> None:
    """An address has so many subscriptions, over all its connections; another one has its own; one
    that ends makes room. Not from the suite's own address, which a read server may share."""
    need_sources(2)
    token = shop.token(shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])[0])
    fields = {"after_position": shop.position(token), "log_epoch": shop.epoch(token)}
    peers: list[Peer] = []
    streams: list[int] = []
    for number in range(most):
        if number % SUBSCRIPTIONS_OF_A_CONNECTION == 0:
            peers.append(context.open("feed", source=OTHER_SOURCE))
        streams.append(peers[-1].request("Subscribe", fields))
        peers[-1].expect_item(streams[-1])
    late = context.open("feed", source=OTHER_SOURCE)
    _expect_refused(late, late.request("Subscribe", fields), "TOO_MANY_SUBSCRIPTIONS", 1000)
    other = context.open("feed", source=loopback(1))
    other.expect_item(other.request("Subscribe", fields))
    peers[-1].cancel(streams[-1])
    peers[-1].expect_error(streams[-1], "CANCELLED")
    late.expect_item(late.request("Subscribe", fields))
    # What ends with its connection makes room as well.
    peers[0].close()
    _ask_until_accepted(
        late, lambda: late.request("Subscribe", fields), "TOO_MANY_SUBSCRIPTIONS"
    )


def waiting_queries_of_an_address(context: Context, most: int) -> None:
    """An address has so many queries that wait, over all its connections; queries that need not
    wait, and another address's, go on; all are answered once the position is there."""
    need_sources(1)
    first = shop.new_user(context)
    token = shop.token(shop.succeed_all(context, "RegisterUser", [first])[0])
    ahead = wire.token(shop.epoch(token), shop.position(token) + 1)
    peers = [context.open("query") for _ in range(2)]
    # The documents have it: from here on nothing that asks for it has to wait.
    peers[0].expect_items(peers[0].request("ListUsers", {"page_size": 1}, at_least=token))
    waiting = [(peer, peer.request("ListUsers", {"page_size": 1}, at_least=ahead))
               for peer in peers for _ in range(most // 2)]
    for peer in peers:
        # They are taken up in order: those before this one wait by now.
        peer.probe()
    late = context.open("query")
    stream = late.request("ListUsers", {"page_size": 1}, at_least=ahead)
    _expect_refused(late, stream, "TOO_MANY_WAITING", 100)
    late.expect_items(late.request("ListUsers", {"page_size": 1}, at_least=token))
    other = context.open("query", source=OTHER_SOURCE)
    waiting.append((other, other.request("ListUsers", {"page_size": 1}, at_least=ahead)))
    # One that is given up makes room.
    peer, stream = waiting.pop(0)
    peer.cancel(stream)
    peer.expect_error(stream, "CANCELLED")
    waiting.append((late, late.request("ListUsers", {"page_size": 1}, at_least=ahead)))
    late.probe()
    shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])
    for peer, stream in waiting:
        peer.expect_items(stream)


def commands_a_second(context: Context, rate: int) -> dict[str, int]:
    """Beyond its rate an address is told when to come again, and then is served; another address
    is served meanwhile."""
    need_sources(1)
    peer = context.open("command")
    requests = [(shop.new_user(context), context.key()) for _ in range(rate * 3)]
    # In one piece: one by one, a slow machine may stay within the rate.
    peer.link.held = bytearray()
    streams = [peer.request("RegisterUser", fields, key=key) for fields, key in requests]
    peer.link.release()
    refused = []
    for request, stream in zip(requests, streams, strict=True):
        frame = peer.expect_final(stream)
        if frame.type == FrameType.ERROR:
            _check_refusal(peer, frame, "RATE_LIMITED")
            refused.append(request)
    if not refused:
        raise CaseFailure(f"some of {len(requests)} commands at once refused", "none")
    other = context.open("command", source=OTHER_SOURCE)
    shop.succeed(other, "RegisterUser", shop.new_user(context), context.key())
    fields, key = refused[0]
    _ask_until_accepted(
        peer, lambda: peer.request("RegisterUser", fields, key=key), "RATE_LIMITED"
    )
    return {"sent": len(requests), "refused": len(refused)}


def commands_in_turns(context: Context, flood: int) -> dict[str, int]:
    """More large commands of one connection than may wait: what there is no room for is refused
    with a time to wait; who has nothing waiting has its turn meanwhile, and is never refused."""
    need_sources(1)
    flooding = context.open("command", source=OTHER_SOURCE)
    user = shop.succeed(flooding, "RegisterUser", shop.new_user(context), context.key())[0]
    lines: list[Message] = [{"quantity": 1, "price_minor": 1, "description": "x"}] * 1_000
    order: Message = {"user_id": user["user_id"], "currency": "USD", "lines": lines}
    body = messages.encode("PlaceOrderRequest", order)
    other = context.open("command", "other")
    refused = 0
    for _ in range(FLOODS):
        flooding.link.held = bytearray()
        streams = [flooding.request("PlaceOrder", body, key=context.key()) for _ in range(flood)]
        flooding.link.release()
        shop.succeed(other, "RegisterUser", shop.new_user(context), context.key())
        for stream in streams:
            frame = flooding.expect_final(stream)
            if frame.type == FrameType.ERROR and frame.a == Status.RESOURCE_EXHAUSTED:
                _check_refusal(flooding, frame, "QUEUE_FULL")
                refused += 1
            elif frame.type != FrameType.RESPONSE:
                came = frame.describe() + flooding.error_text(frame)
                raise CaseFailure("RESPONSE or QUEUE_FULL", came)
    if not refused:
        raise CaseFailure(f"some of {flood} commands at once refused", "none")
    return {"sent": FLOODS * flood, "refused": refused}


def keys_are_full(context: Context, keys: int) -> dict[str, int]:
    """When as many keys are kept as may be, a new command is refused and says when to come again;
    the answers that are kept are still given."""
    peer = context.open("command")
    first, first_key = shop.new_user(context), context.key()
    reply, _ = shop.succeed(peer, "RegisterUser", first, first_key)
    taken = 0
    while taken <= keys + 1:
        stream = peer.request("RegisterUser", shop.new_user(context), key=context.key())
        frame = peer.expect_final(stream)
        if frame.type == FrameType.ERROR:
            _check_refusal(peer, frame, "KEYS_FULL")
            break
        taken += 1
    else:
        raise CaseFailure(f"a command refused after {keys}", f"{taken} were taken")
    again, _ = shop.succeed(peer, "RegisterUser", first, first_key)
    if again != reply:
        raise CaseFailure(f"the answer that is kept, {reply}", f"{again}")
    return {"taken": taken + 1}


def _ask_until_accepted(peer: Peer, ask: Callable[[], int], reason: str) -> None:
    """Asks again after the time that each refusal says, until there is another answer."""
    for _ in range(REPEATS_MOST):
        stream = ask()
        frame = peer.read_frame("an answer", None, partial(_is_of, stream))
        if frame.type != FrameType.ERROR:
            return
        _check_refusal(peer, frame, reason)
        if frame.b > WAIT_MS_MAX:
            raise CaseFailure("a wait of seconds", f"{frame.b} ms")
        # As long as the server says; how long that is decides nothing.
        time.sleep(frame.b / 1e3)
    raise CaseFailure("to be accepted once there is room", f"{reason}, {REPEATS_MOST} times")


def _is_of(stream: int, frame: Frame) -> bool:
    return frame.stream == stream


def _check_refusal(peer: Peer, frame: Frame, reason: str) -> None:
    """RESOURCE_EXHAUSTED, nothing done, and a time to come again."""
    came = frame.describe() + peer.error_text(frame)
    if (
        frame.a != Status.RESOURCE_EXHAUSTED
        or peer.error(frame)["info"]["reason"] != reason
        or not frame.flags & Flag.NOT_PROCESSED
        or not 0 < frame.b < NEVER
    ):
        raise CaseFailure(f"RESOURCE_EXHAUSTED / {reason}, NOT_PROCESSED, with a wait", came)


def _expect_refused(peer: Peer, stream: int, reason: str, retry_after: int) -> None:
    peer.expect_error(
        stream, "RESOURCE_EXHAUSTED", reason, not_processed=True, retry_after=retry_after
    )
