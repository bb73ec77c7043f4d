"""The last act: documents outgrow what the memory leaves them. The server must say so and go on."""

from __future__ import annotations

import os
import random
import time

from tandem_conformance import messages, wire
from tandem_conformance.names import FrameType

from . import requests
from .abuser import Shop
from .commands import Growth
from .connections import GET_ORDER
from .crowd import Connection, Crowd
from .verdict import Finding

HEALTH = "tandem.meta.v1.Meta/Health"
RENAME_USER = f"{requests.COMMANDS}/RenameUser"
SECONDS_MAX = 180
ANSWER_SECONDS_MAX = 30


def outgrow(crowd: Crowd, shop: Shop, chance: random.Random) -> list[Finding]:
    """Places orders until the projection says that it waits; then looks at what still works."""
    growth = Growth(crowd, shop, chance)
    growth.open_calls_max = 8
    deadline = time.monotonic() + SECONDS_MAX
    waits = ""
    while not waits and time.monotonic() < deadline:
        growth.round()
        crowd.turn(0.02)
        if growth.every(1.0, "health"):
            waits = _projection_waits(crowd)
    for connection in list(growth.held):
        crowd.close(connection)
    write = ask(crowd, "command", RENAME_USER,
                requests.rename_user(shop.small_user, f"name {chance.getrandbits(40)}"),
                os.urandom(6) + b"\x40\0\x80" + os.urandom(7))
    return [
        Finding("documents that outgrew the memory were said to", bool(waits), waits),
        can_be_read(crowd, "meanwhile"),
        Finding("commands were still carried out", *_is_answered(write)),
    ]


def can_be_read(crowd: Crowd, when: str) -> Finding:
    """Whether a document that was there before is answered."""
    frame = ask(crowd, "query", GET_ORDER, messages.field(1, 1))
    return Finding(f"documents that were there could be read {when}", *_is_answered(frame))


def _projection_waits(crowd: Crowd) -> str:
    """What Health says of it."""
    frame = ask(crowd, "query", HEALTH)
    if not frame or frame[4] != FrameType.RESPONSE:
        return ""
    reasons = messages.decode("HealthReply", wire.decode(frame).body).get("reasons", [])
    return next((reason for reason in reasons if "projection waits" in reason), "")


def ask(crowd: Crowd, role: str, method: str, body: bytes = b"", key: bytes = b"") -> bytes:
    """One call on a connection of its own; its final frame, or nothing."""
    answers: list[bytes] = []

    def note(kind: int, stream: int, frame: bytes) -> None:
        if kind in (FrameType.RESPONSE, FrameType.ERROR):
            answers.append(frame)

    connection: Connection | None = crowd.open(role, [method])
    if connection is None:
        return b""
    connection.on_frame = note
    connection.call(body, key=key)
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while not answers and not connection.is_closed and time.monotonic() < deadline:
        crowd.turn(0.1)
    crowd.close(connection)
    return answers[0] if answers else b""


def _is_answered(frame: bytes) -> tuple[bool, str]:
    if not frame:
        return False, "no answer"
    is_answered = frame[4] == FrameType.RESPONSE
    return is_answered, "" if is_answered else wire.decode(frame).describe()
