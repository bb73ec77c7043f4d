"""What steps cannot say about unary calls: loops over sizes, orders and lists."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..names import Tag
from ..outcome import CaseFailure
from ..wire import Entry

_BATCH = 500
_KINDS = {1: "unary", 2: "stream"}
_IDEMPOTENCIES = {1: "read-only", 2: "keyed"}


def echoes_come_back(context: Context, role: str, sizes: list[int]) -> None:
    """Random payloads of these sizes, all asked for at once, come back byte by byte."""
    peer = context.open(role)
    payloads = {}
    for size in sizes:
        payload = context.random.randbytes(size)
        payloads[peer.request("Echo", {"payload": payload})] = payload
    for stream, payload in payloads.items():
        came = peer.expect_reply(stream)["payload"]
        if came != payload:
            first = next(
                (at for at, (a, b) in enumerate(zip(came, payload, strict=False)) if a != b),
                min(len(came), len(payload)),
            )
            raise CaseFailure(
                f"stream {stream}: the {len(payload)} bytes that were sent",
                f"{len(came)} bytes, another from byte {first} on",
            )


def metadata_keeps_its_order(context: Context, entries: int) -> None:
    """Text and binary entries in a random mix come back in the very same order."""
    peer = context.open()
    sent: list[Entry] = []
    for index in range(entries):
        tag = context.random.choice([Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY])
        name = context.random.choice(["a", "b", f"n{index}"])
        value = str(context.random.random()) if tag == Tag.CUSTOM_TEXT else ""
        raw = value.encode() or context.random.randbytes(context.random.randrange(20))
        sent.append((int(tag), name.encode() + b"\0" + raw))
    for method, message in (("Echo", {}), ("Fail", {"code": 5})):
        stream = peer.request(method, message, metadata=sent)
        frame = peer.expect_final(stream)
        came = [entry for entry in frame.metadata if entry[0] in (0x40, 0x41)]
        if came != sent:
            raise CaseFailure(f"{method}: the {len(sent)} entries as they were", frame.describe())


def refusals_are_all_answered(context: Context, count: int) -> None:
    """Far more calls of an unknown method than there are slots, in large pieces: each gets its
    ERROR, since a refused call holds no slot beyond that."""
    peer = context.open()
    for start in range(1, count + 1, _BATCH):
        streams = range(start, min(start + _BATCH, count + 1))
        peer.link.held = bytearray()
        for stream in streams:
            peer.send_frame(0x03, a=60000, stream=stream)
        peer.link.release()
        for stream in streams:
            peer.expect_error(stream, "UNIMPLEMENTED", "UNKNOWN_METHOD", not_processed=True)


def describe_agrees_with_welcome(context: Context, role: str) -> dict[str, Any]:
    """Every method that Describe lists is known to the handshake, in the same terms."""
    peer = context.open(role)
    described = peer.expect_reply(peer.request("Describe"))["methods"]
    names = [method["name"] for method in described]
    if len(set(names)) != len(names):
        raise CaseFailure("each method once in Describe", ", ".join(sorted(names)))
    welcome = peer.welcome or {"methods": []}
    infos = zip(peer.methods, welcome["methods"], strict=True)
    known = {name for name, info in infos if info["known"]}
    if missing := known - set(names):
        raise CaseFailure("Describe to list what WELCOME knows", f"none of {', '.join(missing)}")
    other = context.open(role, "again", methods=names)
    again = (other.welcome or {"methods": []})["methods"]
    for method, info in zip(described, again, strict=True):
        terms = {
            "name": method["name"],
            "kind": _KINDS.get(info["kind"]),
            "idempotency": _IDEMPOTENCIES.get(info["idempotency"]),
            "max_size": info["max_size"],
            # WELCOME says nothing of the messages.
            "request": method["request"],
            "reply": method["reply"],
        }
        if not info["known"] or terms != method:
            raise CaseFailure(f"WELCOME to know {method}", str(info))
    return {"methods": len(names)}
