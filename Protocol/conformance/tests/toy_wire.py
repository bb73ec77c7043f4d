"""What the toy client knows of the wire: numbers, metadata, encoded bodies, kinds of failure."""

from __future__ import annotations

import mmap
import struct
import zlib

HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR = range(1, 8)
CANCEL, CREDIT, PING, PONG, GOAWAY = range(8, 13)
MAX_FRAME, WINDOW, HELD_MAX = 1 << 20, 64 << 10, 8 << 20
FLAGS = {WELCOME: 0, RESPONSE: 3, ITEM: 1, END: 1, ERROR: 7, PING: 0, PONG: 0, GOAWAY: 2}
NEVER = 0xFFFFFFFF
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
    need(len(payload) >= 2)
    end = 2 + struct.unpack(">H", payload[:2])[0]
    need(end <= len(payload))
    entries: dict[int, bytes] = {}
    at = 2
    while at < end:
        need(at + 3 <= end)
        tag, size = struct.unpack_from(">BH", payload, at)
        need(at + 3 + size <= end)
        need(1 <= tag <= 6 or tag in (0x40, 0x41) or tag >= 0x80 or "any-tag" in WRONG)
        need(tag not in entries or tag in (0x40, 0x41) or tag >= 0x80)
        value = entries[tag] = payload[at + 3 : at + 3 + size]
        need(size == {2: 16, 3: 16, 4: 4, 5: 16, 6: 4}.get(tag, size))
        if tag in (0x40, 0x41):
            name, zero, rest = value.partition(b"\0")
            need(bool(name and zero) and utf8(name) and (tag == 0x41 or utf8(rest)))
        at += 3 + size
    return entries, payload[end:]


def inflate(
    encoding: int, size: int, body: bytes, agreed: bool, dictionaries: list[bytes]
) -> bytes:
    if encoding == 0:
        return body
    if "reserves-b" in WRONG and size:
        mmap.mmap(-1, size)
    need(agreed and size <= HELD_MAX)
    dictionary = b""
    if encoding >= 2:
        need(encoding - 2 < len(dictionaries))
        dictionary = dictionaries[encoding - 2]
    # FDICT must be set exactly if the encoding has a dictionary; zlib itself checks DICTID.
    need(len(body) > 2 and bool(body[1] & 0x20) == (encoding >= 2))
    unpacker = zlib.decompressobj(15, zdict=dictionary) if dictionary else zlib.decompressobj()
    try:
        raw = unpacker.decompress(body, 0 if "inflates-all" in WRONG else size + 1)
    except zlib.error:
        raise Violation(1) from None
    if "any-size" in WRONG:
        return raw
    need(unpacker.eof and not unpacker.unused_data and len(raw) == size)
    return raw
