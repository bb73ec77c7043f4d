"""A small server with a choice of faults, to see that the suite finds them.

It speaks enough of the protocol for the cases of test_engine.py, in one thread a connection. Some
faults show under abuse only: what one connection does wrong, another one suffers.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from tandem_conformance import messages, wire
from tandem_conformance.names import FrameType, GoAwayCode, Status
from tandem_conformance.schemas import METHODS_BY_NAME

_LIMITS = {
    "max_frame": 1 << 20,
    "max_metadata": 8192,
    "max_in_flight": 1024,
    "max_in_flight_bytes": 1 << 24,
}


class FakeServer:
    """Listens on a port of its own; `fault` names what it does wrong; `bodies` are the
    bodies of the requests that came."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.bodies: list[bytes] = []
        # Set once a connection has broken the protocol; and what is kept of each that did.
        self.is_abused = threading.Event()
        self.kept: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accepts no more connections."""
        # Only shutting it down wakes the thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            session = _Session(connection, self)
            threading.Thread(target=session.run, daemon=True).start()


class _Session:
    def __init__(self, connection: socket.socket, server: FakeServer) -> None:
        self._socket = connection
        self._server = server
        self._fault = server.fault
        self._methods: list[str] = []
        self._features: list[str] = []
        self._highest = 0

    def run(self) -> None:
        with self._socket, contextlib.suppress(OSError, EOFError):
            self._read(8)
            self._welcome(wire.decode(self._read_frame()))
            while True:
                self._serve(wire.decode(self._read_frame()))

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _read_frame(self) -> bytes:
        length = self._read(4)
        if not 12 <= int.from_bytes(length, "big") <= _LIMITS["max_frame"]:
            self._refuse(GoAwayCode.SIZE)
        return length + self._read(int.from_bytes(length, "big"))

    def _send(self, frame_type: int, **fields: Any) -> None:
        crc = "crc32c" in self._features and frame_type != FrameType.WELCOME
        data = wire.encode(frame_type, crc=crc, **fields)
        if self._fault == "wrong checksums" and crc:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self._socket.sendall(data)

    def _refuse(self, code: GoAwayCode) -> None:
        self._server.is_abused.set()
        if self._fault == "keeps what it refuses":
            # Not zeros: the system would give no memory for those.
            self._server.kept.append(b"\x01" * (4 << 20))
        if self._fault == "wrong code":
            code = GoAwayCode.CALM
        if self._fault != "bare close":
            body = messages.encode("GoAway", {"message": "no"})
            hard = 0 if self._fault == "soft goaway" else 2
            self._send(FrameType.GOAWAY, flags=hard, a=code, stream=self._highest, body=body)
        if self._fault == "stays open":
            self._read(1 << 30)
        raise EOFError

    def _welcome(self, hello: wire.Frame) -> None:
        fields = messages.decode("Hello", hello.body)
        self._methods = fields["methods"]
        features = [one for one in fields["features"] if one in ("crc32c", "zlib")]
        infos = [
            {"known": 1, "kind": 1, "idempotency": 1, "max_size": 1024}
            if name in METHODS_BY_NAME and ".test." not in name
            else {}
            for name in self._methods
        ]
        welcome = {"features": features, "methods": infos, "limits": _LIMITS, "log_epoch": 7}
        if self._fault == "invented feature":
            welcome["features"] = ["zlib"]
        body = messages.encode("Welcome", welcome)
        if self._fault == "silent":
            self._read(1 << 30)
        self._send(FrameType.WELCOME, body=body)
        self._features = features

    def _serve(self, frame: wire.Frame) -> None:
        if frame.type == FrameType.PING:
            swapped = frame.body[::-1] if self._fault == "swaps pings" else frame.body
            self._send(FrameType.PONG, body=swapped)
        elif frame.type == FrameType.REQUEST:
            if frame.stream <= self._highest:
                self._refuse(GoAwayCode.PROTOCOL_ERROR)
            self._highest = frame.stream
            self._server.bodies.append(frame.body)
            self._answer(frame)
        elif frame.type == FrameType.GOAWAY or frame.type >= 0x80:
            return
        elif frame.type not in (FrameType.CANCEL, FrameType.CREDIT):
            self._refuse(GoAwayCode.PROTOCOL_ERROR)

    def _answer(self, frame: wire.Frame) -> None:
        is_mute = self._fault == "mute once abused" and self._server.is_abused.is_set()
        if is_mute or self._fault == "never answers":
            return
        stream = frame.stream + 7 if self._fault == "wrong stream" else frame.stream
        if frame.a >= len(self._methods):
            info = {"reason": "UNKNOWN_METHOD", "domain": "tandem"}
            body = messages.encode("ErrorDetails", {"message": "no", "info": info})
            never = 0xFFFFFFFF
            status = Status.INTERNAL if self._fault == "wrong status" else Status.UNIMPLEMENTED
            self._send(FrameType.ERROR, flags=2, a=status, stream=stream, b=never, body=body)
            return
        collections = [{"name": "users", "documents": 9}]
        body = messages.encode(
            "StatusReply", {"role": "read", "log_epoch": 7, "collections": collections}
        )
        frame_type = FrameType.ITEM if self._fault == "item on unary" else FrameType.RESPONSE
        flags = 0x10 if self._fault == "undefined flag" else 0
        self._send(frame_type, flags=flags, stream=stream, body=body)
        if self._fault == "two finals":
            self._send(FrameType.RESPONSE, stream=stream, body=body)
