"""A second reading of SPEC.md, to hold the vectors against: plain, slow, and apart from both the
generator of the vectors and the servers. Raises Violation and Refusal by their reasons."""

from __future__ import annotations

import json
import struct
import zlib
from hashlib import sha256
from typing import Any

Json = dict[str, Any]

TYPES = [
    "", "HELLO", "WELCOME", "REQUEST", "RESPONSE", "ITEM", "END", "ERROR", "CANCEL", "CREDIT",
    "PING", "PONG", "GOAWAY",
]
FLAGS = [0, 0, 0, 1, 3, 1, 1, 7, 0, 0, 0, 0, 2]
FROM_CLIENT = {"HELLO", "REQUEST", "CANCEL", "CREDIT"}
FROM_SERVER = {"WELCOME", "RESPONSE", "ITEM", "END", "ERROR"}


class Violation(Exception):
    """The other side broke the protocol."""


class Refusal(Exception):
    """The call fails; the connection lives."""


class Incomplete(Exception):
    """There must be more to come."""


def crc32c(data: bytes) -> int:
    """By division: the bits reversed, and the polynomial as the RFC prints it."""
    register = 0xFFFFFFFF
    for byte in data:
        for position in range(8):
            bit = (byte >> position & 1) ^ (register >> 31)
            register = register << 1 & 0xFFFFFFFF
            if bit:
                register ^= 0x1EDC6F41
    return int(f"{register:032b}"[::-1], 2) ^ 0xFFFFFFFF


def preface(data: bytes, port: int) -> Json:
    """The first eight bytes."""
    magic = b"\xf4TND\r\n"
    if data[:6] != magic[: len(data)]:
        raise Violation("bad-magic")
    if len(data) > 6 and data[6] != 1:
        raise Violation("unsupported-version")
    if len(data) < 8:
        raise Incomplete
    if data[7] not in (1, 2, 3):
        raise Violation("unknown-role")
    if data[7] != port:
        raise Violation("wrong-role")
    return {"major": data[6], "role": data[7], "taken": 8}


class FrameReader:
    """Cuts bytes into frames; keeps what it found, also when it raises."""

    def __init__(self, max_length: int, checksum: str = "off", receiver: str = "") -> None:
        self.max_length = max_length
        self.checksum = checksum
        self.receiver = receiver
        self.frames: list[Json] = []
        self.rest = b""

    def read(self, data: bytes) -> None:
        """Takes bytes as they come."""
        self.rest += data
        while self._one():
            pass

    def _one(self) -> bool:
        data = self.rest
        if len(data) < 4:
            return False
        (length,) = struct.unpack(">I", data[:4])
        if length < 12:
            raise Violation("frame-too-short")
        if length > self.max_length:
            raise Violation("frame-too-long")
        if len(data) < 16:
            return False
        kind, flags, a, stream, b = struct.unpack(">BBHII", data[4:16])
        has_checksum = self._has_checksum(kind, flags, length)
        if kind < 0x80 and not 1 <= kind <= 12:
            raise Violation("unknown-frame-type")
        if kind < 0x80:
            self._check_header(kind, flags & 0x7F, a, stream, b, length - 4 * has_checksum)
        if len(data) < length + 4:
            return False
        whole, self.rest = data[: length + 4], data[length + 4 :]
        if has_checksum:
            if crc32c(whole[:-4]) != int.from_bytes(whole[-4:], "big"):
                raise Violation("checksum-wrong")
            self.checksum = "required"
        if kind >= 0x80:
            self.frames.append({"skipped": kind, "length": length})
            return True
        payload = whole[16:-4] if has_checksum else whole[16:]
        self._check_whole(kind, a, stream, b, payload)
        self.frames.append(
            {"type": kind, "name": TYPES[kind], "flags": flags, "a": a, "stream": stream, "b": b,
             "payload": payload.hex()})
        return True

    def _has_checksum(self, kind: int, flags: int, length: int) -> bool:
        if not flags & 0x80:
            if self.checksum == "required":
                raise Violation("checksum-missing")
            return False
        if self.checksum == "off" or kind in (1, 2):
            raise Violation("reserved-flags")
        if length < 16:
            raise Violation("frame-too-short")
        return True

    def _check_header(
        self, kind: int, flags: int, a: int, stream: int, b: int, length: int
    ) -> None:
        if flags & ~FLAGS[kind]:
            raise Violation("reserved-flags")
        name = TYPES[kind]
        if name in ("HELLO", "WELCOME") and (a or stream or b):
            raise Violation("reserved-field")
        if name == "CANCEL" and (a or b or length > 12):
            raise Violation("reserved-field")
        if name == "CREDIT" and (a or length > 12):
            raise Violation("reserved-field")

    def _check_whole(self, kind: int, a: int, stream: int, b: int, payload: bytes) -> None:
        name = TYPES[kind]
        wrong = {"server": FROM_SERVER, "client": FROM_CLIENT}.get(self.receiver, set())
        if name in wrong:
            raise Violation("unexpected-frame")
        if self.receiver and name in ("PING", "PONG") and (a or stream or b or len(payload) != 8):
            raise Violation("bad-ping")


