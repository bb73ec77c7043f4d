"""What comes in on a connection: frames, each checked against everything that always holds."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import messages, wire
from .ledger import ANSWERS, Call
from .link import Address, Link, PeerClosed, PeerTimeout
from .messages import Message
from .names import Flag, FrameType
from .outcome import CaseFailure
from .schemas import Method
from .wire import Frame

WELCOME_LENGTH_MOST = 1 << 20
MAX_FRAME_MOST = 4 << 20
DEFAULT_WINDOW = 256 << 10
STREAM_KIND = 2


class Intake:
    """Reads frames, and keeps what later reads and checks need."""

    def __init__(self, address: Address, timeout: float, source: str | None = None) -> None:
        self.link = Link(address, timeout, source)
        self.welcome: Message | None = None
        self.methods: list[str] = []
        self.calls: dict[int, Call] = {}
        self.goaways: list[Frame] = []
        self.pings: list[Frame] = []
        self.skipped: list[Frame] = []
        self.auto_pong = True
        # For cases that send requests as plain bytes: answers to unknown calls are then no failure.
        self.stray_allowed = False
        self.window = DEFAULT_WINDOW
        self.max_frame = MAX_FRAME_MOST
        self._inbox: list[Frame] = []

    @property
    def crc(self) -> bool:
        """Whether crc32c was agreed, so that each frame has a checksum."""
        return self.welcome is not None and "crc32c" in self.welcome["features"]

    def read_frame(
        self,
        expected: str = "a frame",
        timeout: float | None = None,
        matching: Callable[[Frame], bool] | None = None,
    ) -> Frame:
        """The next frame that `matching` wants; others are kept for later reads, in their order.
        PINGs are answered, skippable frames dropped, soft GOAWAYs noted. A hard GOAWAY that nobody
        asked for fails."""
        for index, kept in enumerate(self._inbox):
            if matching is None or matching(kept):
                return self._inbox.pop(index)
        deadline = time.monotonic() + (self.link.timeout if timeout is None else timeout)
        while True:
            frame = self._receive(expected, max(0.0, deadline - time.monotonic()))
            if frame is None:
                continue
            if matching is None or matching(frame):
                return frame
            if is_hard_goaway(frame):
                raise CaseFailure(expected, frame.describe() + self.error_text(frame))
            if frame.type != FrameType.GOAWAY:
                self._inbox.append(frame)

    def forget(self, stream: int) -> None:
        """Drops the kept frames of a call; its ITEMs are with the call."""
        self._inbox = [frame for frame in self._inbox if frame.stream != stream]

    def decode(self, message_name: str, frame: Frame, body: bytes | None = None) -> Message:
        """A message in a frame; what does not decode fails the case."""
        try:
            return messages.decode(message_name, frame.body if body is None else body)
        except messages.MessageError as error:
            raise CaseFailure(f"a {message_name}", f"{error}: {frame.describe()}") from None

    def error_text(self, frame: Frame) -> str:
        """Reason and message of an ERROR or GOAWAY, to stand behind its bytes."""
        if frame.type == FrameType.ERROR:
            details = self.decode("ErrorDetails", frame)
        elif frame.type == FrameType.GOAWAY:
            details = self.decode("GoAway", frame)
        else:
            return ""
        reason = details.get("info", {}).get("reason", "")
        return f", {reason or 'no reason'}: {details['message']!r}"

    def _receive(self, expected: str, timeout: float) -> Frame | None:
        """The next frame of the connection, checked; None if it was dealt with here."""
        most = WELCOME_LENGTH_MOST if self.welcome is None else self.max_frame
        try:
            raw = self.link.read_raw(most, timeout)
        except PeerTimeout as end:
            raise PeerTimeout(expected, end.came) from None
        if raw is None:
            raise PeerClosed(expected, self.link.ended or "closed")
        try:
            frame = wire.decode(raw)
            wire.check_from_server(frame, self.crc)
        except wire.WireError as error:
            raise CaseFailure(
                "a frame that the protocol allows", f"{error}: {wire.hexdump(raw)}"
            ) from None
        return self._note_received(frame)

    def _note_received(self, frame: Frame) -> Frame | None:
        if any(is_hard_goaway(goaway) for goaway in self.goaways):
            raise CaseFailure("nothing behind the hard GOAWAY", frame.describe())
        if frame.type >= 0x80:
            self.skipped.append(frame)
            return None
        if frame.type == FrameType.PING:
            self.pings.append(frame)
            if self.auto_pong:
                self.link.send(wire.encode(FrameType.PONG, body=frame.body, crc=self.crc))
                return None
        elif frame.type == FrameType.GOAWAY:
            self.decode("GoAway", frame)
            self.goaways.append(frame)
        elif frame.type in ANSWERS:
            self._note_answer(frame)
        return frame

    def _note_answer(self, frame: Frame) -> None:
        if self.welcome is None:
            raise CaseFailure("WELCOME before any answer", frame.describe())
        call = self.calls.get(frame.stream)
        if call is None:
            if not self.stray_allowed:
                raise CaseFailure("answers only to calls that were made", frame.describe())
            call = self.calls[frame.stream] = Call(frame.stream, None, None, self.window)
        call.enter(frame)
        if frame.type == FrameType.ERROR:
            self.decode("ErrorDetails", frame)
        elif frame.type == FrameType.END:
            self.decode("StreamEnd", frame)

    def is_stream(self, known: Method | None) -> bool | None:
        """Whether WELCOME says that a method is a stream; None if it says nothing."""
        if self.welcome is None or known is None or known.name not in self.methods:
            return None
        index = self.methods.index(known.name)
        infos = self.welcome["methods"]
        if index >= len(infos) or not infos[index]["known"]:
            return None
        return bool(infos[index]["kind"] == STREAM_KIND)


def is_hard_goaway(frame: Frame) -> bool:
    """Whether this frame ends the connection."""
    return frame.type == FrameType.GOAWAY and bool(frame.flags & Flag.HARD)
