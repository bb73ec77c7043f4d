"""A tiny protobuf codec: dictionaries to bytes and back, by the tables of schemas.py.

The tooling's one, as `wire` is that of frames. The suite judges servers written with real protobuf
libraries, so it must not share one with them; and it must be able to build what no library would.
"""

from __future__ import annotations

import struct
from typing import Any

from .schemas import MESSAGES

Message = dict[str, Any]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIRE_TYPES = {"uint": _VARINT, "int": _VARINT, "fixed64": _FIXED64}
_U64 = (1 << 64) - 1
PADDING_FIELD = 1000


class MessageError(Exception):
    """Bytes that are not the message, or fields that the message does not have."""


def varint(value: int) -> bytes:
    """An unsigned integer in base 128; negative ones as their 64-bit two's complement."""
    value &= _U64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: int | bytes | str) -> bytes:
    """A field of any message, zeros too: an unsigned integer, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | _BYTES) + varint(len(data)) + data


def fixed64(number: int, value: int) -> bytes:
    """A field of 8 bytes, little-endian, which is protobuf's own way."""
    return varint(number << 3 | _FIXED64) + struct.pack("<Q", value)


def padding(size: int) -> bytes:
    """A field that no message of the protocol has, of exactly so many bytes. Raises MessageError
    for a size that no field has."""
    key = varint(PADDING_FIELD << 3 | _BYTES)
    for length in range(max(size - len(key) - 5, 0), size - len(key)):
        prefix = varint(length)
        if len(key) + len(prefix) + length == size:
            return key + prefix + bytes(length)
    raise MessageError(f"no unknown field has {size} bytes")


def encode(name: str, fields: Message) -> bytes:
    """The message as bytes, in the order of `fields`. What is given is sent, zeros too."""
    table = MESSAGES[name]
    out = bytearray()
    for key, value in fields.items():
        if key not in table:
            raise MessageError(f"{name} has no field {key!r}: it has {', '.join(table) or 'none'}")
        number, kind = table[key]
        out += _encode_field(number, kind, value)
    return bytes(out)


def _encode_field(number: int, kind: str, value: Any) -> bytes:
    base = kind.rstrip("*?")
    if kind == "map":
        return b"".join(field(number, field(1, key) + field(2, text))
                        for key, text in value.items())
    if not kind.endswith("*"):
        return _encode_value(number, base, value)
    if base in _WIRE_TYPES:
        packed = b"".join(_encode_scalar(base, element) for element in value)
        return field(number, packed) if value else b""
    return b"".join(_encode_value(number, base, element) for element in value)


def _encode_value(number: int, base: str, value: Any) -> bytes:
    if base in _WIRE_TYPES:
        return varint(number << 3 | _WIRE_TYPES[base]) + _encode_scalar(base, value)
    if base in MESSAGES:
        return field(number, encode(base, value))
    return field(number, value if isinstance(value, str) else bytes(value))


def _encode_scalar(base: str, value: int) -> bytes:
    return struct.pack("<Q", value) if base == "fixed64" else varint(int(value))


def decode(name: str, data: bytes) -> Message:
    """The message's fields. Absent ones are 0, empty or [], but optional ones and messages are
    left out. Unknown fields are skipped."""
    table = MESSAGES[name]
    by_number = {number: (key, kind) for key, (number, kind) in table.items()}
    out: Message = {key: _default(kind) for key, (_, kind) in table.items() if _has_default(kind)}
    offset = 0
    while offset < len(data):
        key, offset = _read_varint(data, offset)
        number, wire_type = key >> 3, key & 7
        value, offset = _read_value(data, offset, wire_type)
        if number == 0:
            raise MessageError(f"{name}: field number 0")
        if number in by_number:
            _store(out, name, *by_number[number], wire_type, value)
    return out


def _has_default(kind: str) -> bool:
    return not kind.endswith("?") and (kind.endswith("*") or kind not in MESSAGES)


def _default(kind: str) -> Any:
    if kind.endswith("*"):
        return []
    return {"map": {}, "string": "", "bytes": b""}.get(kind, 0)


def _store(out: Message, name: str, key: str, kind: str, wire_type: int, value: Any) -> None:
    base = kind.rstrip("*?")
    expected = _WIRE_TYPES.get(base, _BYTES)
    if kind.endswith("*") and wire_type == _BYTES and expected != _BYTES:
        offset = 0
        while offset < len(value):
            element, offset = _read_value(value, offset, expected)
            out[key].append(_scalar(base, element))
        return
    if wire_type != expected:
        raise MessageError(f"{name}.{key}: wire type {wire_type} where {expected} belongs")
    if kind == "map":
        entry = _map_entry(value)
        out[key][entry[0]] = entry[1]
    elif kind.endswith("*"):
        out[key].append(_convert(name, key, base, value))
    else:
        out[key] = _convert(name, key, base, value)


def _map_entry(data: bytes) -> tuple[str, str]:
    entry = decode("MapEntry", data)
    return entry["key"], entry["value"]


def _convert(name: str, key: str, base: str, value: Any) -> Any:
    if base in MESSAGES:
        return decode(base, value)
    if base == "string":
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise MessageError(f"{name}.{key}: not UTF-8: {value.hex()}") from None
    return _scalar(base, value)


def _scalar(base: str, value: Any) -> Any:
    return value - (1 << 64) if base == "int" and value >= 1 << 63 else value


def _read_value(data: bytes, offset: int, wire_type: int) -> tuple[Any, int]:
    if wire_type == _VARINT:
        return _read_varint(data, offset)
    if wire_type in (_FIXED64, _FIXED32):
        size = 8 if wire_type == _FIXED64 else 4
        if offset + size > len(data):
            raise MessageError("a fixed-size field is cut off")
        return int.from_bytes(data[offset : offset + size], "little"), offset + size
    if wire_type != _BYTES:
        raise MessageError(f"wire type {wire_type}")
    size, offset = _read_varint(data, offset)
    if offset + size > len(data):
        raise MessageError(f"a field of {size} bytes in {len(data) - offset}")
    return data[offset : offset + size], offset + size


def _read_varint(data: bytes, offset: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if offset >= len(data):
            raise MessageError("a varint is cut off")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _U64, offset
    raise MessageError("a varint of more than 10 bytes")