def metadata(data: bytes, limit: int, on: str = "request") -> Json:
    """A frame's payload that begins with a block."""
    if len(data) < 2 or len(data) - 2 < int.from_bytes(data[:2], "big"):
        raise Violation("metadata-truncated")
    end = 2 + int.from_bytes(data[:2], "big")
    if end - 2 > limit:
        raise Violation("metadata-too-long")
    block, body = data[2:end], data[end:]
    found: Json = {}
    seen: list[int] = []
    malformed: list[int] = []
    while block:
        if len(block) < 3 or len(block) - 3 < int.from_bytes(block[1:3], "big"):
            raise Violation("metadata-truncated")
        size = int.from_bytes(block[1:3], "big")
        tag, value, block = block[0], block[3 : 3 + size], block[3 + size :]
        if tag in seen and tag <= 6:
            raise Violation("metadata-duplicate")
        seen.append(tag)
        if tag in (1, 2, 3, 4, 5, 6, 0x40, 0x41):
            try:
                _take(tag, value, found)
            except ValueError:
                malformed.append(tag)
        elif tag < 0x80:
            raise Violation("metadata-unknown")
    if malformed and on == "answer":
        raise Violation("metadata-malformed")
    if malformed:
        raise Refusal("MALFORMED_METADATA", {"tag": malformed[0]})
    return {"metadata": found, "body": body.hex()}


def _take(tag: int, value: bytes, found: Json) -> None:
    size = {2: 16, 3: 16, 4: 4, 5: 16, 6: 4}.get(tag, len(value))
    if len(value) != size:
        raise ValueError("size")
    number = int.from_bytes(value, "big")
    if tag == 1:
        found["trace-parent"] = value.decode()
    elif tag == 2:
        found["idempotency-key"] = value.hex()
    elif tag in (3, 5):
        found["at-least" if tag == 3 else "token"] = token(value)
    elif tag == 4:
        found["max-staleness"] = number
    elif tag == 6:
        found["age"] = None if number == 0xFFFFFFFF else number
    else:
        name, zero, rest = value.partition(b"\0")
        if not name or not zero:
            raise ValueError("name")
        content = {"text": rest.decode()} if tag == 0x40 else {"binary": rest.hex()}
        found.setdefault("custom", []).append({"name": name.decode(), **content})


def token(data: bytes) -> Json:
    """A consistency token."""
    epoch, position = struct.unpack(">QQ", data)
    return {"epoch": f"{epoch:016x}", "position": str(position)}


def key_time(key: bytes) -> int | None:
    """The milliseconds of a UUIDv7."""
    is_seven = key[6] >> 4 == 7 and key[8] >> 6 == 2
    return int.from_bytes(key[:6], "big") if is_seven else None


def inflate(data: bytes, encoding: int, size: int, dictionaries: list[bytes], setup: Json) -> bytes:
    """The body of a RESPONSE or ITEM."""
    if encoding == 0:
        return data
    if not setup["zlib"] or encoding - 2 >= len(dictionaries):
        raise Violation("bad-encoding")
    if size > setup["max_raw"]:
        raise Violation("promise-too-long")
    dictionary = dictionaries[encoding - 2] if encoding >= 2 else None
    if len(data) < 2 or bool(data[1] & 0x20) != (dictionary is not None):
        raise Violation("bad-body")
    if dictionary is not None and data[2:6] != zlib.adler32(dictionary).to_bytes(4, "big"):
        raise Violation("bad-body")
    inflater = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    try:
        raw = inflater.decompress(data, size + 1)
    except zlib.error:
        raise Violation("bad-body") from None
    if len(raw) != size or not inflater.eof or inflater.unused_data:
        raise Violation("bad-body")
    return raw


def dictionary(data: bytes, held: list[str]) -> Json:
    """One `Dictionary` of WELCOME."""
    fields = dict(protobuf(data))
    name = fields.get(1, b"")
    if 2 not in fields:
        if name.hex() not in held:
            raise Violation("bad-dictionary")
        return {"sha256": name.hex(), "source": "held"}
    content = fields[2]
    if len(content) > 32_768 or sha256(content).digest() != name:
        raise Violation("bad-dictionary")
    return {
        "sha256": name.hex(), "dictid": f"{zlib.adler32(content):08x}",
        "byte_count": len(content), "source": "content",
    }


