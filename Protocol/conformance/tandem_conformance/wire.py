"""Frames and metadata as bytes: the tooling's codec, written from SPEC.md sections 2 to 4 alone.

The suite, the vectors and the scripts share it, and no client or server does. What writes checks
nothing, since most of what a conformance suite sends is wrong on purpose; `decode` checks
everything, since what comes back has to be right.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .names import (
    CRC_BYTES,
    HEADER_BYTES,
    LENGTH_BYTES,
    MAGIC,
    MAJOR_VERSION,
    Flag,
    FrameType,
    GoAwayCode,
    Status,
    Tag,
    flag_names,
    name,
    type_name,
)

Entry = tuple[int, bytes]

_HEADER = struct.Struct(">IBBHII")
# Frames of this type and above are skipped by who does not know them, whatever their flags say.
SKIPPABLE = 0x80
_FIXED_SIZES = {Tag.TOKEN: 16, Tag.AGE: 4}


class WireError(Exception):
    """Bytes that the protocol does not allow; what `decode` finds begins with the rule's id."""


@dataclass(frozen=True)
class Frame:
    """A frame with its parts apart; `raw` is the whole of it as it came."""

    type: int
    flags: int = 0
    a: int = 0
    stream: int = 0
    b: int = 0
    metadata: tuple[Entry, ...] = ()
    body: bytes = b""
    raw: bytes = field(default=b"", repr=False, compare=False)
    # When it came (monotonic), where that is of interest.
    at: float = field(default=0.0, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{type_name(self.type)} (stream {self.stream})"

    @property
    def length(self) -> int:
        """What the first four bytes of one that came say."""
        return len(self.raw) - LENGTH_BYTES

    @property
    def is_final(self) -> bool:
        """Whether this is the one frame that ends a call."""
        return self.type in (FrameType.RESPONSE, FrameType.END, FrameType.ERROR)

    def values(self, tag: int) -> list[bytes]:
        """The values of the entries with this tag, in their order."""
        return [value for entry_tag, value in self.metadata if entry_tag == tag]

    def value(self, tag: int) -> bytes | None:
        """The value of the first entry with this tag."""
        found = self.values(tag)
        return found[0] if found else None

    def describe(self) -> str:
        """One line for a failure: type, fields by name, and the bytes as hex."""
        parts = [type_name(self.type)]
        if self.type == FrameType.ERROR:
            parts.append(name(Status, self.a))
        elif self.type == FrameType.GOAWAY:
            parts.append(name(GoAwayCode, self.a))
        elif self.a:
            parts.append(f"a={self.a}")
        parts.append(f"stream={self.stream} flags={flag_names(self.type, self.flags)}")
        if self.b:
            parts.append(f"b={self.b}")
        return f"{' '.join(parts)} ({hexdump(self.raw or self.body)})"


def hexdump(data: bytes, most: int = 96) -> str:
    """Hex in groups of four bytes, cut after `most` bytes."""
    shown = data[:most].hex(" ", -4)
    return f"{shown} … {len(data)} bytes in all" if len(data) > most else shown or "empty"


def preface(role: int, major: int = MAJOR_VERSION) -> bytes:
    """The 8 bytes that a client sends first."""
    return MAGIC + bytes([major, role])


def token(epoch: int, position: int) -> bytes:
    """A consistency token."""
    return struct.pack(">QQ", epoch, position)


def header(
    length: int, frame_type: int, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0
) -> bytes:
    """The first 16 bytes of a frame, whatever their meaning."""
    return _HEADER.pack(length, frame_type, flags, a, stream, b)


def with_checksum(frame: bytes) -> bytes:
    """Appends the trailer to a frame whose length counts it already."""
    return frame + crc32c(frame).to_bytes(CRC_BYTES, "big")


def entry(tag: int, value: bytes, length: int | None = None) -> bytes:
    """One metadata entry; `length` is said instead of the value's."""
    return struct.pack(">BH", tag, len(value) if length is None else length) + value


def block(*entries: bytes, length: int | None = None) -> bytes:
    """A metadata block; `length` is said instead of the entries'."""
    packed = b"".join(entries)
    return struct.pack(">H", len(packed) if length is None else length) + packed


def encode_metadata(entries: Iterable[Entry]) -> bytes:
    """A metadata block: u16 length, then the entries."""
    return block(*(entry(tag, value) for tag, value in entries))


def decode_metadata(data: bytes) -> tuple[tuple[Entry, ...], int]:
    """The entries of the block at the start of `data`, and the block's size."""
    end = 2 + int.from_bytes(data[:2], "big")
    if end > len(data):
        raise WireError(f"[FR-10] a metadata block of {end} bytes in {len(data)}")
    entries: list[Entry] = []
    offset = 2
    while offset < end:
        if end - offset < 3:
            raise WireError("[FR-10] a metadata entry is cut off within its header")
        tag, size = struct.unpack_from(">BH", data, offset)
        offset += 3
        if size > end - offset:
            raise WireError(f"[FR-10] a metadata entry of {size} bytes in {end - offset}")
        entries.append((tag, data[offset : offset + size]))
        offset += size
    return tuple(entries), end


def encode(
    frame_type: int,
    *,
    flags: int = 0,
    a: int = 0,
    stream: int = 0,
    b: int = 0,
    metadata: Sequence[Entry] | None = None,
    body: bytes = b"",
    length: int | None = None,
    crc: bool = False,
) -> bytes:
    """A whole frame. `metadata` sets META; `crc` sets CRC and adds the trailer; `length`
    overrides what the first four bytes say, and nothing else."""
    if metadata is not None:
        body = encode_metadata(metadata) + body
        flags |= Flag.META
    if crc:
        flags |= Flag.CRC
    payload = HEADER_BYTES - LENGTH_BYTES + len(body) + (CRC_BYTES if crc else 0)
    frame = header(payload if length is None else length, frame_type, flags, a, stream, b) + body
    return with_checksum(frame) if crc else frame


def decode(raw: bytes) -> Frame:
    """The frame that is exactly these bytes, its CRC checked if it has one."""
    if len(raw) < HEADER_BYTES:
        raise WireError(f"[FR-02] a frame of {len(raw)} bytes; the header alone has 16")
    length, frame_type, flags, a, stream, b = _HEADER.unpack_from(raw)
    if length != len(raw) - LENGTH_BYTES:
        raise WireError(f"[FR-02] a length of {length} on {len(raw) - LENGTH_BYTES} bytes")
    rest = raw[HEADER_BYTES:]
    if flags & Flag.CRC:
        if len(rest) < CRC_BYTES:
            raise WireError("[FR-16] flag CRC on a frame with no room for the checksum")
        expected, came = crc32c(raw[:-CRC_BYTES]), int.from_bytes(raw[-CRC_BYTES:], "big")
        if expected != came:
            raise WireError(f"[FR-15] a checksum of {came:08x}; the CRC-32C is {expected:08x}")
        rest = rest[:-CRC_BYTES]
    metadata: tuple[Entry, ...] = ()
    if flags & Flag.META and frame_type < SKIPPABLE:
        metadata, used = decode_metadata(rest)
        rest = rest[used:]
    return Frame(frame_type, flags, a, stream, b, metadata, rest, raw)


def cut(received: bytearray) -> bytes | None:
    """Takes the first frame off what has come; None if it is not all there. Believes its length."""
    if len(received) < LENGTH_BYTES:
        return None
    end = LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES], "big")
    if len(received) < end:
        return None
    frame = bytes(received[:end])
    del received[:end]
    return frame


