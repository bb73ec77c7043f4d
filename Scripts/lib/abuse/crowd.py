"""An abuser's connections: non-blocking, and counted by what became of them and of their calls."""

from __future__ import annotations

import selectors
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from tandem_conformance import messages, wire
from tandem_conformance.abuse import blobs
from tandem_conformance.abuse.dialling import dial
from tandem_conformance.link import Address
from tandem_conformance.names import Flag, FrameType, GoAwayCode, Role, name

CHUNK = 1 << 18


class Connection:
    """One of the crowd. Frames that come are counted, and go to `on_frame` if it is there."""

    def __init__(self, crowd: Crowd, own: socket.socket) -> None:
        self.socket = own
        self.is_welcome = self.is_closed = False
        self.welcome = b""
        # Calls without a final frame.
        self.open_calls = 0
        self.on_frame: Callable[[int, int, bytes], None] | None = None
        self._crowd = crowd
        self._stream = 0
        self._out = memoryview(b"")
        self._in = bytearray()

    @property
    def is_stuck(self) -> bool:
        """Whether bytes of ours wait: who is polite sends no more then."""
        return bool(self._out)

    def send(self, data: bytes) -> None:
        """Sends as much as goes out at once; the rest goes out in the crowd's turns."""
        self._out = memoryview(bytes(self._out) + data) if self._out else memoryview(data)
        self.push()

    def push(self) -> None:
        """Goes on sending what waits."""
        try:
            while self._out:
                self._out = self._out[self.socket.send(self._out[:CHUNK]):]
        except BlockingIOError:
            pass
        except OSError:
            self._crowd.ended(self, "closed")

    def call(self, body: bytes, *, method: int = 0, key: bytes = b"",
             entries: Sequence[wire.Entry] = (), timeout_ms: int = 0) -> int:
        """A REQUEST; its stream id."""
        self._stream += 1
        metadata = [(2, key), *entries] if key else list(entries)
        self.send(wire.encode(FrameType.REQUEST, a=method, stream=self._stream, b=timeout_ms,
                              metadata=metadata or None, body=body))
        self.open_calls += 1
        return self._stream

    def credit(self, stream: int, count: int) -> None:
        """CREDIT for a stream."""
        self.send(wire.encode(FrameType.CREDIT, stream=stream, b=count))

    def receive(self) -> None:
        """Reads what is there, once."""
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._crowd.ended(self, "reset")
            return
        if not data:
            self._crowd.ended(self, "closed")
            return
        self._in += data
        while (frame := wire.cut(self._in)) is not None:
            self._take(frame)

    def _take(self, frame: bytes) -> None:
        tally = self._crowd.tally
        kind, stream = frame[4], int.from_bytes(frame[8:12])
        match kind:
            case FrameType.WELCOME:
                self.is_welcome, self.welcome = True, frame[16:]
            case FrameType.RESPONSE | FrameType.END:
                self.open_calls -= 1
                tally["answered"] += 1
            case FrameType.ERROR:
                self.open_calls -= 1
                tally[f"refused {reason_of(frame)}"] += 1
            case FrameType.ITEM:
                tally["items"] += 1
            case FrameType.PING:
                self.send(wire.encode(FrameType.PONG, body=frame[16:]))
            case FrameType.GOAWAY if frame[5] & Flag.HARD:
                self._crowd.ended(self, f"GOAWAY {name(GoAwayCode, int.from_bytes(frame[6:8]))}")
        if self.on_frame is not None:
            self.on_frame(kind, stream, frame)


class Crowd:
    """All connections of an abuser to a server's ports, from addresses of its own."""

    def __init__(self, ports: dict[str, Address], sources: Sequence[str]) -> None:
        self.ports = ports
        self.tally: Counter[str] = Counter()
        self.connections: list[Connection] = []
        self._sources = sources
        self._turn = 0
        self._selector = selectors.DefaultSelector()

    def open(self, role: str, methods: Sequence[str] = (), *, window: int = 0,
             opening: bytes | None = None, reads: bool = True,
             receive_buffer: int = 0) -> Connection | None:
        """A connection, with preface and HELLO (or other bytes) sent; None: there was none."""
        self._turn += 1
        source = self._sources[self._turn % len(self._sources)]
        try:
            own = dial(self.ports[role], source, receive_buffer=receive_buffer)
        except OSError:
            self.tally["not connected"] += 1
            return None
        own.setblocking(False)
        connection = Connection(self, own)
        self.connections.append(connection)
        if reads:
            self._selector.register(own, selectors.EVENT_READ, connection)
        self.tally["connections"] += 1
        if opening is None:
            opening = blobs.opening(Role[role.upper()], methods, window)
        if opening:
            connection.send(opening)
        return connection

    def turn(self, seconds: float = 0) -> None:
        """Sends what waits and reads what is there; waits for that if told."""
        for connection in [each for each in self.connections if each.is_stuck]:
            connection.push()
        for key, _ in self._selector.select(seconds):
            key.data.receive()

    def close(self, connection: Connection) -> None:
        """Lets go of a connection."""
        if connection.is_closed:
            return
        connection.is_closed = True
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        self.connections.remove(connection)
        connection.socket.close()

    def ended(self, connection: Connection, how: str) -> None:
        """The server has ended a connection."""
        if not connection.is_closed:
            self.tally[f"ended {how}"] += 1
            self.close(connection)


def reason_of(frame: bytes) -> str:
    """The reason of an ERROR frame."""
    try:
        details = messages.decode("ErrorDetails", wire.decode(frame).body)
    except (messages.MessageError, wire.WireError):
        return "unreadable"
    return str(details.get("info", {}).get("reason") or "without a reason")
