"""Pages that nobody takes: they end after a time, and do not fill the server's memory."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from .. import messages
from ..context import Context
from ..messages import Message
from ..names import NEVER, FrameType, Role
from ..outcome import CaseFailure
from ..peer import Peer
from ..procedures import shop
from ..process import MemoryWatch
from .bounds import memory_within
from .children import Child
from .holding import PAGES_ASKED
from .scene import KIB, MIB, connections_bound

# Orders of about 180 KB each, so that a page of them is the largest that there is.
ORDERS, LINES, DESCRIPTION_BYTES = 8, 900, 200
ASKERS = 4
ASKING_SECONDS = 3
# One turn of each of them on the same event loop is a few pages; 400 of each are thousands.
PAGES_FOR_A_CALL_MAX = 64
HOLDERS, PAGES_OF_EACH = 32, 16
LIST_USER_ORDERS = "tandem.orders.v1.OrderQueries/ListUserOrders"


def pages_in_turns(context: Context) -> dict[str, Any]:
    """Connections that ask for the largest pages, 400 at a time, and have no credit for them, so
    that most are made in vain: another client's calls have their turn between these pages, and not
    behind all of them. Judged by how many of either there are in the same time, which is no matter
    of the machine's speed."""
    assert context.pid is not None  # The case needs "memory".
    user, last = _large_orders(context)
    body = messages.encode("ListUserOrdersRequest", {"user_id": user, "page_size": 20})
    config = {
        "address": list(context.addresses["query"]), "role": int(Role.QUERY), "attack": "pages",
        "size": ASKERS, "window": 1, "method": LIST_USER_ORDERS, "body": body.hex(),
    }
    other = context.open("query", "other")
    # What may be held, and the page that is made beyond that.
    bound = connections_bound(ASKERS, 17 * MIB, "16 MiB of held pages + a page of 1 MiB")
    calls = 0
    with Child("abuser", config) as abuser, memory_within(context, bound):
        abuser.ready()
        abuser.tell({"seconds": ASKING_SECONDS, "release": True})
        while not abuser.has_spoken():
            other.expect_reply(other.request("GetUser", {"user_id": user}, at_least=last))
            calls += 1
        pages = abuser.hear(timeout=60)["tally"]["frames"]
    if pages < ASKERS * PAGES_ASKED or pages > PAGES_FOR_A_CALL_MAX * calls:
        raise CaseFailure(
            f"a call for {PAGES_FOR_A_CALL_MAX} pages at the least", f"{calls} for {pages}"
        )
    return {"pages_asked_for": pages, "calls_meanwhile": calls}


def pages_not_taken_end(context: Context, held_page_ms: int) -> dict[str, int]:
    """A page without credit ends, its slot is free, and other calls and pages go on."""
    last = shop.succeed_all(context, "RegisterUser", [shop.new_user(context) for _ in range(50)])
    peer = context.open("query", initial_window=1)
    fields: Message = {"page_size": 50}
    # Before the server can begin to count: whatever holds us up, this is no shorter than that.
    started = time.monotonic()
    stream = peer.request("ListUsers", fields, at_least=shop.token(last[-1]))
    peer.expect_item(stream)
    peer.expect_error(
        stream, "RESOURCE_EXHAUSTED", "PAGE_NOT_TAKEN", not_processed=False, retry_after=NEVER
    )
    took_ms = round((time.monotonic() - started) * 1e3)
    # Timed: a lower bound, counted from before the wait can begin.
    if took_ms < held_page_ms:
        raise CaseFailure(f"the page to be held for {held_page_ms} ms", f"{took_ms} ms")
    # A late CREDIT for a call that has ended is none's fault (ID-03).
    peer.credit(stream, 1 << 20)
    peer.probe()
    shop.page(context.open("query", "other"), "ListUsers", fields)
    return {"ended_after_ms": took_ms}


def memory_is_full(context: Context, mib: int) -> dict[str, int]:
    """Pages that would have to be held are refused once there is no memory left for them; small
    reads go on, and when the pages' connections have ended there is room again."""
    assert context.pid is not None  # The case needs "memory".
    user, last = _large_orders(context)
    other = context.open("query", "other", initial_window=64 * MIB)
    reasons: Counter[str] = Counter()
    with MemoryWatch(context.pid) as watch:
        holders = [context.open("query", initial_window=1) for _ in range(HOLDERS)]
        for peer in holders:
            for _ in range(PAGES_OF_EACH):
                peer.request(LIST_USER_ORDERS, {"user_id": user, "page_size": 20}, at_least=last)
        for peer in holders:
            _count_refusals(peer, reasons)
        other.expect_reply(other.request("GetUser", {"user_id": user}, at_least=last))
        for peer in holders:
            peer.close()
    _expect_room_again(other, user)
    if watch.peak_kib > mib * KIB:
        raise CaseFailure(f"at most {mib} MiB of memory", f"{watch.peak_kib // KIB} MiB")
    if not reasons["MEMORY_FULL"]:
        raise CaseFailure(
            f"some of {HOLDERS * PAGES_OF_EACH} pages refused for MEMORY_FULL", f"{dict(reasons)}"
        )
    return {"rss_peak_kib": watch.peak_kib, **reasons}


def _large_orders(context: Context) -> tuple[int, bytes]:
    """A user with orders that make large pages, and the token of the last."""
    peer = context.open("command", "shop")
    reply, _ = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    line = {"quantity": 1, "price_minor": 1}
    token = b""
    for _ in range(ORDERS):
        lines = [line | {"description": context.random.randbytes(DESCRIPTION_BYTES // 2).hex()}
                 for _ in range(LINES)]
        order: Message = {"user_id": reply["user_id"], "currency": "USD", "lines": lines}
        _, token = shop.succeed(peer, "PlaceOrder", order, context.key())
    peer.close()
    return int(reply["user_id"]), token


def _count_refusals(peer: Peer, reasons: Counter[str]) -> None:
    """Of each page either its first ITEM comes, and the rest is held, or a refusal."""
    for call in peer.calls.values():
        while not call.items and call.final is None:
            peer.read_frame("an ITEM or an ERROR")
        if call.final is not None and call.final.type == FrameType.ERROR:
            reasons[str(peer.error(call.final)["info"]["reason"])] += 1


def _expect_room_again(peer: Peer, user: int) -> None:
    deadline = time.monotonic() + peer.link.timeout
    while True:
        stream = peer.request(LIST_USER_ORDERS, {"user_id": user, "page_size": 20})
        frame = peer.expect_final(stream)
        if frame.type == FrameType.END:
            return
        # Timed: patience (--timeout); the memory is given back as the connections end.
        if time.monotonic() > deadline:
            raise CaseFailure("pages again", frame.describe() + peer.error_text(frame))
        time.sleep(0.1)
