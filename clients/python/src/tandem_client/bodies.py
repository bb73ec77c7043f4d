"""Compressed bodies and their dictionaries (SPEC.md, section 9). Nothing is taken on trust."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from .errors import GoAwayCode, Violation
from .proto.control.v1 import control_pb2 as control
from .wire import Frame

RAW_LENGTH_MAX: Final = (1 << 24) - 1
DICTIONARY_BYTES_MAX: Final = 32_768
DICTIONARIES_MAX: Final = 24
_FDICT: Final = 0x20


def open_body(frame: Frame, zlib_agreed: bool, dictionaries: Mapping[bytes, bytes]) -> bytes:
    """The body of a RESPONSE or ITEM as it was before it was encoded (CO-03, CO-04, CO-07)."""
    if frame.a == 0:
        return frame.body
    if not zlib_agreed or frame.a > 1 + len(dictionaries):
        raise Violation(f"encoding {frame.a} was not agreed")
    if frame.b > RAW_LENGTH_MAX:
        raise Violation(f"a body of {frame.b} bytes when inflated", GoAwayCode.SIZE)
    words = [None, *dictionaries.values()][frame.a - 1]
    if len(frame.body) < 2 or bool(frame.body[1] & _FDICT) != (words is not None):
        raise Violation("a body is no zlib stream of its encoding")
    try:
        # With a dictionary it looks for the DICTID itself.
        stream = zlib.decompressobj() if words is None else zlib.decompressobj(zdict=words)
        # One byte more than promised is room enough to notice a bomb, and never more than that.
        raw = stream.decompress(frame.body, frame.b + 1)
    except zlib.error as error:
        raise Violation(f"a body does not inflate: {error}") from None
    if len(raw) != frame.b or not stream.eof or stream.unused_data:
        raise Violation(f"a body is not one whole stream of the {frame.b} bytes that it says")
    return raw


def read_dictionaries(listed: Iterable[control.Dictionary],
                      held: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """WELCOME's dictionaries by their SHA-256: the n-th one is encoding 2 + n (CO-05)."""
    found: dict[bytes, bytes] = {}
    for item in listed:
        content = item.content if item.HasField("content") else held.get(item.sha256)
        if content is None:
            raise Violation("WELCOME leaves out a dictionary that this client does not hold")
        if len(content) > DICTIONARY_BYTES_MAX:
            raise Violation(f"a dictionary of {len(content)} bytes")
        if hashlib.sha256(content).digest() != item.sha256 or item.sha256 in found:
            raise Violation("a dictionary is not the one of its SHA-256, or stands twice")
        found[item.sha256] = content
        if len(found) > DICTIONARIES_MAX:
            raise Violation(f"WELCOME lists more than {DICTIONARIES_MAX} dictionaries")
    return found
