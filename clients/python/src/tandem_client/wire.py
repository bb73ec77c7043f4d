"""Frames, their checksums and their metadata, as bytes (SPEC.md, sections 3, 4 and 10).

     0  u32  length: the bytes after this field        8  u32  stream
     4  u8   type                                     12  u32  b
     5  u8   flags                                    16  the metadata block, if flag META is set
     6  u16  a                                         …  the body; the CRC-32C, if flag CRC is set
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from .errors import GoAwayCode, Violation

MAGIC: Final = bytes.fromhex("f4544e440d0a")
MAJOR: Final = 1
HEADER: Final = struct.Struct(">IBBHII")
LENGTH_MIN: Final = 12
LENGTH_MAX: Final = (1 << 24) - 1
METADATA_MAX: Final = 8192

# Frame types, from 1 on, and the flags that a frame may have besides CRC (FR-01).
Type = IntEnum("Type", (
    "HELLO WELCOME REQUEST RESPONSE ITEM END ERROR CANCEL CREDIT PING PONG GOAWAY"))
META, REPLAYED, NOT_PROCESSED, HARD, ERROR_REPLAYED, CRC = 0x01, 0x02, 0x02, 0x02, 0x04, 0x80
_FLAGS: Final[dict[int, int]] = {
    **dict.fromkeys(Type, 0), Type.REQUEST: META, Type.RESPONSE: META | REPLAYED,
    Type.ITEM: META, Type.END: META, Type.ERROR: META | NOT_PROCESSED | ERROR_REPLAYED,
    Type.GOAWAY: HARD}

# Metadata tags, and how long their values are.
TRACE_PARENT, IDEMPOTENCY_KEY, AT_LEAST, MAX_STALENESS, TOKEN, AGE = range(0x01, 0x07)
CUSTOM_TEXT, CUSTOM_BINARY = 0x40, 0x41
_AGE_UNKNOWN: Final = b"\xff\xff\xff\xff"
_SIZES: Final = {IDEMPOTENCY_KEY: 16, AT_LEAST: 16, MAX_STALENESS: 4, TOKEN: 16, AGE: 4}
_CUSTOM: Final = (CUSTOM_TEXT, CUSTOM_BINARY)

Entries = Sequence[tuple[int, bytes]]
Custom = tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `size` counts all bytes of one that has come."""

    type: int
    flags: int = 0
    a: int = 0
    stream: int = 0
    b: int = 0
    entries: Entries = ()
    body: bytes = b""
    size: int = 0


def encode(frame: Frame, crc: bool = False) -> bytes:
    """A frame's bytes; it has a metadata block if it has entries."""
    block = b"".join(struct.pack(">BH", tag, len(value)) + value for tag, value in frame.entries)
    if block:
        block = struct.pack(">H", len(block)) + block
    flags = frame.flags | META * bool(block) | CRC * crc
    length = LENGTH_MIN + len(block) + len(frame.body) + 4 * crc
    head = HEADER.pack(length, frame.type, flags, frame.a, frame.stream, frame.b)
    data = head + block + frame.body
    return data + crc32c(data).to_bytes(4) if crc else data


class FrameDecoder:
    """Cuts a stream of bytes into frames (FR-03), and holds no more than one frame may have.

    `length_max` and `crc`, whether the feature crc32c was agreed, may change between two frames:
    what `frames` has not yielded yet is checked by their new values.
    """

    def __init__(self, length_max: int, crc: bool = False) -> None:
        self.length_max, self.crc = length_max, crc
        self._buffer = bytearray()

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Yields what is whole; raises Violation at the first frame that breaks a rule."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= 4:
            length = int.from_bytes(buffer[:4])
            # By the length alone: a hostile one must not make us wait for its bytes (FR-02).
            if not LENGTH_MIN <= length <= min(self.length_max, LENGTH_MAX):
                raise Violation(f"a frame has the length {length}", GoAwayCode.SIZE)
            # Without checksums the header can be believed before the body is there.
            if not self.crc and len(buffer) >= 6:
                _check_head(buffer[4], buffer[5])
            if len(buffer) < 4 + length:
                return
            raw = bytes(buffer[:4 + length])
            del buffer[:4 + length]
            yield self._decode(raw)

    def _decode(self, raw: bytes) -> Frame:
        _, kind, flags, a, stream, b = HEADER.unpack_from(raw)
        start, end = HEADER.size, len(raw)
        if self.crc and kind not in (Type.HELLO, Type.WELCOME):
            end -= 4
            if flags & CRC and end < start:
                raise Violation("a frame is too short for its CRC-32C", GoAwayCode.SIZE)
            if not flags & CRC or crc32c(raw[:end]) != int.from_bytes(raw[end:]):
                raise Violation("a CRC-32C is wrong or missing", GoAwayCode.CHECKSUM)  # FR-15
            flags &= ~CRC
        _check_head(kind, flags)
        if kind >= 0x80:
            return Frame(kind, size=len(raw))  # To be skipped (FR-04).
        entries: Entries = ()
        if flags & META:
            entries, start = parse_metadata(raw, start, end)
        if kind in (Type.WELCOME, Type.PING, Type.PONG) and (a or stream or b):
            raise Violation(f"{Type(kind).name} has a field that must be 0")
        if kind in (Type.PING, Type.PONG) and end - start != 8:  # FR-06
            raise Violation(f"{Type(kind).name} has not 8 bytes of body")
        return Frame(kind, flags, a, stream, b, entries, raw[start:end], len(raw))


