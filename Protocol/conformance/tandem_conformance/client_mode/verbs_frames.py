"""Steps about requests and the frames that answer them, rightly or wrongly."""

from __future__ import annotations

import time
from typing import Any

from .. import messages, wire
from ..names import NEVER, Flag, FrameType, Tag
from ..outcome import CaseFailure, CaseSkipped
from ..wire import Frame
from . import extras
from .answers import FRAME_KEYS, error_body, send, status, token, usual_metadata
from .bodies import plain
from .connection import Connection
from .rules import require
from .scene import Scene
from .verbs import Step, verb
from .verbs_connection import check_gap, give_up_unless_open
from .verbs_harness import call


@verb(
    "expect_request", "call", "on", "same_as", "key", "timeout", "at_least", "crc", "after",
    "ms_min", "retry_of", "less_time_than",
)
def expect_request(scene: Scene, step: Step) -> None:
    """A REQUEST comes: of the call named, with what else the step says."""
    name = step["expect_request"]
    connection, frame = scene.wait(
        lambda: _claim(scene, step), _description(step)
    )
    check_gap(scene, step, frame.at, "sent the call again")
    if "call" in step:
        _check_no_key(scene, step["call"], frame)
        extras.check(scene, scene.call(step["call"]), frame)
    scene.requests[name] = (connection, frame)
    scene.captures[name] = frame.body
    if "less_time_than" in step:
        first = scene.request(step["less_time_than"])[1]
        require(
            1 <= frame.b < first.b, "CA-04", f"the repeat has b = {frame.b} after {first.b}"
        )
    if "same_as" in step:
        _check_repeat(scene, step["same_as"], frame)
    if step.get("key") == "same":
        _check_key(scene, step, frame)
    if "timeout" in step:
        low, high = step["timeout"]
        require(
            low <= frame.b <= high, "CA-04", f"{frame} has b = {frame.b}, not {low} to {high} ms"
        )
    if "at_least" in step:
        _check_at_least(scene, step["at_least"], frame)
    if step.get("crc"):
        require(bool(frame.flags & Flag.CRC), "FR-14", f"{frame} has no CRC, though agreed")


def _description(step: Step) -> str:
    what = f"send the REQUEST of call {step['call']}" if "call" in step else "send a REQUEST"
    return f"{what} on connection '{step['on']}'" if "on" in step else what


def _claim(scene: Scene, step: Step) -> tuple[Connection, Frame] | None:
    """The first waiting REQUEST that fits, taken out of its queue."""
    chosen = [scene.connection(step["on"])] if "on" in step else list(scene.connections.values())
    found = find_request(scene, chosen, step.get("call"))
    if found is not None:
        return found
    if "on" in step and chosen[0].ended:
        raise CaseFailure(f"connection '{step['on']}' was ended before its REQUEST came")
    if "retry_of" in step:
        give_up_unless_open(scene, step["retry_of"])
    elif "call" in step:
        result = scene.result(step["call"])
        if result is not None:
            raise CaseFailure(f"no REQUEST came for call {step['call']}; it ended: {result[1]}")
    return None


def find_request(
    scene: Scene, connections: list[Connection], call_name: str | None
) -> tuple[Connection, Frame] | None:
    """Takes the first REQUEST of a call, or of any, out of the connections' queues."""
    for connection in connections:
        for frame in connection.requests:
            if call_name is not None:
                made = scene.call(call_name)
                if (connection.methods[frame.a], frame.body) != (made.method, made.body):
                    continue
            connection.requests.remove(frame)
            return connection, frame
    return None


def _check_repeat(scene: Scene, name: str, frame: Frame) -> None:
    first = scene.request(name)[1]
    require(frame.body == first.body, "IK-06", "the repeated command has other body bytes")
    keys = [one.value(Tag.IDEMPOTENCY_KEY) for one in (frame, first)]
    require(keys[0] == keys[1], "IK-06", "the repeat has another key")


def _check_no_key(scene: Scene, name: str, frame: Frame) -> None:
    """A client whose commands all have keys cannot be asked what it does without one."""
    if scene.call(name).key is None and frame.value(Tag.IDEMPOTENCY_KEY) is not None:
        raise CaseSkipped("the client gives a key to every command by itself")


def _check_key(scene: Scene, step: Step, frame: Frame) -> None:
    expected = scene.call(step["call"]).key
    found = frame.value(Tag.IDEMPOTENCY_KEY)
    require(found == expected, "IK-06", "the REQUEST has not the key that the caller gave")


def _check_at_least(scene: Scene, spec: Any, frame: Frame) -> None:
    """AT_LEAST is the token given, one of several, or absent (null)."""
    allowed = spec if isinstance(spec, list) else [spec]
    wanted = [None if one is None else token(one) for one in allowed]
    found = frame.value(Tag.AT_LEAST)
    if found is None and found not in wanted:
        scene.should("send the highest token that it has seen as AT_LEAST [section 10]")
    elif found not in wanted:
        shown = " or ".join("absent" if one is None else one.hex() for one in wanted)
        raise CaseFailure(
            f"[CS-03] AT_LEAST is {'absent' if found is None else found.hex()}; it should be"
            f" {shown}"
        )


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
