"""Frames: a header of 16 bytes, metadata, a body, and perhaps a CRC-32C (SPEC.md, section 3).

     0  u32  length: the bytes after this field        8  u32  stream
     4  u8   type                                     12  u32  b
     5  u8   flags                                    16  the metadata block, if flag META is set
     6  u16  a                                         …  the body; the CRC-32C, if flag CRC is set
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from .errors import GoAwayCode, Violation, protocol_error
from .metadata import Entries, parse_entries

MAGIC: Final = bytes.fromhex("f4544e440d0a")
HEADER: Final = struct.Struct(">IBBHII")
LENGTH_MIN: Final = 12
LENGTH_MAX: Final = (1 << 24) - 1
WELCOME_LENGTH_MAX: Final = 1 << 20

META: Final = 0x01
REPLAYED: Final = 0x02
NOT_PROCESSED: Final = 0x02
HARD: Final = 0x02
ERROR_REPLAYED: Final = 0x04
CRC: Final = 0x80


class Type(IntEnum):
    HELLO = 0x01
    WELCOME = 0x02
    REQUEST = 0x03
    RESPONSE = 0x04
    ITEM = 0x05
    END = 0x06
    ERROR = 0x07
    CANCEL = 0x08
    CREDIT = 0x09
    PING = 0x0A
    PONG = 0x0B
    GOAWAY = 0x0C


# Which flags a frame may have besides CRC (FR-01).
_FLAGS: Final = {
    Type.HELLO: 0, Type.WELCOME: 0, Type.REQUEST: META, Type.RESPONSE: META | REPLAYED,
    Type.ITEM: META, Type.END: META, Type.ERROR: META | NOT_PROCESSED | ERROR_REPLAYED,
    Type.CANCEL: 0, Type.CREDIT: 0, Type.PING: 0, Type.PONG: 0, Type.GOAWAY: HARD,
}
_NO_CRC: Final = frozenset((Type.HELLO, Type.WELCOME))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, checked as far as that needs no other frame. `size` counts all its bytes."""

    type: int
    flags: int = 0
    a: int = 0
    stream: int = 0
    b: int = 0
    entries: Entries = ()
    body: bytes = b""
    size: int = 0


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC_TABLE: Final = _crc_table()


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), as iSCSI has it: 0xE3069283 for `123456789`."""
    crc, table = 0xFFFFFFFF, _CRC_TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def encode(kind: int, *, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0,
           metadata: bytes = b"", body: bytes = b"", crc: bool = False) -> bytes:
    """A frame's bytes. `metadata` is the block's entries; without any the frame has no block."""
    block = struct.pack(">H", len(metadata)) + metadata if metadata else b""
    flags |= (META if block else 0) | (CRC if crc else 0)
    length = LENGTH_MIN + len(block) + len(body) + (4 if crc else 0)
    data = HEADER.pack(length, kind, flags, a, stream, b) + block + body
    return data + struct.pack(">I", crc32c(data)) if crc else data


class FrameDecoder:
    """Cuts a stream of bytes into frames, and holds no more of it than one frame may have.

    `length_max` and `crc` may change between two frames: what `frames` has not yielded yet is
    checked by their new values.
    """

    def __init__(self, length_max: int) -> None:
        self.length_max = length_max
        self.crc = False
        """Whether the feature crc32c was agreed: then every frame must carry it."""
        self._buffer = bytearray()

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Yields what is whole; raises Violation at the first frame that breaks a rule."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= 4:
            length = int.from_bytes(buffer[:4], "big")
            # From the length alone: a hostile one must not make us wait for, or hold, its bytes.
            if not LENGTH_MIN <= length <= min(self.length_max, LENGTH_MAX):
                raise Violation(GoAwayCode.SIZE, f"a frame of length {length} came, but 12 to "
                                f"{self.length_max} are allowed here")
            # Without checksums the header can be believed before the body is there.
            if not self.crc and len(buffer) >= 6:
                _check_flags(buffer[4], buffer[5])
            if len(buffer) < 4 + length:
                return
            raw = bytes(buffer[:4 + length])
            del buffer[:4 + length]
            yield self._decode(raw)

    def _decode(self, raw: bytes) -> Frame:
        _, kind, flags, a, stream, b = HEADER.unpack_from(raw)
        end = len(raw)
        if self.crc and kind not in _NO_CRC:
            end = self._check_crc(raw, flags)
            flags &= ~CRC
        _check_flags(kind, flags)
        if kind >= 0x80:
            return Frame(kind, size=len(raw))
        entries, start = parse_entries(raw, HEADER.size, end) if flags & META else ((), HEADER.size)
        frame = Frame(kind, flags, a, stream, b, entries, raw[start:end], len(raw))
        _check_zeroes(frame)
        return frame

    @staticmethod
    def _check_crc(raw: bytes, flags: int) -> int:
        """Where the body ends, if the checksum behind it is right (FR-14 to FR-17)."""
        end = len(raw) - 4
        if not flags & CRC:
            raise Violation(GoAwayCode.CHECKSUM, "a frame came without the agreed CRC-32C")
        if end < HEADER.size:
            raise Violation(GoAwayCode.SIZE, "a frame is too short for its CRC-32C")
        if crc32c(raw[:end]).to_bytes(4) != raw[end:]:
            raise Violation(GoAwayCode.CHECKSUM, "a frame's CRC-32C is wrong")
        return end


def _check_flags(kind: int, flags: int) -> None:
    """FR-01, FR-04 and FR-16. CRC has been taken off where it was agreed."""
    if flags & CRC:
        raise protocol_error(f"a frame of type {kind:02X} has a CRC-32C that was not agreed")
    if kind < 0x80:
        if kind not in _FLAGS:
            raise protocol_error(f"there is no frame type {kind:02X}")
        if flags & ~_FLAGS[Type(kind)]:
            raise protocol_error(f"{Type(kind).name} has undefined flags: {flags:02X}")


def _check_zeroes(frame: Frame) -> None:
    """FR-01 and FR-06: what must be 0 or empty."""
    name = Type(frame.type).name
    if frame.type in (Type.HELLO, Type.WELCOME, Type.PING, Type.PONG):
        if frame.a or frame.stream or frame.b:
            raise protocol_error(f"{name} has a field that must be 0")
    if frame.type in (Type.PING, Type.PONG) and len(frame.body) != 8:
        raise protocol_error(f"{name} has {len(frame.body)} bytes of body, not 8")
    if frame.type in (Type.CANCEL, Type.CREDIT):
        if frame.a or frame.body or (frame.type == Type.CANCEL and frame.b):
            raise protocol_error(f"{name} has a body, or a field that must be 0")
