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
