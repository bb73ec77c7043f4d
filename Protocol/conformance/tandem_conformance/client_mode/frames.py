"""Frames as the reference server reads and writes them: each field can be given, right or wrong."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ..wire import crc32c

HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR = 1, 2, 3, 4, 5, 6, 7
CANCEL, CREDIT, PING, PONG, GOAWAY = 8, 9, 10, 11, 12
NAMES = {
    1: "HELLO", 2: "WELCOME", 3: "REQUEST", 4: "RESPONSE", 5: "ITEM", 6: "END", 7: "ERROR",
    8: "CANCEL", 9: "CREDIT", 10: "PING", 11: "PONG", 12: "GOAWAY",
}
META, CRC = 0x01, 0x80
REPLAYED = NOT_PROCESSED = HARD = 0x02
REPLAYED_ERROR = 0x04

TRACE_PARENT, KEY, AT_LEAST, MAX_STALENESS, TOKEN, AGE = 1, 2, 3, 4, 5, 6
CUSTOM_TEXT, CUSTOM_BINARY = 0x40, 0x41
NEVER = 0xFFFFFFFF


def name(kind: int) -> str:
    return NAMES.get(kind, f"a frame of type {kind:02X}")


@dataclass
class Frame:
    """One frame from the client."""

    type: int
    flags: int
    a: int
    stream: int
    b: int
    length: int
    body: bytes
    metadata: list[tuple[int, bytes]] = field(default_factory=list)
    at: float = 0.0

    def __str__(self) -> str:
        return f"{name(self.type)} (stream {self.stream})"

    def entry(self, tag: int) -> bytes | None:
        return next((value for found, value in self.metadata if found == tag), None)


def entries(pairs: list[tuple[int, bytes]]) -> bytes:
    """Metadata entries, without the block's own length."""
    return b"".join(struct.pack(">BH", tag, len(value)) + value for tag, value in pairs)


def encode(
    kind: int,
    *,
    flags: int = 0,
    a: int = 0,
    stream: int = 0,
    b: int = 0,
    block: bytes | None = None,
    block_length: int | None = None,
    body: bytes = b"",
    length: int | None = None,
    crc: str = "none",
) -> bytes:
    """A frame. `block` sets META by itself; `crc` is none, good or bad (one bit off)."""
    if block is not None:
        flags |= META
        size = len(block) if block_length is None else block_length
        body = struct.pack(">H", size) + block + body
    if crc != "none":
        flags |= CRC
    natural = 12 + len(body) + (4 if crc != "none" else 0)
    head = struct.pack(
        ">IBBHII", natural if length is None else length, kind, flags, a, stream, b
    )
    frame = head + body
    if crc != "none":
        frame += struct.pack(">I", crc32c(frame) ^ (1 if crc == "bad" else 0))
    return frame


class Malformed(Exception):
    """What a frame from the client breaks; the text begins with the rule's id."""


def parse_metadata(payload: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The entries of a frame with META, and its body."""
    if len(payload) < 2:
        raise Malformed("[FR-10] META is set, but the frame has no room for a block")
    size = struct.unpack_from(">H", payload)[0]
    if size > len(payload) - 2:
        raise Malformed(f"[FR-10] a metadata block of {size} bytes in {len(payload) - 2} bytes")
    found: list[tuple[int, bytes]] = []
    block = payload[2 : 2 + size]
    at = 0
    while at < len(block):
        if at + 3 > len(block):
            raise Malformed("[FR-10] a metadata entry is cut off")
        tag, length = struct.unpack_from(">BH", block, at)
        at += 3
        if at + length > len(block):
            raise Malformed(f"[FR-10] metadata entry {tag:02X} is longer than its block")
        found.append((tag, block[at : at + length]))
        at += length
    return found, payload[2 + size :]
