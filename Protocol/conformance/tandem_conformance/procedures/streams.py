"""Streams of the test service: every byte of every item, and the edges of credit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..context import Context
from ..names import FrameType
from ..outcome import CaseFailure
from ..peer import Peer

CREDIT_MOST = (1 << 31) - 1
CREDIT_LEAST = 1_024
"""Smaller credits count as nuisances; the suite gives back in pieces of at least this."""


def pattern(index: int, size: int) -> bytes:
    """The bytes of item `index` of Test/Stream, as test.proto gives them."""
    start = index % 251
    cycle = bytes((start + offset) % 251 for offset in range(251))
    return (cycle * (size // 251 + 1))[:size]


def items_are_exact(
    context: Context,
    sizes: Sequence[int],
    times: int = 1,
    window: int | None = None,
    features: Sequence[str] = (),
    roles: Sequence[str] = ("command", "query", "feed"),
) -> None:
    """Each item has the bytes it should, in order; credit is given back as it is used up."""
    wanted = list(sizes) * times
    for role in roles:
        peer = context.open(role, initial_window=window, features=list(features))
        stream = peer.request("Stream", {"sizes": wanted})
        _read_with_credit(peer, stream)
        final = peer.expect_type(stream, FrameType.END)
        if final.metadata:
            raise CaseFailure("an END of a test call without TOKEN and AGE", final.describe())
        _check_items(peer, stream, wanted)


def many_at_once(context: Context, streams: int, items: int) -> None:
    """Several streams on one connection: each has its own items in order, and a call among them
    is answered."""
    peer = context.open("query")
    sizes: dict[int, list[int]] = {}
    for _ in range(streams):
        chosen = [context.random.randrange(600) for _ in range(items)]
        sizes[peer.request("Stream", {"sizes": chosen})] = chosen
    echo = peer.request("Echo", {"payload": b"between"})
    for stream, wanted in sizes.items():
        _read_with_credit(peer, stream)
        peer.expect_type(stream, FrameType.END)
        _check_items(peer, stream, wanted)
    if peer.expect_reply(echo)["payload"] != b"between":
        raise CaseFailure("the payload echoed", "another one")


def credit_edge(context: Context) -> None:
    """Credit driven to 2^31 - 1 exactly is fine; to one more ends the connection with FLOW.

    Only while the stream is stalled is its credit known to the byte: after the first ITEM through
    a window of 1.
    """
    for excess in (0, 1):
        peer = context.open("feed", initial_window=1)
        stream = peer.request("Subscribe", {"after_position": 0})
        peer.expect_item(stream)
        peer.credit(stream, CREDIT_MOST - peer.calls[stream].credit + excess)
        if excess:
            peer.expect_goaway("FLOW", strict=context.strict)
        else:
            peer.expect_item(stream)
            peer.probe()


def _read_with_credit(peer: Peer, stream: int) -> None:
    """Reads to the final frame, and gives credit whenever the server can't go on."""
    call = peer.calls[stream]
    while call.final is None:
        if call.credit <= 0:
            peer.credit(stream, max(CREDIT_LEAST, peer.window - call.credit))
        peer.read_frame(
            f"stream {stream}: the next ITEM or END", None, lambda frame: frame.stream == stream
        )


def _check_items(peer: Peer, stream: int, sizes: Sequence[int]) -> None:
    items: list[Any] = peer.calls[stream].items
    if len(items) != len(sizes):
        raise CaseFailure(f"{len(sizes)} ITEMs", f"{len(items)}")
    for index, (frame, size) in enumerate(zip(items, sizes)):
        if peer.body(frame) != pattern(index, size):
            raise CaseFailure(f"ITEM {index} with its {size} bytes", frame.describe())
        if frame.metadata:
            raise CaseFailure("an ITEM without metadata", frame.describe())
