"""The verbs that say what must come."""

from __future__ import annotations

import time
from typing import Any

from .matching import check
from .names import (
    NEVER,
    Flag,
    FrameType,
    GoAwayCode,
    Role,
    Status,
    Tag,
    flag_names,
    name,
    number,
    type_name,
)
from .outcome import BadCase, CaseFailure
from .peer import Peer
from .run import Run, verb
from .values import flag_bits
from .wire import Frame

_FINAL = frozenset({FrameType.RESPONSE, FrameType.END, FrameType.ERROR})


@verb("welcome")
def welcome(run: Run, step: dict[str, Any]) -> None:
    """WELCOME with at least this in it."""
    check(run.values, "WELCOME", step, run.peer.read_welcome())


@verb("expect")
def expect(run: Run, step: dict[str, Any]) -> None:
    """A frame of this type, on this stream, with these fields."""
    peer, frame_type = run.peer, number(FrameType, step["type"])
    frame = _read(run, peer, frame_type, step)
    where = type_name(frame_type) + (f" on stream {frame.stream}" if frame.stream else "")
    for field in ("a", "b"):
        if field in step:
            check(run.values, f"{where}: {field}", step[field], getattr(frame, field))
    if "flags" in step:
        _check_flags(where, frame, flag_bits(step["flags"]))
    if "body" in step:
        check(run.values, f"{where}: body", step["body"], peer.body(frame))
    if "raw_body" in step:
        check(run.values, f"{where}: body as sent", step["raw_body"], frame.body)
    if "message" in step:
        check(run.values, where, step["message"], _message(peer, frame))
    _check_metadata(run, where, frame, step.get("metadata", {}))
    for saved, what in step.get("save", {}).items():
        run.context.values[saved] = _part(peer, frame, what)


def _read(run: Run, peer: Peer, frame_type: int, step: dict[str, Any]) -> Frame:
    if step.get("next"):
        expected = f"next {type_name(frame_type)} on stream {step['stream']}"
        frame = peer.read_frame(expected)
        if frame.type != frame_type or frame.stream != step["stream"]:
            raise CaseFailure(expected, frame.describe() + peer.error_text(frame))
        return frame
    if frame_type in _FINAL or frame_type == FrameType.ITEM:
        stream = step.get("stream", run.last_stream(peer))
        if frame_type == FrameType.ITEM:
            return peer.expect_item(stream)
        return peer.expect_type(stream, FrameType(frame_type))
    return peer.read_frame(type_name(frame_type), None, lambda frame: frame.type == frame_type)


def _check_flags(where: str, frame: Frame, wanted: int) -> None:
    # META follows from the metadata, CRC from the handshake: no case says them for answers.
    kept = 0xFF & ~(Flag.META | Flag.CRC)
    if frame.flags & kept != wanted & kept:
        raise CaseFailure(
            f"{where} with flags {flag_names(frame.type, wanted & kept)}", frame.describe()
        )


def _message(peer: Peer, frame: Frame) -> dict[str, Any]:
    if frame.type in (FrameType.RESPONSE, FrameType.ITEM):
        return peer.message(frame)
    bodies = {
        FrameType.END: "StreamEnd",
        FrameType.ERROR: "ErrorDetails",
        FrameType.GOAWAY: "GoAway",
    }
    if frame.type not in bodies:
        raise BadCase(f"{type_name(frame.type)} has no message")
    return peer.decode(bodies[FrameType(frame.type)], frame)


def _check_metadata(run: Run, where: str, frame: Frame, wanted: dict[str, Any]) -> None:
    for tag_name, rule in wanted.items():
        values = frame.values(number(Tag, tag_name))
        if rule in ("present", "absent"):
            if bool(values) != (rule == "present"):
                raise CaseFailure(f"{where}: {tag_name} {rule}", frame.describe())
        else:
            check(run.values, f"{where}: {tag_name}", rule, values)


def _part(peer: Peer, frame: Frame, what: str) -> Any:
    if what == "body":
        return peer.body(frame)
    if what in Tag.__members__:
        value = frame.value(Tag[what])
        if value is None:
            raise CaseFailure(f"{type_name(frame.type)} with {what}", frame.describe())
        return value
    if what in ("a", "b", "stream"):
        return getattr(frame, what)
    part: Any = _message(peer, frame)
    for key in what.split("."):
        try:
            part = part[int(key) if isinstance(part, list) else key]
        except (KeyError, IndexError):
            raise CaseFailure(f"{type_name(frame.type)} with {what}", frame.describe()) from None
    return part


@verb("expect_error")
def expect_error(run: Run, step: dict[str, Any]) -> None:
    """An ERROR that ends a call."""
    peer = run.peer
    stream = step.get("stream", run.last_stream(peer))
    retry_after = NEVER if step.get("retry_after") == "never" else step.get("retry_after")
    details = peer.expect_error(
        stream, step.get("code"), step.get("reason"), not_processed=step.get("not_processed")
    )
    frame = peer.expect_final(stream)
    where = f"ERROR {name(Status, frame.a)} on stream {stream}"
    if retry_after is not None:
        check(run.values, f"{where}: retry-after", retry_after, frame.b)
    if "replayed" in step and bool(frame.flags & Flag.ERROR_REPLAYED) != step["replayed"]:
        how = "with" if step["replayed"] else "without"
        raise CaseFailure(f"{where} {how} REPLAYED", frame.describe())
    info = details.get("info", {"reason": "", "domain": "", "metadata": {}})
    if "domain" in step:
        check(run.values, f"{where}: domain", step["domain"], info["domain"])
    if "info" in step:
        check(run.values, f"{where}: info.metadata", step["info"], info["metadata"])
    if "message" in step:
        check(run.values, f"{where}: message", step["message"], details["message"])
    if "lacks" in step:
        secret = run.values.data(step["lacks"])
        if secret in frame.raw:
            raise CaseFailure(f"{where} not to hold {secret!r}", frame.describe())
    _check_metadata(run, where, frame, step.get("metadata", {}))


