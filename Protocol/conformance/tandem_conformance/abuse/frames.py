"""Abuse by frames: pings, credit by the byte, skippable ones, and damaged ones."""

from __future__ import annotations

from typing import Any

from .. import messages, wire
from ..context import Context
from ..names import FrameType, Role, Tag
from ..outcome import CaseFailure
from . import blobs
from .flood import Piece, flood
from .measure import Plan
from .scene import (
    ATTEMPT,
    CONNECTIONS_PER_ADDRESS,
    ECHO,
    MIB,
    STREAM,
    attack,
    connections_bound,
    is_long,
)

NUISANCES = 200
FRAMES, FRAMES_LONG = 20_000, 1_000_000


def ping_flood(context: Context) -> dict[str, Any]:
    """One PING too many, again and again; PONGs that nobody asked for on every other one."""
    opening = Piece(blobs.opening(Role.QUERY, [ECHO]))
    pong = wire.encode(FrameType.PONG, body=bytes(8))
    return _calm(
        flood(context, [[opening, Piece(one, NUISANCES + 1)] for one in (blobs.ping(0), pong)])
    )


def credit_dribble(context: Context) -> dict[str, Any]:
    """Credit by the byte for a stream that waits for it."""
    opening = Piece(blobs.opening(Role.QUERY, [STREAM], window=1))
    call = Piece(blobs.request(1, messages.encode("StreamRequest", {"sizes": [50_000] * 20})))
    credit = Piece(wire.encode(FrameType.CREDIT, stream=1, b=1), NUISANCES + 1)
    return _calm(flood(context, [[opening, call, credit]]))


def skippable_flood(context: Context) -> dict[str, Any]:
    """Frames of types that nobody knows, most of them small, some as long as a frame may be."""
    opening = Piece(blobs.opening(Role.QUERY, [ECHO]))
    small = wire.encode(0xF4, body=bytes(12))
    large = wire.encode(0xF5, body=bytes(MIB - 12))
    return _calm(
        flood(
            context,
            [
                [opening, Piece(small, NUISANCES + 1)],
                [opening, Piece(small, NUISANCES + 1)],
                [opening, Piece(large, 3), Piece(small, NUISANCES - 2)],
            ],
            # One connection at a time; the one before may not be quite gone.
            connections_bound(CONNECTIONS_PER_ADDRESS).plus(2 * MIB, "2 frames of 1 MiB"),
        )
    )


def _calm(figures: dict[str, Any]) -> dict[str, Any]:
    """Fails unless every connection was ended with CALM."""
    if set(figures["ends"]) != {"8"}:
        raise CaseFailure("every connection to end with GOAWAY CALM (8)", str(figures["ends"]))
    return figures


def damaged_frames(context: Context) -> dict[str, Any]:
    """Frames damaged at random on all ports: the server survives them all, and says INTERNAL to
    none."""
    wanted = FRAMES_LONG if is_long() else FRAMES
    ports = [
        {
            "address": list(address), "opening": _opening(role).hex(),
            "frames": [frame.hex() for frame in whole_frames(role)],
        }
        for role, address in context.addresses.items()
    ]
    seed = context.random.randrange(2**32)
    plan = Plan(
        {"attack": "mutations", "ports": ports, "seed": seed},
        until={"frames": wanted}, within=3600 if is_long() else 600,
    )
    context.figures["mutation_seed"] = seed
    bound = connections_bound(CONNECTIONS_PER_ADDRESS)
    figures = attack(context, plan, bound)
    if figures["frames"] < wanted:
        raise CaseFailure(f"{wanted} damaged frames to be dealt with", f"{figures['frames']}")
    wrong = {name: figures[name] for name in ("hung", "internal_errors") if name in figures}
    if wrong:
        raise CaseFailure("no batch of frames to hang, and no answer INTERNAL", str(wrong))
    return figures


# Windows as large as can be: a stream that waited for credit would keep its connection open.
WINDOW_MAX = 2**31 - 1
KEY = bytes(range(16))


def _opening(role: str) -> bytes:
    return blobs.opening(Role[role.upper()], METHODS[role], WINDOW_MAX)


METHODS = {
    "command": [ECHO, ATTEMPT, "tandem.orders.v1.OrderCommands/PayOrder"],
    "query": [ECHO, STREAM, "tandem.orders.v1.OrderQueries/ListUsers"],
    "feed": [ECHO, STREAM],
}


def whole_frames(role: str) -> list[bytes]:
    """What the damage is done to: every kind of frame that a client may send."""
    echo = messages.encode("EchoRequest", {"payload": b"to be damaged", "nest": {"nest": {}}})
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    second = {
        "command": messages.encode("AttemptRequest", {"name": "damage", "fail_times": 2}),
        "query": messages.encode("StreamRequest", {"sizes": [3, 1, 4, 1, 5]}),
        "feed": messages.encode("StreamRequest", {"sizes": [3, 1, 4, 1, 5]}),
    }[role]
    third = messages.encode("PayOrderRequest", {"order_id": 7})
    metadata = [
        (Tag.IDEMPOTENCY_KEY, KEY), (Tag.TRACE_PARENT, trace), (Tag.AT_LEAST, bytes(16)),
        (Tag.CUSTOM_TEXT, b"name\0value"), (Tag.CUSTOM_BINARY, b"name\0\xff"),
    ]
    # The abuser gives each its stream id.
    frames = [
        wire.encode(FrameType.REQUEST, a=a, b=50, metadata=entries, body=body)
        for a, body in enumerate((echo, second, third))
        for entries in (None, metadata)
    ]
    return frames + [
        wire.encode(FrameType.CANCEL),
        wire.encode(FrameType.CREDIT, b=4096),
        wire.encode(FrameType.PING, body=b"damaged!"),
        wire.encode(FrameType.PONG, body=b"damaged!"),
        wire.encode(FrameType.GOAWAY, a=0, body=messages.encode("GoAway", {"message": "bye"})),
        wire.encode(FrameType.HELLO, body=messages.encode("Hello", {"methods": [ECHO]})),
        wire.encode(0xF1, body=b"to be skipped"),
    ]
