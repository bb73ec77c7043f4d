"""What the procedures need of the order service: commands in bulk, tokens, all of a list.

Not called by cases. Emails and names are made unique by chance, so that a procedure can run
against a server that has been run against before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..context import Context
from ..messages import Message
from ..names import FrameType, Tag
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame

IN_FLIGHT = 256
"""How many commands are pipelined at once: well below every limit."""

TOKEN_BYTES = 16


def token(frame: Frame) -> bytes:
    """The TOKEN of a final frame, which must have one."""
    value = frame.value(Tag.TOKEN)
    if value is None:
        raise CaseFailure("a final frame with a TOKEN", frame.describe())
    return value


def position(value: bytes) -> int:
    """The log position in a token."""
    return int.from_bytes(value[8:], "big")


def epoch(value: bytes) -> int:
    """The log epoch in a token."""
    return int.from_bytes(value[:8], "big")


def age(frame: Frame) -> int:
    """The AGE of a query's final frame in milliseconds."""
    value = frame.value(Tag.AGE)
    if value is None:
        raise CaseFailure("a query's final frame with an AGE", frame.describe())
    return int.from_bytes(value, "big")


def unique(context: Context) -> str:
    """A word that no run before has used."""
    return context.key().hex()[:16]


def new_user(context: Context) -> Message:
    """A RegisterUser that can only succeed."""
    word = unique(context)
    return {"email": f"{word}@example.org", "name": f"User {word}"}


def run_all(
    peer: Peer, method: str, requests: Sequence[Message], keys: Sequence[bytes]
) -> list[Frame]:
    """The final frames of commands that were pipelined, in the order of the requests."""
    finals: list[Frame] = []
    for start in range(0, len(requests), IN_FLIGHT):
        batch = zip(requests[start : start + IN_FLIGHT], keys[start : start + IN_FLIGHT])
        streams = [peer.request(method, fields, key=key) for fields, key in batch]
        finals += [peer.expect_final(stream) for stream in streams]
    return finals


def succeed_all(context: Context, method: str, requests: Sequence[Message]) -> list[Frame]:
    """The RESPONSEs of commands that must all succeed, each under a fresh key."""
    peer = context.open("command", "shop")
    finals = run_all(peer, method, requests, [context.key() for _ in requests])
    for frame in finals:
        if frame.type != FrameType.RESPONSE:
            raise CaseFailure(f"{method} to succeed", f"{frame.describe()}{peer.error(frame)}")
    peer.close()
    return finals


def succeed(peer: Peer, method: str, fields: Message, key: bytes) -> tuple[Message, bytes]:
    """The reply of one command that must succeed, and its TOKEN."""
    stream = peer.request(method, fields, key=key)
    reply = peer.expect_reply(stream)
    final = peer.calls[stream].final
    assert final is not None  # expect_reply has read it.
    return reply, token(final)


def page(
    peer: Peer, method: str, fields: Message, at_least: bytes | None = None
) -> tuple[list[Message], bytes, Frame]:
    """One page: its documents, the next cursor, and its END."""
    stream = peer.request(method, fields, at_least=at_least)
    peer.expect_items(stream)
    call = peer.calls[stream]
    assert call.final is not None  # expect_items has read it.
    documents = [peer.message(item) for item in call.items]
    return documents, peer.end(call.final)["next_cursor"], call.final


def head(peer: Peer) -> int:
    """The log's last position as this port's Status has it."""
    return int(peer.expect_reply(peer.request("tandem.meta.v1.Meta/Status", {}))["head_position"])
