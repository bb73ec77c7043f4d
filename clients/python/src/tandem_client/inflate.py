"""Compressed bodies and their dictionaries (SPEC.md, section 9). Nothing is taken on trust."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from .errors import GoAwayCode, Violation, protocol_error
from .frames import Frame
from .proto.control.v1 import control_pb2 as control

IDENTITY: Final = 0
ZLIB: Final = 1
DICTIONARIES_FROM: Final = 2
DICTIONARY_BYTES_MAX: Final = 32_768
DICTIONARIES_MAX: Final = 64
_FDICT: Final = 0x20


def open_body(frame: Frame, compression: bool, dictionaries: Mapping[bytes, bytes],
              raw_length_max: int) -> bytes:
    """The body of a RESPONSE or ITEM as it was before it was encoded."""
    if frame.a == IDENTITY:
        return frame.body
    index = frame.a - DICTIONARIES_FROM
    if not compression or index >= len(dictionaries):
        raise protocol_error(f"encoding {frame.a} was not agreed")
    dictionary = None if frame.a == ZLIB else list(dictionaries.values())[index]
    return inflate(frame.body, frame.b, raw_length_max, dictionary)


def inflate(body: bytes, raw_length: int, raw_length_max: int,
            dictionary: bytes | None = None) -> bytes:
    """The body inflated to exactly `raw_length` bytes; Violation for anything else (CO-03)."""
    if raw_length > raw_length_max:
        raise Violation(GoAwayCode.SIZE, f"a body of {raw_length} bytes when inflated; this client "
                        f"takes {raw_length_max}")
    if len(body) < 6 or bool(body[1] & _FDICT) != (dictionary is not None):
        raise protocol_error("a body is no zlib stream of its encoding")
    try:
        stream = (zlib.decompressobj() if dictionary is None
                  else zlib.decompressobj(zdict=dictionary))
        # One byte more than promised is room enough to notice a bomb, and never more than that.
        raw = stream.decompress(body, raw_length + 1)
    except zlib.error as error:
        raise protocol_error(f"a body does not inflate: {error}") from None
    if len(raw) != raw_length or not stream.eof:
        raise protocol_error(f"a body does not inflate to the {raw_length} bytes that it says")
    if stream.unused_data:
        raise protocol_error("bytes follow the end of a compressed body")
    return raw


def read_dictionaries(listed: Sequence[control.Dictionary],
                      held: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """WELCOME's dictionaries by their SHA-256, in its order (CO-05)."""
    if len(listed) > DICTIONARIES_MAX:
        raise protocol_error(f"WELCOME lists {len(listed)} dictionaries; at most "
                             f"{DICTIONARIES_MAX} are taken")
    found: dict[bytes, bytes] = {}
    for item in listed:
        content = item.content if item.HasField("content") else held.get(item.sha256)
        if content is None:
            raise protocol_error("WELCOME leaves out a dictionary that this client does not hold")
        if len(content) > DICTIONARY_BYTES_MAX:
            raise protocol_error(f"a dictionary of {len(content)} bytes")
        if hashlib.sha256(content).digest() != item.sha256 or item.sha256 in found:
            raise protocol_error("a dictionary is not the one of its SHA-256, or stands twice")
        found[item.sha256] = content
    return found
