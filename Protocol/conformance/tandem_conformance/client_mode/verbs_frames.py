"""Steps about the frames that answer requests, rightly or wrongly."""

from __future__ import annotations

import time
from typing import Any

from .. import messages, wire
from ..names import NEVER, Flag, FrameType, Tag
from ..outcome import CaseFailure
from .answers import FRAME_KEYS, error_body, send, status, usual_metadata
from .bodies import plain
from .connection import Connection
from .scene import Scene
from .verbs import Step, verb
from .verbs_harness import call
from .verbs_requests import expect_request


def _answer(scene: Scene, step: Step, kind: int, name: str, **fields: Any) -> bytes:
    """Sends an answer to a named request. `stream` in the step chooses another stream."""
    connection, request = scene.request(name)
    if "metadata" not in step and kind in (FrameType.RESPONSE, FrameType.END):
        step = {**step, "metadata": usual_metadata(scene, connection, request)}
    scene.marks[name] = time.monotonic()
    stream = _stream(scene, step.get("stream", name))
    return send(scene, connection, kind, step, stream=stream, **fields)


def _stream(scene: Scene, spec: Any) -> int:
    """A stream id: a number, a request's name, or `{"of", "plus"}`."""
    if isinstance(spec, int):
        return spec
    if isinstance(spec, str):
        return scene.request(spec)[1].stream
    return scene.request(spec["of"])[1].stream + int(spec.get("plus", 0))


@verb("respond", "stream", "replayed", *FRAME_KEYS)
def respond(scene: Scene, step: Step) -> None:
    """RESPONSE; its body is what was asked unless the step gives one."""
    request = scene.request(step["respond"])[1]
    flags = Flag.REPLAYED if step.get("replayed") else 0
    _answer(scene, step, FrameType.RESPONSE, step["respond"], flags=flags, body=request.body)


@verb("item", "stream", *FRAME_KEYS)
def item(scene: Scene, step: Step) -> None:
    """ITEM; what it says when inflated is kept, so that `items_of` can ask for all of it."""
    name = step["item"]
    request = scene.request(name)[1]
    raw = _answer(scene, step, FrameType.ITEM, name, body=request.body)
    scene.items.setdefault(name, []).append(raw)


@verb("end", "stream", "cursor", *FRAME_KEYS)
def end(scene: Scene, step: Step) -> None:
    """END, with the next page's cursor if the step gives one."""
    page = {"next_cursor": plain(step["cursor"])} if "cursor" in step else {}
    body = messages.encode("StreamEnd", page)
    _answer(scene, step, FrameType.END, step["end"], body=body)


@verb(
    "error", "stream", "code", "reason", "message", "domain", "info", "not_processed",
    "retry_after", "replayed", *FRAME_KEYS,
)
def error(scene: Scene, step: Step) -> None:
    """ERROR; `retry_after` is in milliseconds, or "never"."""
    name = step["error"]
    connection, request = scene.request(name)
    flags = Flag.NOT_PROCESSED if step.get("not_processed") else 0
    flags |= Flag.ERROR_REPLAYED if step.get("replayed") else 0
    retry_after = step.get("retry_after", 0)
    if step.get("not_processed"):
        scene.note_not_processed(connection, request.stream - 1, request.stream)
    _answer(
        scene, step, FrameType.ERROR, name, flags=flags, a=status(step.get("code", "UNAVAILABLE")),
        b=NEVER if retry_after == "never" else retry_after, body=error_body(step),
    )


@verb("frame", "on", "stream", "block", *FRAME_KEYS)
def frame_step(scene: Scene, step: Step) -> None:
    """Any frame: `frame` is its type's number in hex."""
    connection = scene.connection(step.get("on"))
    stream = _stream(scene, step.get("stream", 0))
    send(scene, connection, int(step["frame"], 16), step, stream=stream)


@verb("raw", "on")
def raw(scene: Scene, step: Step) -> None:
    """Bytes as they are, in hex."""
    scene.connection(step.get("on")).write(bytes.fromhex(step["raw"]))


