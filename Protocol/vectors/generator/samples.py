"""Good frames of each type, and what a decoder finds in bytes."""

from __future__ import annotations

from typing import Any

from . import codec
from .codec import (
    CANCEL, CREDIT, END, ERROR, GOAWAY, HELLO, ITEM, NAMES, NEVER, PING, PONG, REQUEST, RESPONSE,
    WELCOME, Frame,
)

LIMIT = 1 << 20

META_BLOCK = codec.block(codec.entry(codec.AGE, bytes([0, 0, 0, 12])))


def seen(*frames: Frame | tuple[int, int], rest: int = 0) -> dict[str, Any]:
    """What a decoder finds: frames, and (type, length) of those that it skips."""
    found: list[dict[str, Any]] = []
    for frame in frames:
        if isinstance(frame, Frame):
            found.append(
                {
                    "type": frame.kind, "name": NAMES[frame.kind], "flags": frame.flags,
                    "a": frame.a, "stream": frame.stream, "b": frame.b,
                    "payload": frame.payload.hex(),
                }
            )
        else:
            found.append({"skipped": frame[0], "length": frame[1]})
    return {"frames": found, "rest": rest}


def sample(kind: int) -> Frame:
    """A good frame of each type."""
    return {
        HELLO: Frame(HELLO, payload=b"\x4a\x01x"),
        WELCOME: Frame(WELCOME, payload=b"\x4a\x01x"),
        REQUEST: Frame(REQUEST, 0, 7, 0x01020304, 5000, b"a body"),
        RESPONSE: Frame(RESPONSE, 0, 0, 1, 0, b"\x08\x01"),
        ITEM: Frame(ITEM, 0, 2, 3, 99, b"\x78"),
        END: Frame(END, 0, 0, 3),
        ERROR: Frame(ERROR, 0, 5, 4, NEVER, b"\x0a\x01m"),
        CANCEL: Frame(CANCEL, stream=5),
        CREDIT: Frame(CREDIT, stream=5, b=0x7FFFFFFF),
        PING: Frame(PING, payload=bytes(range(1, 9))),
        PONG: Frame(PONG, payload=bytes(range(1, 9))),
        GOAWAY: Frame(GOAWAY, 0, 3, 6, 30_000, b"\x0a\x03bye"),
    }[kind]
