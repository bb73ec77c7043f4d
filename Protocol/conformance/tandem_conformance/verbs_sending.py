"""The verbs that open connections and send."""

from __future__ import annotations

import time
from typing import Any

from . import messages
from .link import PeerClosed
from .matching import check
from .names import FrameType, number
from .outcome import BadCase, CaseFailure
from .peer import Peer
from .run import Run, verb
from .schemas import method

# Between the two parts of a frame: long enough for the server to read the first by itself.
_SPLIT_PAUSE_SECONDS = 0.002


@verb("connect")
def connect(run: Run, step: dict[str, Any]) -> None:
    """A TCP connection; nothing is sent."""
    run.context.connect(step.get("role"), run.name_of_new)


@verb("open")
def open_(run: Run, step: dict[str, Any]) -> None:
    """A connection with its handshake; `welcome` is what must be in WELCOME."""
    peer = run.context.connect(step.get("role"), run.name_of_new)
    welcome = peer.hello(run.values.fields("Hello", step.get("hello", {})))
    check(run.values, "WELCOME", step.get("welcome", {}), welcome)
    for saved, what in step.get("save", {}).items():
        run.context.values[saved] = welcome[what]


@verb("preface")
def preface(run: Run, step: dict[str, Any]) -> None:
    """The preface; `role` and `major` may be wrong."""
    run.peer.send_bytes(run.values.data({"preface": {"role": run.peer.role, **step}}))


@verb("hello")
def hello(run: Run, step: dict[str, Any]) -> None:
    """HELLO, with these fields instead of the usual ones."""
    run.peer.send_hello(run.values.fields("Hello", step))


@verb("send")
def send(run: Run, step: dict[str, Any]) -> None:
    """Bytes as they are."""
    run.peer.stray_allowed = True
    run.peer.send_bytes(run.values.data(step))


@verb("together")
def together(run: Run, step: dict[str, Any]) -> None:
    """What these steps send goes out in one piece behind the last of them."""
    link = run.peer.link
    link.held = bytearray()
    try:
        run.steps(step["steps"])
    finally:
        link.release()


@verb("trickle")
def trickle(run: Run, step: dict[str, Any]) -> None:
    """Bytes one at a time, until all are sent or the server ends the connection."""
    run.peer.stray_allowed = True
    for byte in run.values.data(step["bytes"]):
        if not run.peer.send_bytes(bytes([byte])):
            return
        run.peer.link.fill(time.monotonic() + step["every_ms"] / 1000)
        if run.peer.link.ended is not None:
            return


@verb("frame")
def frame(run: Run, step: dict[str, Any]) -> None:
    """A frame with any field right or wrong. A REQUEST without `stream` takes the next id."""
    peer, frame_type = run.peer, number(FrameType, step["type"])
    fields = dict(step)
    if frame_type == FrameType.REQUEST and "stream" not in step:
        fields["stream"] = peer.highest_stream + 1
    elif frame_type in (FrameType.CANCEL, FrameType.CREDIT) and "stream" not in step:
        fields["stream"] = run.last_stream(peer)
    times = fields.pop("times", 1)
    data = run.values.frame(fields, peer.index, peer.crc)
    a = peer.index(step["method"]) if "method" in step else step.get("a", 0)
    peer.note_sent(frame_type, a, fields.get("stream", 0), step.get("b", 0))
    if frame_type == FrameType.REQUEST:
        run.note_stream(peer, fields["stream"])
    peer.send_bytes(data * times)


@verb("request")
def request(run: Run, step: dict[str, Any]) -> None:
    """A well-formed call; `times` many of them in one piece."""
    peer = run.peer
    known = method(step["method"])
    body = run.values.request_body(known.request if known else None, step)
    entries = list(run.values.metadata(step.get("metadata")) or [])
    if "key" in step:
        entries.insert(0, (2, run.key(step["key"])))
    if "at_least" in step:
        entries.append((3, run.values.data(step["at_least"])))
    pieces = []
    for offset in range(step.get("times", 1)):
        stream = step.get("stream", peer.highest_stream + 1) + (offset if "stream" in step else 0)
        fields = {"stream": stream, "a": peer.index(step["method"])}
        data = peer.frame(
            FrameType.REQUEST,
            **fields,
            b=step.get("timeout_ms", 0),
            metadata=entries if entries or "metadata" in step else None,
            body=body,
        )
        peer.track(stream, fields["a"])
        run.note_stream(peer, stream)
        pieces.append(data)
    peer.send_bytes(b"".join(pieces))


@verb("cancel")
def cancel(run: Run, step: dict[str, Any]) -> None:
    """CANCEL of a call, the last one unless told otherwise."""
    run.peer.cancel(step.get("stream", run.last_stream(run.peer)))


@verb("credit")
def credit(run: Run, step: dict[str, Any]) -> None:
    """CREDIT for a stream, the last one unless told otherwise."""
    run.peer.credit(step.get("stream", run.last_stream(run.peer)), step["bytes"])


@verb("ping")
def ping(run: Run, step: dict[str, Any]) -> None:
    """PING with these 8 bytes."""
    run.peer.ping(run.values.data(step.get("body", "conforms")))


@verb("split")
def split(run: Run, step: dict[str, Any]) -> None:
    """A call whose frame is cut in two at each of its bytes in turn, each time on a new stream;
    each must be answered. `handshake`: preface and HELLO instead, each time on a new connection,
    each must be welcomed."""
    if step.get("handshake"):
        _split_handshake(run)
        return
    peer = run.peer
    known = method(step["method"])
    if known is None:
        raise BadCase(f"split: {step['method']!r} is not in schemas.py")
    body = run.values.request_body(known.request, step)
    cut, size = 1, 2
    while cut < size:
        stream = peer.highest_stream + 1
        data = peer.frame(
            FrameType.REQUEST,
            a=peer.index(step["method"]),
            stream=stream,
            metadata=run.values.metadata(step.get("metadata")),
            body=body,
        )
        size = len(data)
        peer.track(stream, peer.index(step["method"]))
        _send_parts(peer, data, cut)
        try:
            peer.expect_type(stream, FrameType.RESPONSE)
        except CaseFailure as failure:
            raise CaseFailure(
                f"{failure.expected}, the REQUEST being cut at byte {cut}", failure.came
            ) from None
        cut += 1


def _split_handshake(run: Run) -> None:
    hello_fields = {"methods": ["tandem.meta.v1.Meta/Status"], "client": "split"}
    body = messages.encode("Hello", hello_fields)
    size = 8 + 16 + len(body)
    for cut in range(1, size):
        peer = run.context.connect(None, "split")
        data = run.values.data({"preface": {"role": peer.role}}) + peer.hello_frame(hello_fields)
        _send_parts(peer, data, cut)
        try:
            peer.read_welcome()
        except CaseFailure as failure:
            raise CaseFailure(
                f"{failure.expected}, preface and HELLO being cut at byte {cut}", failure.came
            ) from None
        peer.close()


def _send_parts(peer: Peer, data: bytes, cut: int) -> None:
    if not peer.send_bytes(data[:cut]):
        raise PeerClosed("the server to await the rest of a frame", peer.link.ended or "closed")
    time.sleep(_SPLIT_PAUSE_SECONDS)
    peer.send_bytes(data[cut:])


@verb("half_close")
def half_close(run: Run, step: dict[str, Any]) -> None:
    """Ends our direction."""
    run.peer.half_close()


@verb("close")
def close(run: Run, step: dict[str, Any]) -> None:
    """Closes the connection; `reset` with RST."""
    run.peer.close(reset=step.get("reset", False))