@verb("part_of_response", "bytes")
def part_of_response(scene: Scene, step: Step) -> None:
    """The beginning of a right RESPONSE, and no more: the frame stays cut."""
    connection, request = scene.request(step["part_of_response"])
    data = connection.encode(FrameType.RESPONSE, stream=request.stream, body=request.body)
    connection.write(data[: step.get("bytes", len(data) // 2)])


@verb("oversized", "on", "plus", "type", "stream")
def oversized(scene: Scene, step: Step) -> None:
    """The four bytes of a length just above what the client accepts, and nothing else."""
    connection = scene.connection(step["oversized"])
    connection.write((connection.frame_max + step.get("plus", 1)).to_bytes(4, "big"))


@verb("respond_at_limit")
def respond_at_limit(scene: Scene, step: Step) -> None:
    """A RESPONSE of exactly the length that the client's max_frame allows."""
    name = step["respond_at_limit"]
    connection, request = scene.request(name)
    room = connection.frame_max - 12 - (4 if connection.crc_agreed else 0)
    body = plain({"pattern": room})
    scene.captures[name] = body
    send(scene, connection, FrameType.RESPONSE, {}, stream=request.stream, body=body)


@verb("cut", "bytes", "pause_ms")
def cut(scene: Scene, step: Step) -> None:
    """From now on the connection's bytes go out in pieces of so many; 0: whole."""
    connection = scene.connection(step["cut"])
    connection.piece_bytes = step["bytes"]
    connection.pause_s = step.get("pause_ms", 0) / 1000


@verb("hold")
def hold(scene: Scene, step: Step) -> None:
    """Keeps back what goes out on the connection, until `release` sends it in one go."""
    scene.connection(step["hold"]).held = bytearray()


@verb("release")
def release(scene: Scene, step: Step) -> None:
    """Sends in one go what was kept back."""
    scene.connection(step["release"]).release()


@verb("split_everywhere")
def split_everywhere(scene: Scene, step: Step) -> None:
    """Answers as many calls as a RESPONSE has bytes, each one cut at another place."""
    connection = scene.connection(step["split_everywhere"])
    at, size = 1, 2
    while at < size:
        name = f"cut {at}"
        call(scene, {"call": name, "body": {"text": f"cut at {at:03}"}})
        expect_request(scene, {"expect_request": name, "call": name, "on": connection.name})
        request = scene.request(name)[1]
        data = connection.encode(
            FrameType.RESPONSE, stream=request.stream, body=request.body,
            block=wire.encode_metadata([(Tag.AGE, bytes(4))]),
        )
        size = len(data)
        connection.sent(FrameType.RESPONSE, request.stream, size)
        connection.write(data[:at])
        time.sleep(0.003)
        connection.write(data[at:])
        _, result = scene.wait(lambda: scene.result(name), f"end call {name}")
        if result["outcome"] != "ok" or result.get("body") != request.body.hex():
            raise CaseFailure(f"[FR-03] a RESPONSE cut after byte {at} gave {result}")
        at += 1


@verb("ping", "on", "count", "await")
def ping(scene: Scene, step: Step) -> None:
    """PINGs, each with bytes of its own; their PONGs must come, in order, unless told not to
    wait for them.
    """
    connection = scene.connection(step.get("on"))
    seed = step["ping"]
    sent = [f"{seed[:4]:>4}{index:04}".encode() for index in range(step.get("count", 1))]
    for body in sent:
        connection.write(connection.encode(FrameType.PING, body=body))
    connection.pings += sent
    if step.get("await", True):
        await_pongs(scene, connection)


@verb("expect_pongs")
def expect_pongs(scene: Scene, step: Step) -> None:
    """All PINGs so far are answered, in order, with their bytes."""
    await_pongs(scene, scene.connection(step["expect_pongs"]))


@verb("pong", "on")
def pong(scene: Scene, step: Step) -> None:
    """The PONG of a PING that the case sent as raw bytes."""
    connection = scene.connection(step.get("on"))
    connection.pings.append(bytes.fromhex(step["pong"]))
    await_pongs(scene, connection)


def await_pongs(scene: Scene, connection: Connection) -> None:
    def answered() -> bool | None:
        if connection.ended and len(connection.pongs) < len(connection.pings):
            raise CaseFailure("[DR-01] the client ended the connection instead of a PONG")
        return True if len(connection.pongs) >= len(connection.pings) else None

    scene.wait(answered, f"answer {len(connection.pings)} PINGs ({len(connection.pongs)} came)")
    if connection.pongs != connection.pings:
        raise CaseFailure(
            "[DR-01] the PONGs are not the PINGs' bytes in their order: "
            f"{[pong.hex() for pong in connection.pongs[:4]]}"
        )
