"""Steps about the REQUESTs that the client sends."""

from __future__ import annotations

from typing import Any

from ..names import Flag, Tag
from ..outcome import CaseFailure, CaseSkipped
from ..wire import Frame
from . import extras
from .answers import token
from .connection import Connection
from .rules import require
from .scene import Scene
from .verbs import Step, verb
from .verbs_connection import check_gap, give_up_unless_open


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
