"""The bytes that abusers and probes send, made ahead so that sending them costs little."""

from __future__ import annotations

from collections.abc import Sequence

from .. import messages, wire
from ..names import FrameType, Tag


def opening(role: int, methods: Sequence[str], window: int = 0) -> bytes:
    """Preface and HELLO."""
    hello: messages.Message = {"methods": list(methods)}
    if window:
        hello["initial_window"] = window
    return wire.preface(role) + wire.encode(FrameType.HELLO, body=messages.encode("Hello", hello))


def request(stream: int, body: bytes, *, method: int = 0, key: bytes = b"") -> bytes:
    """A REQUEST, with an idempotency key if there is one."""
    metadata = [(int(Tag.IDEMPOTENCY_KEY), key)] if key else None
    return wire.encode(FrameType.REQUEST, a=method, stream=stream, metadata=metadata, body=body)


def request_head(stream: int, body_size: int, *, key: bytes = b"") -> bytes:
    """What stands before a REQUEST's body, for a body that is sent apart."""
    head = request(stream, b"", key=key)
    return (len(head) - 4 + body_size).to_bytes(4, "big") + head[4:]


def ping(number: int) -> bytes:
    """A PING that says which one it is."""
    return wire.encode(FrameType.PING, body=number.to_bytes(8, "big"))


def padded(message: bytes, size: int) -> bytes:
    """The message with an unknown field behind it, `size` bytes together."""
    return message + messages.padding(size - len(message))


def hostile_bodies(size: int) -> dict[str, bytes]:
    """Bodies of PlaceOrder, by what is wrong with them: of about that size, and each costs its
    reader far more than its sender."""
    head = messages.encode("PlaceOrderRequest", {"user_id": 1, "currency": "USD"})
    room = size - len(head) - 16
    deep = b"\x7b" * 50_000 + b"\x7c" * 50_000

    def line(content: bytes) -> bytes:
        return head + messages.field(3, content)

    return {
        "empty lines": head + b"\x1a\x00" * (room // 2),
        "lines with a quantity alone": head + b"\x1a\x02\x10\x01" * (room // 4),
        "groups": head + b"\x7b\x7c" * (room // 2),
        "deep groups": head + deep * (room // len(deep)),
        "unknown fields": head + b"\x78\x01" * (room // 2),
        "unknown fields in a line": line(b"\x78\x01" * (room // 2)),
        "one long text": line(messages.field(4, b"x" * (room - 16))),
        "not UTF-8": line(messages.field(4, b"\xff" * (room - 16))),
    }
