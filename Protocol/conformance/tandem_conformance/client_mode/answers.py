"""Builds the server's answers from steps: tokens, metadata blocks, error bodies, whole frames."""

from __future__ import annotations

import struct
from typing import Any

from .. import messages, wire
from ..names import FrameType, Status, Tag
from ..outcome import BadCase, CaseSkipped
from ..wire import Frame
from .bodies import Encoded, plain
from .connection import Connection
from .scene import Scene

EPOCH = bytes.fromhex("00c0ffee00c0ffee")
# What any frame-sending step may override.
FRAME_KEYS = ("flags", "a", "b", "length", "crc", "metadata", "body")


def status(spec: Any) -> int:
    """A status code by number or name."""
    if isinstance(spec, int):
        return spec
    if spec not in Status.__members__:
        raise BadCase(f"no status is called {spec!r}")
    return int(Status[spec])


def token(spec: Any) -> bytes:
    """A consistency token: hex of 16 bytes, a position, or `{"epoch", "position"}`."""
    if isinstance(spec, str):
        return bytes.fromhex(spec)
    if isinstance(spec, int):
        spec = {"position": spec}
    return wire.token(int(spec.get("epoch", EPOCH.hex()), 16), spec["position"])


def metadata(spec: Any) -> bytes | None:
    """A block, with another length than its own if the case says so."""
    if spec in (None, "none"):
        return None
    if "raw" in spec:
        return wire.block(bytes.fromhex(spec["raw"]), length=spec.get("length"))
    pairs: list[tuple[int, bytes]] = []
    if "token" in spec:
        pairs.append((Tag.TOKEN, token(spec["token"])))
    if "age" in spec:
        pairs.append((Tag.AGE, struct.pack(">I", spec["age"])))
    pairs += [(int(tag), plain(value)) for tag, value in spec.get("entries", [])]
    entries = [wire.entry(tag, value) for tag, value in pairs]
    return wire.block(*entries, length=spec.get("length"))


def usual_metadata(scene: Scene, connection: Connection, request: Frame) -> dict[str, Any]:
    """What a right server's final frame has: CS-01 and CS-02."""
    facts = scene.methods.get(connection.methods[request.a], {})
    if facts.get("idempotency") == "keyed":
        return {"token": 1}
    return {"token": 1, "age": 5}


def error_body(step: dict[str, Any]) -> bytes:
    return messages.encode(
        "ErrorDetails",
        {
            "message": step.get("message", "The case says so."),
            "info": {
                "reason": step.get("reason", "BECAUSE"),
                "domain": step.get("domain", "tandem"),
                "metadata": step.get("info", {}),
            },
        },
    )


def send(
    scene: Scene,
    connection: Connection,
    kind: int,
    step: dict[str, Any],
    *,
    stream: int = 0,
    flags: int = 0,
    a: int = 0,
    b: int = 0,
    body: bytes = b"",
) -> bytes:
    """Sends a frame of which the step may override every field; its plain body.

    The ledger learns of it, so that a case may also say what no right server says.
    """
    if "body" in step:
        encoded = Encoded(step["body"], connection.dictionaries, scene.captures)
        body, a, b = encoded.bytes, encoded.a or a, encoded.b or b
        plain_body = encoded.raw
    else:
        plain_body = body
    fields: dict[str, Any] = {
        "flags": step.get("flags", flags),
        "a": step.get("a", a),
        "b": step.get("b", b),
        "length": step.get("length"),
    }
    if "crc" in step:
        fields["crc"] = step["crc"]
    data = connection.encode(
        kind, stream=stream, block=metadata(step.get("metadata")), body=body, **fields
    )
    if len(data) - 4 > connection.frame_max and "length" not in step:
        raise CaseSkipped(f"the client accepts frames of {connection.frame_max} bytes at the most")
    connection.sent(kind, stream, len(data))
    connection.write(data)
    return plain_body


def echo(scene: Scene, connection: Connection, request: Frame) -> None:
    """The right answer of the reference server: what was asked, as RESPONSE or as one ITEM."""
    usual = {"metadata": usual_metadata(scene, connection, request)}
    if connection.methods[request.a] in connection.stream_methods:
        send(scene, connection, FrameType.ITEM, {}, stream=request.stream, body=request.body)
        send(scene, connection, FrameType.END, usual, stream=request.stream)
    else:
        send(scene, connection, FrameType.RESPONSE, usual, stream=request.stream, body=request.body)
