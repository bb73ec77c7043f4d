"""Writes what SPEC.md describes: preface, frames, metadata, checksums, and a little protobuf."""

from __future__ import annotations

from typing import NamedTuple

MAGIC = bytes.fromhex("f4544e440d0a")
COMMAND, QUERY, FEED = 1, 2, 3

HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END = 1, 2, 3, 4, 5, 6
ERROR, CANCEL, CREDIT, PING, PONG, GOAWAY = 7, 8, 9, 10, 11, 12
NAMES = dict(
    enumerate(
        "HELLO WELCOME REQUEST RESPONSE ITEM END ERROR CANCEL CREDIT PING PONG GOAWAY".split(), 1
    )
)

META, SECOND, CRC = 0x01, 0x02, 0x80
"""Flags; the second is REPLAYED, NOT_PROCESSED or HARD, by type."""

TRACE_PARENT, IDEMPOTENCY_KEY, AT_LEAST, MAX_STALENESS, TOKEN, AGE = 1, 2, 3, 4, 5, 6
CUSTOM_TEXT, CUSTOM_BINARY = 0x40, 0x41

NEVER = 0xFFFF_FFFF


def preface(role: int, major: int = 1) -> bytes:
    """The eight bytes that a client sends first."""
    return MAGIC + bytes([major, role])


def header(
    length: int, kind: int, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0
) -> bytes:
    """Sixteen bytes, whatever their meaning."""
    return (
        length.to_bytes(4, "big")
        + bytes([kind, flags])
        + a.to_bytes(2, "big")
        + stream.to_bytes(4, "big")
        + b.to_bytes(4, "big")
    )


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
        trailer = 4 if self.flags & CRC else 0
        length = 12 + len(self.payload) + trailer
        whole = header(length, self.kind, self.flags, self.a, self.stream, self.b) + self.payload
        return with_checksum(whole) if trailer else whole

    def checked(self) -> Frame:
        """The same frame with a checksum."""
        return self._replace(flags=self.flags | CRC)


def with_checksum(whole: bytes) -> bytes:
    """Appends the trailer to a frame whose length counts it already."""
    return whole + crc32c(whole).to_bytes(4, "big")


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), bit by bit: reflected, initial value and final XOR all ones."""
    register = 0xFFFF_FFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F6_3B78 if register & 1 else 0)
    return register ^ 0xFFFF_FFFF


def entry(tag: int, value: bytes, length: int | None = None) -> bytes:
    """One metadata entry; `length` lies."""
    size = len(value) if length is None else length
    return bytes([tag]) + size.to_bytes(2, "big") + value


def block(*entries: bytes, length: int | None = None) -> bytes:
    """A metadata block; `length` lies."""
    body = b"".join(entries)
    size = len(body) if length is None else length
    return size.to_bytes(2, "big") + body


def token(epoch: int, position: int) -> bytes:
    """A consistency token."""
    return epoch.to_bytes(8, "big") + position.to_bytes(8, "big")


# Protobuf, as far as the control messages need it.


def varint(value: int) -> bytes:
    """Base 128, least significant group first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """A varint field; a message does not carry zeros."""
    return varint(field << 3) + varint(value) if value else b""


def lump(field: int, value: bytes | str) -> bytes:
    """A length-delimited field, written even if it is empty."""
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def fixed64(field: int, value: int) -> bytes:
    """A fixed64 field: little-endian, protobuf's own way."""
    return varint(field << 3 | 1) + value.to_bytes(8, "little")
