"""One connection as the reference server has it: bytes in, checked frames out, and a ledger."""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .. import messages, wire
from ..names import Flag, FrameType, Role
from ..outcome import CaseFailure
from ..wire import Frame
from . import rules

DEFAULT_LIMITS = {
    "max_frame": 1 << 20, "max_metadata": 8192, "max_in_flight": 1024,
    "max_in_flight_bytes": 16 << 20,
}
# What an absent field of HELLO means, and how a server reads max_frame [FR-09].
WINDOW_BYTES = 256 << 10
FRAME_MIN, FRAME_MAX = 16 << 10, 4 << 20
WRITE_PATIENCE_S = 20.0
NUISANCES_MAX = 200


@dataclass
class OpenCall:
    """A REQUEST without its final frame."""

    request: Frame
    is_stream: bool
    credit: int
    cancelled_at: float | None = None


class Connection:
    """Reads whatever comes and judges it; what a case waits for piles up in the queues."""

    def __init__(self, sock: socket.socket, port: str, name: str) -> None:
        sock.settimeout(WRITE_PATIENCE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.port = port
        self.name = name
        self.accepted_at = time.monotonic()
        self.preface: bytes | None = None
        self.hello: Frame | None = None
        self.welcomed = False
        self.methods: list[str] = []
        self.stream_methods: set[str] = set()
        self.limits = dict(DEFAULT_LIMITS)
        self.hello_fields: dict[str, Any] = {}
        self.window = WINDOW_BYTES
        # The longest frame that the client accepts.
        self.frame_max = FRAME_MAX
        self.dictionaries: list[bytes] = []
        self.crc_agreed = False
        self.crc_seen = False
        self.last_stream = 0
        self.open: dict[int, OpenCall] = {}
        self.requests: deque[Frame] = deque()
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.credits: list[tuple[int, int]] = []
        self.nuisances = 0
        self.skipped_types: list[int] = []
        self.goaway: Frame | None = None
        self.ended: str | None = None
        # How writes are cut: bytes a piece (0: whole) and the pause between pieces.
        self.piece_bytes = 0
        self.pause_s = 0.0
        self.held: bytearray | None = None
        # Told of each REQUEST when it comes, before any step asks for it.
        self.on_request: Callable[[Connection, Frame], None] = lambda connection, frame: None
        self._unread = bytearray()
        self._end_seen = False
        self._closed = False

    def fileno(self) -> int:
        return self.sock.fileno()

    # Reading

    @property
    def is_readable(self) -> bool:
        """Whether there is an end of the connection still to be seen."""
        return not self._closed and not self._end_seen

    def receive(self) -> None:
        """Takes what the socket has; call it when select says that there is something."""
        try:
            chunk = self.sock.recv(1 << 18)
        except OSError:
            self._end_seen = True
            self.ended = self.ended or "reset"
            return
        if not chunk:
            self._end_seen = True
            self.ended = self.ended or "closed"
            return
        if self.ended:
            return
        self._unread += chunk
        while self._take_one():
            pass

    def _take_one(self) -> bool:
        if self.preface is None:
            return self._take_preface()
        if len(self._unread) < 4:
            return False
        length = int.from_bytes(self._unread[:4])
        rules.require(length >= 12, "FR-02", f"the client sent a frame of length {length}")
        most = 16384 if self.hello is None else self.limits["max_frame"]
        rule = "HS-04" if self.hello is None else "FR-02"
        rules.require(length <= most, rule, f"a frame of length {length}; {most} are allowed")
        raw = wire.cut(self._unread)
        if raw is not None:
            self._judge(self._parse(raw))
        return raw is not None

    def _take_preface(self) -> bool:
        if len(self._unread) < 8:
            return False
        self.preface = bytes(self._unread[:8])
        del self._unread[:8]
        expected = wire.preface(Role[self.port.upper()])
        rules.require(
            self.preface == expected,
            "HS-01",
            f"the preface is {self.preface.hex()}, not {expected.hex()}",
        )
        return True

    def _parse(self, raw: bytes) -> Frame:
        try:
            frame = wire.decode(raw)
        except wire.WireError as error:
            raise CaseFailure(f"the client broke a frame: {error}")
        if self.crc_agreed and frame.type != FrameType.HELLO:
            # Frames sent before WELCOME was read go without; none after the first one with it.
            has_crc = bool(frame.flags & Flag.CRC)
            rules.require(
                has_crc or not self.crc_seen, "FR-15",
                f"{frame} without a CRC, behind frames that have one",
            )
            self.crc_seen = has_crc
        return replace(frame, at=time.monotonic())

    def _judge(self, frame: Frame) -> None:
        if self.hello is None:
            rules.require(
                frame.type == FrameType.HELLO, "HS-04", f"the client's first frame is {frame}"
            )
            rules.check_header(frame, False)
            self._take_hello(frame)
            return
        rules.check_header(frame, self.crc_agreed)
        handlers: dict[int, Callable[[Frame], None]] = {
            FrameType.REQUEST: self._take_request, FrameType.CANCEL: self._take_cancel,
            FrameType.CREDIT: self._take_credit, FrameType.PING: self._take_ping,
            FrameType.PONG: self._take_pong, FrameType.GOAWAY: self._take_goaway,
        }
        if frame.type in handlers:
            handlers[frame.type](frame)
            return
        rules.require(frame.type != FrameType.HELLO, "HS-04", "the client sent a second HELLO")
        self.skipped_types.append(frame.type)
        self._count_nuisance(frame)

    def _take_hello(self, frame: Frame) -> None:
        """Settles at once what HELLO says: REQUESTs may lie right behind it [HS-09]."""
        try:
            self.hello_fields = messages.decode("Hello", frame.body)
        except messages.MessageError as error:
            raise CaseFailure(f"[FR-07] the body of HELLO does not decode: {error}")
        self.hello = frame
        self.methods = self.hello_fields["methods"]
        self.window = self.hello_fields["initial_window"] or WINDOW_BYTES
        stated = self.hello_fields["max_frame"] or FRAME_MAX
        self.frame_max = min(max(stated, FRAME_MIN), FRAME_MAX)

    def _take_request(self, frame: Frame) -> None:
        rules.check_metadata(frame, self.limits["max_metadata"])
        rules.check_request(self, frame)
        self.last_stream = frame.stream
        is_stream = self.methods[frame.a] in self.stream_methods
        self.open[frame.stream] = OpenCall(frame, is_stream, self.window)
        self.requests.append(frame)
        self.on_request(self, frame)

    def _take_cancel(self, frame: Frame) -> None:
        rules.check_stream_known(self, frame)
        call = self.open.get(frame.stream)
        if call is not None and call.cancelled_at is None:
            call.cancelled_at = frame.at

    def _take_credit(self, frame: Frame) -> None:
        rules.check_credit(self, frame)
        self.credits.append((frame.stream, frame.b))
        if frame.b < 1024:
            self._count_nuisance(frame)
        if frame.stream in self.open:
            self.open[frame.stream].credit += frame.b

    def _take_ping(self, frame: Frame) -> None:
        self._count_nuisance(frame)
        self.write(self.encode(FrameType.PONG, body=frame.body))

    def _take_pong(self, frame: Frame) -> None:
        self.pongs.append(frame.body)

    def _take_goaway(self, frame: Frame) -> None:
        self.goaway = frame

    def _count_nuisance(self, frame: Frame) -> None:
        # A case lasts less than the 30 s of the rule's window.
        self.nuisances += 1
        rules.require(
            self.nuisances <= NUISANCES_MAX, "DR-11", f"{frame} is nuisance {self.nuisances}"
        )

    # Writing

    def encode(
        self, kind: int, *, flags: int = 0, block: bytes | None = None, body: bytes = b"",
        crc: str = "", **fields: Any,
    ) -> bytes:
        """A frame; `block` is its metadata's and sets META. Its CRC is good if one was agreed, or
        as `crc` says: good, none, or bad (one bit off)."""
        if block is not None:
            flags, body = flags | Flag.META, block + body
        crc = crc or ("good" if self.crc_agreed and kind != FrameType.WELCOME else "none")
        data = wire.encode(kind, flags=flags, body=body, crc=crc != "none", **fields)
        return data[:-1] + bytes([data[-1] ^ 1]) if crc == "bad" else data

    def sent(self, kind: int, stream: int, size: int) -> None:
        """Keeps the ledger for a frame that the case had sent; `size` is the whole frame's."""
        call = self.open.get(stream)
        if call is None:
            return
        if kind == FrameType.ITEM:
            call.credit -= size
        elif kind in (FrameType.RESPONSE, FrameType.END, FrameType.ERROR):
            del self.open[stream]

    def write(self, data: bytes) -> None:
        """Sends, in pieces if told so. A peer that is gone is found out by reading."""
        if self.held is not None:
            self.held += data
            return
        try:
            if not self.piece_bytes:
                self.sock.sendall(data)
                return
            for at in range(0, len(data), self.piece_bytes):
                self.sock.sendall(data[at : at + self.piece_bytes])
                if self.pause_s:
                    time.sleep(self.pause_s)
        except TimeoutError:
            raise CaseFailure(
                f"the client did not read {len(data)} bytes within {WRITE_PATIENCE_S:g} s"
            )
        except OSError:
            # What the client said last may still lie in the receive buffer: reading finds the end.
            pass

    def release(self) -> None:
        """Sends in one go what was held back."""
        data, self.held = bytes(self.held or b""), None
        self.write(data)

    def finish(self) -> None:
        """Ends our direction. What the client still sends is read and dropped, since closing a
        socket with unread bytes would reset it and could destroy what we sent last.
        """
        self.ended = self.ended or "closed by the case"
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""
        self.ended = self.ended or "closed by the case"
        try:
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.sock.close()
