"""What the toy client makes of answers: their metadata, encoded bodies, kinds of failure. Its codec
is the suite's, which it is there to test: it is no second opinion on the protocol."""

from __future__ import annotations

import mmap
import zlib

from tandem_conformance import bodies, wire
from tandem_conformance.names import FrameType, Tag
from tandem_conformance.outcome import CaseFailure

(HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR, CANCEL, CREDIT, PING, PONG,
 GOAWAY) = FrameType
MAX_FRAME, WINDOW, HELD_MAX = 1 << 20, 64 << 10, 8 << 20
FLAGS = {WELCOME: 0, RESPONSE: 3, ITEM: 1, END: 1, ERROR: 7, PING: 0, PONG: 0, GOAWAY: 2}
CUSTOM = (Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY)
SIZES = {2: 16, 3: 16, 4: 4, 5: 16, 6: 4}
# The server's word on a deadline is worth a moment's wait.
GRACE_S = 0.25
WRONG: set[str] = set()


class Violation(Exception):
    """The server broke the protocol; the argument is GOAWAY's code."""


class Failure(Exception):
    """An attempt that did not succeed."""

    def __init__(
        self, code: int, reason: str, not_processed: bool, retry_after: int = 0
    ) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
        self.not_processed, self.retry_after = not_processed, retry_after


def utf8(data: bytes) -> bool:
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def need(holds: bool, code: int = 1) -> None:
    if not holds:
        raise Violation(code)


def read_metadata(payload: bytes) -> tuple[dict[int, bytes], bytes]:
    try:
        entries, size = wire.decode_metadata(payload)
    except wire.WireError:
        raise Violation(1) from None
    found: dict[int, bytes] = {}
    for tag, value in entries:
        need(1 <= tag <= 6 or tag in CUSTOM or tag >= 0x80 or "any-tag" in WRONG)
        need(tag not in found or tag in CUSTOM or tag >= 0x80)
        need(len(value) == SIZES.get(tag, len(value)))
        if tag in CUSTOM:
            name, zero, rest = value.partition(b"\0")
            need(bool(name and zero) and utf8(name) and (tag == Tag.CUSTOM_BINARY or utf8(rest)))
        found[tag] = value
    return found, payload[size:]


def inflate(
    encoding: int, size: int, body: bytes, agreed: bool, dictionaries: list[bytes]
) -> bytes:
    if encoding == 0:
        return body
    if "reserves-b" in WRONG and size:
        mmap.mmap(-1, size)
    need(agreed and size <= HELD_MAX)
    if "inflates-all" in WRONG:
        zlib.decompressobj().decompress(body)
    if "any-size" in WRONG:
        return zlib.decompressobj().decompress(body, size + 1)
    frame = wire.Frame(RESPONSE, a=encoding, b=size, body=body)
    try:
        return bodies.inflate(frame, ["zlib"], [{"content": one} for one in dictionaries])
    except CaseFailure:
        raise Violation(1) from None
