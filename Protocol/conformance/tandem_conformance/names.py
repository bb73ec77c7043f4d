"""The protocol's numbers by name, as SPEC.md gives them.

Case files and failures speak in names; only this module maps them to numbers and back.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

MAGIC = bytes.fromhex("f4544e440d0a")
MAJOR_VERSION = 1
HEADER_BYTES = 16
LENGTH_BYTES = 4
CRC_BYTES = 4
NEVER = 0xFFFFFFFF


class Role(IntEnum):
    """Which port a connection is for."""

    COMMAND = 1
    QUERY = 2
    FEED = 3


class FrameType(IntEnum):
    """The byte at offset 4 of a frame."""

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


class Flag(IntFlag):
    """The byte at offset 5. Bit 02 means another thing on each type that has it."""

    META = 0x01
    REPLAYED = 0x02
    NOT_PROCESSED = 0x02
    HARD = 0x02
    ERROR_REPLAYED = 0x04
    CRC = 0x80


class Tag(IntEnum):
    """What an entry of a metadata block is."""

    TRACE_PARENT = 0x01
    IDEMPOTENCY_KEY = 0x02
    AT_LEAST = 0x03
    MAX_STALENESS = 0x04
    TOKEN = 0x05
    AGE = 0x06
    CUSTOM_TEXT = 0x40
    CUSTOM_BINARY = 0x41


class Status(IntEnum):
    """The `a` of an ERROR."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class GoAwayCode(IntEnum):
    """The `a` of a GOAWAY."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    VERSION = 2
    SIZE = 3
    TIMEOUT = 4
    FLOW = 5
    CHECKSUM = 6
    LIMIT = 7
    CALM = 8
    SLOW = 9
    UNAUTHENTICATED = 10
    CLUSTER = 11
    INTERNAL = 12


FINAL_TYPES = frozenset({FrameType.RESPONSE, FrameType.END, FrameType.ERROR})


def number(names: type[IntEnum], value: int | str) -> int:
    """A number given as itself, by name (`"ECHO"`), or in hex (`"0x7F"`)."""
    if isinstance(value, int):
        return value
    if value.lower().startswith("0x"):
        return int(value, 16)
    if value not in names.__members__:
        known = ", ".join(names.__members__)
        raise ValueError(f"{value!r} is no {names.__name__}: use a number, hex (0x7F) or {known}")
    return int(names[value])


def name(names: type[IntEnum], value: int) -> str:
    """`12 UNIMPLEMENTED`, or just the number if it has no name."""
    try:
        return f"{value} {names(value).name}"
    except ValueError:
        return str(value)


def type_name(value: int) -> str:
    """`ERROR`, or `type 7F`."""
    try:
        return FrameType(value).name
    except ValueError:
        return f"type {value:02X}"


def flag_names(frame_type: int, flags: int) -> str:
    """`META|NOT_PROCESSED`: bits 02 and 04 read as the frame's type has them."""
    second = {
        FrameType.RESPONSE: "REPLAYED",
        FrameType.ERROR: "NOT_PROCESSED",
        FrameType.GOAWAY: "HARD",
    }
    named = {1: "META", 2: second.get(frame_type), 0x80: "CRC"}  # type: ignore[call-overload]
    if frame_type == FrameType.ERROR:
        named[4] = "REPLAYED"
    parts = []
    for bit in (1 << shift for shift in range(8)):
        if flags & bit:
            parts.append(named.get(bit) or f"0x{bit:02x}")
    return "|".join(parts) or "none"