def _check_head(kind: int, flags: int) -> None:
    """FR-01, FR-04 and FR-16. CRC has been taken off where it was agreed."""
    if kind < 0x80 and kind not in _FLAGS:
        raise Violation(f"there is no frame type {kind:02X}")
    if flags & ~_FLAGS.get(kind, 0xFF & ~CRC):  # Of what is skipped only CRC is looked at.
        raise Violation(f"a frame of type {kind:02X} has undefined flags: {flags:02X}")


def parse_metadata(raw: bytes, start: int, end: int) -> tuple[Entries, int]:
    """The entries of the block at `start`, and where the body begins (FR-10 to FR-12)."""
    offset = start + 2
    stop = offset + int.from_bytes(raw[start:offset])
    if offset > end or stop > end:
        raise Violation("a metadata block is longer than its frame")
    entries: list[tuple[int, bytes]] = []
    while offset < stop:
        tag, value = raw[offset], offset + 3
        offset = value + int.from_bytes(raw[offset + 1:value])
        if value > stop or offset > stop:
            raise Violation(f"metadata entry {tag:02X} is longer than its block")
        if tag < 0x80:
            if tag not in (TRACE_PARENT, *_SIZES, *_CUSTOM):
                raise Violation(f"there is no metadata tag {tag:02X}")
            if tag not in _CUSTOM and any(tag == other for other, _ in entries):
                raise Violation(f"metadata tag {tag:02X} stands twice")
            entries.append((tag, raw[value:offset]))
    return entries, stop


@dataclass(frozen=True, slots=True)
class Token:
    """A place in a log: all that happened up to `position` in the log `epoch`."""

    epoch: int
    position: int

    def encode(self) -> bytes:
        return struct.pack(">QQ", self.epoch, self.position)

    @classmethod
    def decode(cls, data: bytes) -> Token:
        return cls(*struct.unpack(">QQ", data))


@dataclass(frozen=True, slots=True)
class AnswerMetadata:
    """What an answer says about itself."""

    token: Token | None = None
    age_ms: int | None = None
    """How old the answer may be; None if it is not known or not said."""
    custom: Custom = ()

    @classmethod
    def of(cls, entries: Entries) -> AnswerMetadata:
        """Raises Violation for a value of the wrong form, even without a meaning here (FR-13)."""
        custom: list[tuple[str, str | bytes]] = []
        try:
            for tag, value in entries:
                if tag in _CUSTOM:
                    name, zero, data = value.partition(b"\0")
                    if not name or not zero:
                        raise ValueError("a custom entry has no name, or no zero byte behind it")
                    custom.append((name.decode(), data.decode() if tag == CUSTOM_TEXT else data))
                elif tag == TRACE_PARENT:
                    value.decode()
                elif len(value) != _SIZES[tag]:
                    raise ValueError(f"tag {tag:02X} has {len(value)} bytes")
        except ValueError as error:
            raise Violation(f"an answer's metadata is malformed: {error}") from None
        said = dict(entries)
        token = Token.decode(said[TOKEN]) if TOKEN in said else None
        age = None if said.get(AGE, _AGE_UNKNOWN) == _AGE_UNKNOWN else int.from_bytes(said[AGE])
        return cls(token, age, tuple(custom))


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


_CRC_TABLE: Final = tuple(map(_crc_of_byte, range(256)))


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), as iSCSI has it: 0xE3069283 for `123456789`."""
    crc, table = 0xFFFFFFFF, _CRC_TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF
