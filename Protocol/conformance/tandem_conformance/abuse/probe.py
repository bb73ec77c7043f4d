"""The other client: makes calls on a schedule, and says how long each took.

Calls go out when they are due, whether or not earlier ones were answered, and a latency counts
from when the call was due: a server that stalls is charged for every call that it holds up, and
for none twice.
"""

from __future__ import annotations

import ctypes
import gc
import select
import socket
import time
import uuid
from collections.abc import Callable

from .. import wire
from ..names import Flag, FrameType
from . import blobs
from .children import Message, serve

PR_SET_TIMERSLACK = 29


class Probe:
    """A connection that makes one kind of call."""

    def __init__(
        self, address: tuple[str, int], role: int, method: str, body: bytes, *,
        keyed: bool = False, patience: float = 20,
    ) -> None:
        self._patience = patience
        self._socket = socket.create_connection(address, timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._stream = 0
        self._body = body
        self._keyed = keyed
        # When each unanswered call was due, by stream.
        self._due: dict[int, float] = {}
        self._latencies_ms: list[float] = []
        self._is_welcome = False
        self._socket.sendall(blobs.opening(role, [method]))
        while not self._is_welcome:
            self._receive()

    def window(self, seconds: float, rate: float) -> list[float]:
        """Calls on a schedule for so long; the latencies in milliseconds."""
        self._latencies_ms = []
        count = int(seconds * rate)
        start = time.perf_counter()
        deadline = start + seconds + self._patience
        made = 0
        while made < count or self._due:
            now = time.perf_counter()
            due = start + made / rate
            if made < count and now >= due:
                self._call(due)
                made += 1
                continue
            if now > deadline:
                raise ValueError(f"{len(self._due)} of the probe's calls were not answered")
            wait = due - now if made < count else deadline - now
            if select.select([self._socket], [], [], wait)[0]:
                self._receive()
        return self._latencies_ms

    def _call(self, due: float) -> None:
        self._stream += 1
        self._due[self._stream] = due
        # A UUIDv4: what looks like a UUIDv7 of long ago would be refused as expired.
        key = uuid.uuid4().bytes if self._keyed else b""
        self._socket.sendall(blobs.request(self._stream, self._body, key=key))

    def _receive(self) -> None:
        chunk = self._socket.recv(1 << 16)
        now = time.perf_counter()
        if not chunk:
            raise ValueError("the server closed the probe's connection")
        self._received += chunk
        while (frame := wire.cut(self._received)) is not None:
            self._take(frame, now)

    def _take(self, frame: bytes, now: float) -> None:
        kind, stream = frame[4], int.from_bytes(frame[8:12], "big")
        if kind == FrameType.RESPONSE and stream in self._due:
            self._latencies_ms.append((now - self._due.pop(stream)) * 1e3)
        elif kind == FrameType.WELCOME and not self._is_welcome:
            self._is_welcome = True
        elif kind == FrameType.PING:
            self._socket.sendall(wire.encode(FrameType.PONG, body=frame[16:]))
        elif kind != FrameType.GOAWAY or frame[5] & Flag.HARD:
            raise ValueError(f"the probe was sent {wire.decode(frame).describe()}")


def sleep_precisely() -> None:
    """Asks Linux to end our sleeps on time, and not up to 50 µs later; elsewhere does nothing."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    except (OSError, AttributeError):
        return


def start(config: Message) -> Callable[[Message], Message]:
    """Connects; each later line `{"seconds", "rate"}` is a window."""
    gc.disable()
    sleep_precisely()
    host, port = config["address"]
    body = bytes.fromhex(config["body"])
    options = {name: config[name] for name in ("keyed", "patience") if name in config}
    probe = Probe((host, port), config["role"], config["method"], body, **options)
    probe.window(seconds=0.1, rate=500)

    def answer(message: Message) -> Message:
        if "seconds" not in message:
            return {}
        return {"latencies_ms": probe.window(message["seconds"], message["rate"])}

    return answer


if __name__ == "__main__":
    serve(start)
