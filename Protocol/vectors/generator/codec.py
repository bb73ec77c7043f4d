"""What the chapters write with: the tooling's codec, in the few words that vectors need."""

from __future__ import annotations

from typing import NamedTuple

from tandem_conformance.messages import field as lump
from tandem_conformance.messages import fixed64, varint
from tandem_conformance.names import MAGIC, NEVER, Flag, FrameType, Role, Tag
from tandem_conformance.wire import (
    block, crc32c, encode, entry, header, preface, token, with_checksum,
)

__all__ = [
    "MAGIC", "NEVER", "block", "crc32c", "entry", "fixed64", "header", "lump", "preface", "token",
    "varint", "with_checksum",
]

# Plain numbers: they go into JSON as they are.
COMMAND, QUERY, FEED = map(int, Role)
NAMES = {int(kind): kind.name for kind in FrameType}
(HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR, CANCEL, CREDIT, PING, PONG, GOAWAY) = NAMES
META, SECOND, CRC = int(Flag.META), int(Flag.REPLAYED), int(Flag.CRC)
"""Flags; the second is REPLAYED, NOT_PROCESSED or HARD, by type."""
(TRACE_PARENT, IDEMPOTENCY_KEY, AT_LEAST, MAX_STALENESS, TOKEN, AGE, CUSTOM_TEXT,
 CUSTOM_BINARY) = map(int, Tag)


class Frame(NamedTuple):
    """A frame by its fields; the payload is metadata block and body."""

    kind: int
    flags: int = 0
    a: int = 0
    stream: int = 0
    b: int = 0
    payload: bytes = b""

    @property
    def bytes(self) -> bytes:
        """The frame on the wire; with the trailer, if its flags say so."""
        return encode(self.kind, flags=self.flags, a=self.a, stream=self.stream, b=self.b,
                      body=self.payload, crc=bool(self.flags & CRC))

    def checked(self) -> Frame:
        """The same frame with a checksum."""
        return self._replace(flags=self.flags | CRC)


def number(field: int, value: int) -> bytes:
    """A varint field; a message does not carry zeros."""
    return lump(field, value) if value else b""