def protobuf(data: bytes) -> list[tuple[int, Any]]:
    """Fields and values in their order."""
    fields: list[tuple[int, Any]] = []
    at = 0

    def varint() -> int:
        nonlocal at
        value = 0
        for shift in range(0, 70, 7):
            if at >= len(data):
                raise Violation("malformed-message")
            byte, at = data[at], at + 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (1 << 64) - 1
        raise Violation("malformed-message")

    while at < len(data):
        key = varint()
        field, form = key >> 3, key & 7
        if not 0 < field < 1 << 29 or form not in (0, 1, 2, 5):
            raise Violation("malformed-message")
        if form == 0:
            fields.append((field, varint()))
            continue
        size = {1: 8, 2: 0, 5: 4}[form] or varint()
        if size > len(data) - at:
            raise Violation("malformed-message")
        fields.append((field, data[at : at + size]))
        at += size
    return fields


def hello(data: bytes, setup: Json) -> Json:
    """HELLO's body, and what the server agrees to."""
    numbers = {1: "minor", 6: "max_frame", 7: "initial_window"}
    lists = {2: "features", 3: "methods", 8: "dictionary_sha256"}
    asked: Json = {
        "minor": 0, "features": [], "methods": [], "token": "", "cluster_id": None,
        "max_frame": 0, "initial_window": 0, "dictionary_sha256": [], "client": "",
    }
    in_json = data.startswith(b"{")
    for name, value in (json.loads(data) if in_json else {}).items():
        name = {"maxFrame": "max_frame", "initialWindow": "initial_window"}.get(name, name)
        if name in asked:
            asked[name] = value
    for field, value in [] if in_json else protobuf(data):
        if field in numbers:
            asked[numbers[field]] = value
        elif field <= 9:
            try:
                text = value.decode() if field in (2, 3, 9) else value.hex()
            except UnicodeDecodeError:
                raise Violation("malformed-message") from None
            if field in lists:
                asked[lists[field]].append(text)
            else:
                asked[{4: "token", 5: "cluster_id", 9: "client"}[field]] = text
    if len(asked["methods"]) > setup["max_methods"]:
        raise Violation("too-many-methods")
    if asked["cluster_id"] not in (None, setup["cluster_id"]):
        raise Violation("wrong-cluster")
    agreed = {
        "max_frame": min(max(asked["max_frame"] or 1 << 22, 16_384), 1 << 22),
        "initial_window": min(asked["initial_window"] or 262_144, 0x7FFFFFFF),
        "features": [
            name for name in setup["features"]
            if name in asked["features"] and not (name == "zlib" and "json" in asked["features"])
        ],
    }
    return {"hello": asked, "agreed": agreed}


def welcome(data: bytes, setup: Json) -> Json:
    """WELCOME's body, as a client takes it."""
    found: Json = {
        "minor": 0, "features": [], "methods": [], "dictionaries": [], "cluster_id": "",
        "log_epoch": "0" * 16, "key_retention_ms": "0", "server": "", "endpoints": {},
    }
    limits = {1: 1 << 20, 2: 8_192, 3: 1_024, 4: 16 << 20}
    for field, value in protobuf(data):
        if field == 1:
            found["minor"] = value
        elif field == 2:
            found["features"].append(utf8(value))
        elif field == 3:
            found["methods"].append(method(value))
        elif field == 4:
            found["dictionaries"].append(dictionary(value, setup["held"])["sha256"])
        elif field == 5:
            limits |= {number: limit for number, limit in protobuf(value) if limit}
        elif field == 6:
            found["cluster_id"] = value.hex()
        elif field == 7:
            found["log_epoch"] = value[::-1].hex()
        elif field == 8:
            found["key_retention_ms"] = str(value)
        elif field == 9:
            found["server"] = utf8(value)
        elif field == 10:
            pair = dict(protobuf(value))
            found["endpoints"][utf8(pair[1])] = utf8(pair[2])
    if len(set(found["dictionaries"])) < len(found["dictionaries"]):
        raise Violation("bad-dictionary")
    if found["minor"] > setup["minor"] or len(found["methods"]) != setup["methods"]:
        raise Violation("bad-welcome")
    if not set(found["features"]) <= set(setup["features"]):
        raise Violation("bad-welcome")
    names = ("max_frame", "max_metadata", "max_in_flight", "max_in_flight_bytes")
    found["limits"] = dict(zip(names, (limits[number] for number in (1, 2, 3, 4))))
    return found | {"dictionaries": len(found["dictionaries"])}


def method(data: bytes) -> Json:
    """A MethodInfo."""
    fields = {1: 0, 2: 0, 3: 0, 4: 0} | dict(protobuf(data))
    if fields[1] and fields[2] not in (1, 2):
        raise Violation("bad-welcome")
    return {
        "known": bool(fields[1]), "kind": {0: None, 1: "unary", 2: "stream"}[fields[2]],
        "idempotency": {0: None, 1: "read-only", 2: "keyed"}[fields[3]], "max_size": fields[4],
    }


def utf8(data: bytes) -> str:
    """A string of protobuf."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Violation("malformed-message") from None