def check_from_server(frame: Frame, crc: bool) -> None:
    """Raises WireError for what no server may send in any state: flags and fields that the
    frame's type does not have, tags that are not for answers, values of a wrong size."""
    allowed = {
        FrameType.WELCOME: 0,
        FrameType.RESPONSE: Flag.META | Flag.REPLAYED,
        FrameType.ITEM: Flag.META,
        FrameType.END: Flag.META,
        FrameType.ERROR: Flag.META | Flag.NOT_PROCESSED | Flag.ERROR_REPLAYED,
        FrameType.PING: 0,
        FrameType.PONG: 0,
        FrameType.GOAWAY: Flag.HARD,
    }
    if frame.type >= SKIPPABLE:
        return
    if frame.type not in allowed:
        raise WireError(f"a server never sends {type_name(frame.type)}")
    flags = allowed[FrameType(frame.type)]
    if frame.type != FrameType.WELCOME and crc:
        flags |= Flag.CRC
        if not frame.flags & Flag.CRC:
            raise WireError("crc32c was agreed, and the frame has no checksum")
    if frame.flags & ~flags:
        raise WireError(f"flags {frame.flags:02x}, of which only {int(flags):02x} are allowed")
    _check_fields(frame)
    _check_answer_metadata(frame)


def _check_fields(frame: Frame) -> None:
    if frame.type in (FrameType.WELCOME, FrameType.PING, FrameType.PONG):
        if frame.a or frame.b or frame.stream:
            raise WireError(f"{type_name(frame.type)} has a, stream or b that is not 0")
        if frame.type != FrameType.WELCOME and len(frame.body) != 8:
            raise WireError(f"{type_name(frame.type)} with {len(frame.body)} bytes, not 8")
    elif frame.type != FrameType.GOAWAY and frame.stream == 0:
        raise WireError(f"{type_name(frame.type)} on stream 0")
    if frame.type == FrameType.END and (frame.a or frame.b):
        raise WireError("END has a or b that is not 0")
    if frame.type in (FrameType.RESPONSE, FrameType.ITEM) and frame.a == 0 and frame.b:
        raise WireError("encoding 0 with a raw length")
    if frame.type == FrameType.ERROR and frame.a == Status.OK:
        raise WireError("an ERROR of status 0")


def _check_answer_metadata(frame: Frame) -> None:
    seen: set[int] = set()
    for tag, value in frame.metadata:
        if tag < 0x80 and tag not in (*_FIXED_SIZES, Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY):
            raise WireError(f"an answer with metadata tag {tag:02x}")
        if tag in (Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY) and value.find(b"\0") < 1:
            raise WireError(f"a custom entry without a name and a zero byte: {value.hex()}")
        if tag in _FIXED_SIZES and len(value) != _FIXED_SIZES[Tag(tag)]:
            raise WireError(f"metadata {Tag(tag).name} of {len(value)} bytes")
        if tag in seen and tag in _FIXED_SIZES:
            raise WireError(f"metadata {Tag(tag).name} twice")
        seen.add(tag)


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), as iSCSI has it: `123456789` gives e3069283."""
    value = 0xFFFFFFFF
    table = _CRC_TABLE
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