@verb("expect_items")
def expect_items(run: Run, step: dict[str, Any]) -> None:
    """All of a stream: ITEMs of these sizes (or so many), then END, or an ERROR of this code."""
    peer = run.peer
    stream = step.get("stream", run.last_stream(peer))
    then = step.get("then", "END")
    if then == "END":
        peer.expect_type(stream, FrameType.END)
    else:
        peer.expect_error(stream, then)
    items = [peer.body(item) for item in peer.calls[stream].items]
    if "count" in step:
        check(run.values, f"stream {stream}: number of ITEMs", step["count"], len(items))
    if "sizes" in step:
        sizes = [len(item) for item in items]
        check(run.values, f"stream {stream}: sizes of ITEMs", step["sizes"], sizes)
        for index, item in enumerate(items):
            pattern = bytes((index + offset) % 251 for offset in range(len(item)))
            if item != pattern:
                raise CaseFailure(
                    f"stream {stream}: ITEM {index} with bytes ({index} + k) mod 251",
                    f"{item[:32].hex()}…",
                )


@verb("expect_all")
def expect_all(run: Run, step: dict[str, Any]) -> None:
    """A final frame of this type for every call of the connection."""
    frame_type = FrameType(number(FrameType, step.get("type", "RESPONSE")))
    peer = run.peer
    for stream in sorted(peer.calls):
        frame = peer.expect_type(stream, frame_type)
        if "message" in step:
            where = f"{frame_type.name} on stream {stream}"
            check(run.values, where, step["message"], _message(peer, frame))
    if "count" in step:
        check(run.values, "number of calls", step["count"], len(peer.calls))


@verb("expect_goaway")
def expect_goaway(run: Run, step: dict[str, Any]) -> None:
    """A hard GOAWAY and the end of the connection; with `hard` false, a soft one."""
    peer = run.peer
    if step.get("hard", True):
        details = peer.expect_goaway(step["code"], strict=run.context.strict)
        if details is None:
            return
    else:
        expected = f"a soft GOAWAY {step['code']}"
        frame = peer.read_frame(expected, None, lambda one: one.type == FrameType.GOAWAY)
        if frame.flags & Flag.HARD or frame.a != number(GoAwayCode, step["code"]):
            raise CaseFailure(expected, frame.describe() + peer.error_text(frame))
        details = peer.decode("GoAway", frame)
        details.update({"last_stream": frame.stream, "grace_ms": frame.b})
    for key in ("last_stream", "message", "grace_ms"):
        if key in step:
            check(run.values, f"GOAWAY: {key}", step[key], details[key])
    _check_clock(run, step)


@verb("expect_close")
def expect_close(run: Run, step: dict[str, Any]) -> None:
    """The end of the connection; a hard GOAWAY NO_ERROR may come before it."""
    run.peer.expect_close()
    _check_clock(run, step)


@verb("expect_ended")
def expect_ended(run: Run, step: dict[str, Any]) -> None:
    """The connection ends, with a GOAWAY or without."""
    run.peer.expect_close()


@verb("expect_text")
def expect_text(run: Run, step: dict[str, Any]) -> None:
    """One line of ASCII text that names the port's role, then the end of the connection."""
    text = run.peer.link.read_text()
    if not text and not run.context.strict:
        return
    where = f"a line of text that names the {run.peer.role} port"
    role = Role[run.peer.role.upper()].name.lower()
    if not text.isascii() or text.count(b"\n") > 1 or role.encode() not in text.lower():
        raise CaseFailure(where, repr(text[:200]))
    check(run.values, "the text", {"has": step.get("has", "")}, text.decode())


@verb("expect_silence")
def expect_silence(run: Run, step: dict[str, Any]) -> None:
    """Nothing comes for so long."""
    run.peer.expect_silence(step["ms"] / 1000)


@verb("expect_pong")
def expect_pong(run: Run, step: dict[str, Any]) -> None:
    """The PONG to the oldest PING that has none yet."""
    run.peer.expect_pong(run.values.data(step.get("body", "conforms")))


@verb("probe")
def probe(run: Run, step: dict[str, Any]) -> None:
    """A call on this connection is answered."""
    run.peer.probe()


@verb("clock")
def clock(run: Run, step: dict[str, Any]) -> None:
    """Starts the clock that `not_before_ms` and `within_ms` read. It stands before whatever lets
    the server begin to count: then no delay of ours makes a time seem too short."""
    run.clock = time.monotonic()


@verb("expect_time")
def expect_time(run: Run, step: dict[str, Any]) -> None:
    """How long it took since `clock`. An upper bound is one that no machine is too slow for, and
    says why in a note; where what comes is bounded by `--timeout` anyhow, it needs none."""
    _check_clock(run, step)


def _check_clock(run: Run, step: dict[str, Any]) -> None:
    elapsed_ms = (time.monotonic() - run.clock) * 1000
    # Timed: a lower bound, counted from before the wait can begin.
    if elapsed_ms < step.get("not_before_ms", 0):
        raise CaseFailure(
            f"this not before {step['not_before_ms']} ms", f"it after {elapsed_ms:.0f} ms"
        )
    # Timed: only with a note that says why no machine takes that long.
    if elapsed_ms > step.get("within_ms", float("inf")):
        raise CaseFailure(f"this within {step['within_ms']} ms", f"it after {elapsed_ms:.0f} ms")
