"""Metadata blocks and consistency tokens (SPEC.md, sections 4 and 10)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .errors import ClientError, Code, GoAwayCode, Violation, protocol_error

TRACE_PARENT: Final = 0x01
IDEMPOTENCY_KEY: Final = 0x02
AT_LEAST: Final = 0x03
MAX_STALENESS: Final = 0x04
TOKEN: Final = 0x05
AGE: Final = 0x06
CUSTOM_TEXT: Final = 0x40
CUSTOM_BINARY: Final = 0x41

ENTRIES_MAX: Final = 8192
"""What a server takes, unless its WELCOME says less; an answer may have 65,535 bytes (FR-10)."""
AGE_UNKNOWN: Final = 0xFFFFFFFF
_REPEATABLE: Final = frozenset((CUSTOM_TEXT, CUSTOM_BINARY))
_KNOWN: Final = frozenset((TRACE_PARENT, IDEMPOTENCY_KEY, AT_LEAST, MAX_STALENESS, TOKEN, AGE,
                           CUSTOM_TEXT, CUSTOM_BINARY))

Entries = tuple[tuple[int, bytes], ...]
Custom = tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A place in a log: all that happened up to `position` in the log `epoch`."""

    epoch: int
    position: int

    def encode(self) -> bytes:
        return struct.pack(">QQ", self.epoch, self.position)

    @classmethod
    def decode(cls, data: bytes) -> Token:
        if len(data) != 16:
            raise ValueError(f"a consistency token has 16 bytes, not {len(data)}")
        return cls(*struct.unpack(">QQ", data))


def parse_entries(raw: bytes, start: int, end: int,
                  size_max: int = 0xFFFF) -> tuple[Entries, int]:
    """The entries of the block at `start`, and where the body begins (FR-10 to FR-12)."""
    if end - start < 2:
        raise protocol_error("a frame ends inside the length of its metadata block")
    size = int.from_bytes(raw[start:start + 2], "big")
    if size > size_max:
        raise Violation(GoAwayCode.SIZE, f"{size} bytes of metadata; {size_max} are allowed")
    offset, stop = start + 2, start + 2 + size
    if stop > end:
        raise protocol_error("a metadata block is longer than its frame")
    entries: list[tuple[int, bytes]] = []
    seen: set[int] = set()
    while offset < stop:
        if stop - offset < 3:
            raise protocol_error("a metadata block ends inside the head of an entry")
        tag, length = raw[offset], int.from_bytes(raw[offset + 1:offset + 3], "big")
        offset += 3
        if offset + length > stop:
            raise protocol_error(f"metadata entry {tag:02X} is longer than its block")
        if tag < 0x80 and tag not in _KNOWN:
            raise protocol_error(f"there is no metadata tag {tag:02X}")
        if tag < 0x80:
            if tag in seen and tag not in _REPEATABLE:
                raise protocol_error(f"metadata tag {tag:02X} stands twice")
            seen.add(tag)
            entries.append((tag, raw[offset:offset + length]))
        offset += length
    return tuple(entries), stop


def encode_entries(entries: Iterable[tuple[int, bytes]]) -> bytes:
    """The entries' bytes. Raises ValueError for more than a block may hold."""
    block = bytearray()
    for tag, value in entries:
        if len(block) + 3 + len(value) > ENTRIES_MAX:
            raise ValueError(f"metadata of more than {ENTRIES_MAX} bytes")
        block += struct.pack(">BH", tag, len(value)) + value
    return bytes(block)


def encode_custom(custom: Iterable[tuple[str, str | bytes]]) -> Entries:
    """CUSTOM_TEXT for str values, CUSTOM_BINARY for bytes. Raises ValueError for a bad name."""
    entries = []
    for name, value in custom:
        if not name or "\0" in name:
            raise ValueError("the name of a metadata entry is not empty and has no zero byte")
        text = isinstance(value, str)
        data = value.encode() if isinstance(value, str) else value
        entries.append((CUSTOM_TEXT if text else CUSTOM_BINARY, name.encode() + b"\0" + data))
    return tuple(entries)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a call may carry besides its request."""

    trace_parent: str | None = None
    max_staleness_ms: int | None = None
    """Queries: rather fail than give an answer that is older."""
    custom: tuple[tuple[str, str | bytes], ...] = ()

    def entries(self) -> Entries:
        try:
            trace = [] if self.trace_parent is None else [
                (TRACE_PARENT, self.trace_parent.encode())]
            stale = [] if self.max_staleness_ms is None else [
                (MAX_STALENESS, self.max_staleness_ms.to_bytes(4))]
            return (*trace, *stale, *encode_custom(self.custom))
        except (ValueError, OverflowError) as error:
            raise ClientError(Code.INVALID_ARGUMENT, "MALFORMED_METADATA", str(error)) from None


NO_EXTRAS: Final = Extras()


@dataclass(frozen=True, slots=True)
class AnswerMetadata:
    """What an answer says about itself."""

    token: Token | None = None
    age_ms: int | None = None
    """How old the answer may be; None if it is not known or not said."""
    custom: Custom = ()

    @classmethod
    def of(cls, entries: Entries) -> AnswerMetadata:
        """Raises Violation for a known entry of the wrong form, even one without a meaning here."""
        token: Token | None = None
        age: int | None = None
        custom: list[tuple[str, str | bytes]] = []
        try:
            for tag, value in entries:
                if tag == TOKEN:
                    token = Token.decode(value)
                elif tag == AGE:
                    (number,) = struct.unpack(">I", value)
                    age = None if number == AGE_UNKNOWN else number
                elif tag in _REPEATABLE:
                    name, data = _split(value)
                    custom.append((name, data.decode() if tag == CUSTOM_TEXT else data))
                elif tag == TRACE_PARENT:
                    value.decode()
                elif len(value) != (4 if tag == MAX_STALENESS else 16):
                    raise ValueError(f"{len(value)} bytes of tag {tag:02X}")
        except (ValueError, struct.error) as error:
            raise protocol_error(f"an answer's metadata is malformed: {error}") from None
        return cls(token, age, tuple(custom))


def _split(value: bytes) -> tuple[str, bytes]:
    name, zero, data = value.partition(b"\0")
    if not zero or not name:
        raise ValueError("a custom entry without a name, or without a zero byte behind it")
    return name.decode(), data
