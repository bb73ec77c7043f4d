"""A connection with expectations: each method names one thing that the server has to do.

What is expected and what came both stand in the failure, with the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import bodies, wire
from .connection import Connection
from .intake import is_hard_goaway
from .link import PeerClosed, PeerTimeout
from .messages import Message
from .names import Flag, FrameType, GoAwayCode, Status, name
from .outcome import BadCase, CaseFailure
from .wire import Frame

Code = int | str | Sequence[int | str]

STATUS_METHOD = "tandem.meta.v1.Meta/Status"


class Peer(Connection):
    """One connection to the server under test."""

    def expect_final(self, stream: int, timeout: float | None = None) -> Frame:
        """Reads until the call's final frame; its ITEMs are then in `calls[stream].items`."""
        call = self.calls[stream]
        while call.final is None:
            self.read_frame(
                f"stream {stream}: a final frame", timeout, lambda frame: frame.stream == stream
            )
        self.forget(stream)
        return call.final

    def expect_item(self, stream: int, timeout: float | None = None) -> Frame:
        """The next ITEM of a stream; a final frame instead fails."""
        expected = f"stream {stream}: ITEM"
        frame = self.read_frame(expected, timeout, lambda frame: frame.stream == stream)
        if frame.type != FrameType.ITEM:
            raise CaseFailure(expected, frame.describe() + self.error_text(frame))
        return frame

    def expect_type(
        self, stream: int, frame_type: FrameType, timeout: float | None = None
    ) -> Frame:
        """The final frame of a call, which must be of this type."""
        frame = self.expect_final(stream, timeout)
        if frame.type != frame_type:
            raise CaseFailure(
                f"stream {stream}: {frame_type.name}", frame.describe() + self.error_text(frame)
            )
        return frame

    def expect_reply(self, stream: int, timeout: float | None = None) -> Message:
        """The decoded RESPONSE of a unary call; an ERROR fails."""
        return self.message(self.expect_type(stream, FrameType.RESPONSE, timeout))

    def expect_items(self, stream: int, timeout: float | None = None) -> list[bytes]:
        """The inflated bodies of a stream's ITEMs up to END; an ERROR fails."""
        self.expect_type(stream, FrameType.END, timeout)
        return [self.body(item) for item in self.calls[stream].items]

    def expect_error(
        self,
        stream: int,
        code: Code | None = None,
        reason: str | None = None,
        *,
        not_processed: bool | None = None,
        retry_after: int | None = None,
        timeout: float | None = None,
    ) -> Message:
        """The details of the ERROR that must end this call."""
        numbers = _numbers(Status, code)
        expected = f"stream {stream}: ERROR {' or '.join(name(Status, one) for one in numbers)}"
        frame = self.expect_final(stream, timeout)
        came = frame.describe() + self.error_text(frame)
        if frame.type != FrameType.ERROR or numbers and frame.a not in numbers:
            raise CaseFailure(expected.strip(), came)
        details = self.error(frame)
        if reason is not None and details.get("info", {}).get("reason") != reason:
            raise CaseFailure(f"{expected} with reason {reason}", came)
        flag = bool(frame.flags & Flag.NOT_PROCESSED)
        if not_processed is not None and flag != not_processed:
            how = "with" if not_processed else "without"
            raise CaseFailure(f"{expected} {how} NOT_PROCESSED", came)
        if retry_after is not None and frame.b != retry_after:
            raise CaseFailure(f"{expected} with retry-after {retry_after}", came)
        return details

    def expect_silence(
        self, seconds: float, allowed: Callable[[Frame], bool] | None = None
    ) -> None:
        """Nothing comes for so long, except what is `allowed`; the connection's end is no
        silence either."""
        expected = f"nothing to come for {seconds} s"
        try:
            frame = self.read_frame(
                expected, seconds, lambda frame: not (allowed and allowed(frame))
            )
        except PeerTimeout:
            return
        raise CaseFailure(expected, frame.describe() + self.error_text(frame))

    def expect_goaway(
        self, code: Code, *, strict: bool = True, timeout: float | None = None
    ) -> Message | None:
        """A hard GOAWAY with this code (or one of these), then the end of the connection. Not
        `strict`: the bare end will do, and gives None. Answers may come before it."""
        numbers = _numbers(GoAwayCode, code)
        expected = "GOAWAY HARD " + " or ".join(name(GoAwayCode, number) for number in numbers)
        try:
            frame = self.read_frame(expected, timeout, is_hard_goaway)
        except PeerClosed as end:
            if strict:
                raise CaseFailure(
                    expected, f"the connection {end.how} by the server without it"
                ) from None
            return None
        details = self.decode("GoAway", frame)
        if frame.a not in numbers:
            raise CaseFailure(expected, frame.describe() + self.error_text(frame))
        self.expect_close(timeout)
        details.update({"code": frame.a, "last_stream": frame.stream, "grace_ms": frame.b})
        return details

    def expect_close(self, timeout: float | None = None) -> None:
        """The connection ends behind a whole frame, whatever comes before."""
        while True:
            try:
                self.read_frame("the end of the connection", timeout)
            except PeerClosed:
                if self.link.pending:
                    raise CaseFailure(
                        "the connection to end behind a whole frame",
                        wire.hexdump(self.link.pending),
                    ) from None
                return

    def expect_pong(self, body: bytes, timeout: float | None = None) -> None:
        """The PONG to a PING with this body."""
        expected = f"PONG with {body.hex()}"
        frame = self.read_frame(expected, timeout, lambda frame: frame.type == FrameType.PONG)
        if frame.body != body:
            raise CaseFailure(expected, frame.describe())

    def probe(self) -> None:
        """A call on this connection gets its answer: Status, or else a PING its PONG."""
        if STATUS_METHOD in self.methods:
            self.expect_reply(self.request(STATUS_METHOD, {}))
            return
        self.ping(b"probe ok")
        self.expect_pong(b"probe ok")

    def message(self, frame: Frame) -> Message:
        """The message in a RESPONSE or ITEM, inflated if need be."""
        known = self.calls[frame.stream].method
        if known is None or not known.reply:
            raise BadCase(f"stream {frame.stream}: no message is known for its answers")
        return self.decode(known.reply, frame, self.body(frame))

    def body(self, frame: Frame) -> bytes:
        """The inflated body; everything that CO-03 asks a client to check is checked."""
        welcome = self.welcome or {"features": [], "dictionaries": []}
        return bodies.inflate(frame, welcome["features"], welcome["dictionaries"])

    def dictionary(self, encoding: int) -> bytes:
        """The content of the dictionary with this encoding id."""
        return bodies.dictionary(encoding, (self.welcome or {}).get("dictionaries", []))

    def error(self, frame: Frame) -> Message:
        """The details of an ERROR."""
        return self.decode("ErrorDetails", frame)

    def end(self, frame: Frame) -> Message:
        """The StreamEnd of an END."""
        return self.decode("StreamEnd", frame)


def _numbers(names: type[Status] | type[GoAwayCode], code: Code | None) -> list[int]:
    if code is None:
        return []
    codes = [code] if isinstance(code, (int, str)) else code
    for one in codes:
        if isinstance(one, str) and one not in names.__members__:
            raise BadCase(f"{one!r} is no {names.__name__}")
    return [int(names[one]) if isinstance(one, str) else one for one in codes]
