"""Abuse by calls: cancelled at once, one too many, and too large to hold."""

from __future__ import annotations

import time
from typing import Any

from .. import messages
from ..context import Context
from ..names import Role
from ..outcome import CaseFailure, CaseSkipped
from ..peer import Peer
from . import blobs, queues
from .flood import Piece, flood
from .holding import CALLS_IN_FLIGHT
from .measure import Plan
from .scene import (
    ATTEMPT,
    CONNECTIONS_PER_ADDRESS,
    KIB,
    MIB,
    SLEEP,
    attack,
    connections_bound,
    expect_ends,
)
from .tally import BARE_CLOSE

LONG_SLEEP = messages.encode("SleepRequest", {"ms": 60_000})
IN_FLIGHT_BYTES = 16 * MIB
FRAME_BYTES = MIB
LARGE_SLEEP_MS = 300
# Until the first calls end, we have to have seen how much is taken: it takes 0.4 s, and more where
# the machine stands still for a moment.
FIRST_SLEEP_MS = 2_000
# For all of them in turn, 16 MiB at a time.
PATIENCE_SECONDS = 60
LARGE_SLEEP_BYTES = 60 * KIB
# TestCommands/Attempt takes 1,000 KiB, the largest body that any method takes.
LARGE_COMMAND_BYTES = 1000 * KIB
HOLDERS = 4


def every_cancel_ends_its_call(context: Context, pairs: int) -> None:
    """REQUEST and CANCEL in turns, never more calls open than allowed: each gets one final."""
    peer = context.open()
    waiting: list[int] = []
    for _ in range(pairs):
        waiting.append(peer.request(SLEEP, LONG_SLEEP))
        peer.cancel(waiting[-1])
        if len(waiting) == CALLS_IN_FLIGHT:
            _expect_all_cancelled(peer, waiting)
            waiting = []
    _expect_all_cancelled(peer, waiting)
    peer.probe()


def _expect_all_cancelled(peer: Peer, streams: list[int]) -> None:
    for stream in streams:
        peer.expect_error(stream, "CANCELLED")


def cancel_loop(context: Context) -> dict[str, Any]:
    """REQUEST and CANCEL at full speed, whatever the answers."""
    config = {
        "attack": "cancel-loop", "method": SLEEP, "body": LONG_SLEEP.hex(), "pairs": 20_000
    }
    figures = attack(context, Plan(config), connections_bound(CONNECTIONS_PER_ADDRESS))
    # Who does not wait for finals may well have a call too many open: LIMIT.
    expect_ends(figures, BARE_CLOSE, "7")
    return figures


def one_too_many(context: Context) -> dict[str, Any]:
    """A connection with one call too many, again and again."""
    count = CALLS_IN_FLIGHT + 1
    calls = b"".join(blobs.request(stream, LONG_SLEEP) for stream in range(1, count + 1))
    opening = Piece(blobs.opening(Role.QUERY, [SLEEP]))
    figures = flood(context, [[opening, Piece(calls, frames=count)]])
    expect_ends(figures, "7")
    return figures


def reading_pauses(context: Context) -> dict[str, Any]:
    """1,024 large calls at once: the server takes 16 MiB of them, and the rest as calls end."""
    peer = context.open()
    body = blobs.padded(messages.encode("SleepRequest", {"ms": FIRST_SLEEP_MS}), LARGE_SLEEP_BYTES)
    index = peer.index(SLEEP)
    data = b"".join(
        blobs.request(stream, body, method=index) for stream in range(1, CALLS_IN_FLIGHT + 1)
    )
    queues.keep_send_buffer_small(peer.link.socket)
    accepted = _send_what_is_taken(peer, data, seconds=0.4)
    waiting = queues.on_the_way(peer.link.socket)
    # A connection of this machine tells what the server has not read; of another one the system's
    # buffers may hold as much as they are large.
    most = IN_FLIGHT_BYTES + FRAME_BYTES
    if waiting is None:
        most += queues.receive_buffer_most() + 2 * queues.SEND_BUFFER
    taken = accepted - (waiting or 0)
    if most >= len(data):
        raise CaseSkipped(f"the system's buffers may hold all of what is sent, {len(data)} bytes")
    if taken > most:
        raise CaseFailure(
            f"reading to pause at {IN_FLIGHT_BYTES} bytes of open calls, so that at most {most}"
            " bytes are taken",
            f"{taken} bytes taken",
        )
    for stream in range(1, CALLS_IN_FLIGHT + 1):
        peer.track(stream, index)
    peer.send_bytes(data[accepted:], timeout=PATIENCE_SECONDS)
    for stream in range(1, CALLS_IN_FLIGHT + 1):
        peer.expect_reply(stream)
    return {"taken_bytes": taken, "on_the_way_bytes": waiting, "sent_bytes": len(data)}


def _send_what_is_taken(peer: Peer, data: bytes, seconds: float) -> int:
    """How many bytes of it went out in that time."""
    rest = memoryview(data)
    deadline = time.monotonic() + seconds
    while rest and time.monotonic() < deadline:
        try:
            rest = rest[peer.link.socket.send(rest[:MIB]) :]
        except BlockingIOError:
            time.sleep(0.005)
    return len(data) - len(rest)


def large_calls(context: Context) -> dict[str, Any]:
    """Connections that each send 1,024 calls of 60 KiB, of which 16 MiB are open at a time."""
    message = messages.encode("SleepRequest", {"ms": LARGE_SLEEP_MS})
    sleep = {"method": SLEEP, "message": message.hex(), "body_size": LARGE_SLEEP_BYTES}
    config = {"attack": "bodies", "keyed": False, "size": HOLDERS, **sleep}
    bound = connections_bound(HOLDERS, IN_FLIGHT_BYTES + FRAME_BYTES, IN_FLIGHT_TEXT)
    plan = Plan(config, pause_after=IN_FLIGHT_BYTES, pause_seconds=LARGE_SLEEP_MS / 1e3)
    return attack(context, plan, bound)


def large_commands(context: Context) -> dict[str, Any]:
    """Connections that each send 1,024 commands of 1,000 KiB with no pause."""
    message = messages.encode("AttemptRequest", {"name": "abuse"})
    attempt = {"method": ATTEMPT, "message": message.hex(), "body_size": LARGE_COMMAND_BYTES}
    config = {"attack": "bodies", "keyed": True, "size": HOLDERS, **attempt}
    bound = connections_bound(HOLDERS, IN_FLIGHT_BYTES + FRAME_BYTES, IN_FLIGHT_TEXT)
    return attack(context, Plan(config), bound, role="command")


IN_FLIGHT_TEXT = "16 MiB in flight + a frame of 1 MiB"
