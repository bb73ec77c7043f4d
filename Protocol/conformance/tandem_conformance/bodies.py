"""Compressed bodies, opened with all the distrust that SPEC.md asks of a client (CO-03)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from .messages import Message
from .names import FrameType
from .outcome import CaseFailure
from .wire import Frame

FIRST_DICTIONARY = 2
_FDICT = 0x20


def dictionary(encoding: int, listed: Sequence[Message]) -> bytes:
    """The content of the dictionary with this encoding id, of those that WELCOME listed."""
    index = encoding - FIRST_DICTIONARY
    if not 0 <= index < len(listed) or "content" not in listed[index]:
        raise CaseFailure(
            "the encoding id of a dictionary that WELCOME gave",
            f"{encoding}, with {len(listed)} dictionaries listed",
        )
    return bytes(listed[index]["content"])


def inflate(frame: Frame, features: Sequence[str], listed: Sequence[Message]) -> bytes:
    """The body of a RESPONSE or ITEM as the method has it; of other frames just the body."""
    if frame.type not in (FrameType.RESPONSE, FrameType.ITEM) or frame.a == 0:
        return frame.body
    expected = f"stream {frame.stream}: a zlib body of encoding {frame.a} for {frame.b} bytes"
    if "zlib" not in features:
        raise CaseFailure("encoding 0, since zlib was not agreed", frame.describe())
    with_dictionary = frame.a >= FIRST_DICTIONARY
    if len(frame.body) < 2 or bool(frame.body[1] & _FDICT) != with_dictionary:
        came = "set" if not with_dictionary else "not set"
        raise CaseFailure(expected, f"FDICT {came}: {frame.describe()}")
    inflater = zlib.decompressobj()
    if with_dictionary:
        content = dictionary(frame.a, listed)
        inflater = zlib.decompressobj(zdict=content)
        if int.from_bytes(frame.body[2:6], "big") != zlib.adler32(content):
            raise CaseFailure(f"{expected} with its dictionary's DICTID", frame.describe())
    try:
        data = inflater.decompress(frame.body, frame.b + 1)
    except zlib.error as error:
        raise CaseFailure(expected, f"{error}: {frame.describe()}") from None
    if not inflater.eof or inflater.unused_data or len(data) != frame.b:
        state = "a whole" if inflater.eof else "an unfinished"
        raise CaseFailure(
            expected,
            f"{state} stream of {len(data)} bytes and {len(inflater.unused_data)} behind it: "
            + frame.describe(),
        )
    return data
