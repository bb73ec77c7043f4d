"""A TCP connection that frames come out of: time-outs, ends, and what was last seen.

It sends and receives at once: a server that stops reading until somebody reads its answers is
right to do so, and must not hang the suite.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import deque

from . import wire
from .names import HEADER_BYTES, LENGTH_BYTES
from .outcome import CaseFailure
from .polling import readable, ready

Address = tuple[str, int]

_CHUNK_BYTES = 1 << 16
_REMEMBERED = 12


class PeerClosed(CaseFailure):
    """The connection ended where a frame was expected. `how` is `closed` (FIN) or `reset`."""

    def __init__(self, expected: str, how: str) -> None:
        super().__init__(expected, f"the connection {how} by the server")
        self.how = how


class PeerTimeout(CaseFailure):
    """Nothing came for as long as the suite is ready to wait."""


class Link:
    """A connected socket. All waits end after `timeout` seconds at the latest."""

    def __init__(self, address: Address, timeout: float, source: str | None = None) -> None:
        """`source`: the address of ours to connect from; the system's choice if not said."""
        self.timeout = timeout
        self.address = address
        self.ended: str | None = None
        # Behind this instant nothing is awaited any more, however busily the server sends.
        self.ends_at = float("inf")
        self.remembered: deque[tuple[str, bytes]] = deque(maxlen=_REMEMBERED)
        # While there, what is sent is gathered here, to go out in one piece.
        self.held: bytearray | None = None
        self._received = bytearray()
        try:
            self.socket = socket.create_connection(
                address, timeout=timeout, source_address=(source, 0) if source else None
            )
        except OSError as error:
            host, port = address
            raise CaseFailure(f"a connection to {host}:{port}", str(error)) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self, data: bytes, *, reading: bool = True, timeout: float | None = None) -> bool:
        """Sends all of it, reading meanwhile unless told not to. False: the server ended the
        connection before it had taken everything, which the next read reports."""
        if self.held is not None:
            self.held += data
            return True
        self.remembered.append(("sent", data))
        view = memoryview(data)
        deadline = time.monotonic() + (timeout or self.timeout)
        while view:
            may_read, may_write = ready(
                self.socket, deadline - time.monotonic(), reading=reading and self.ended is None
            )
            if may_read:
                self._receive()
            if may_write:
                try:
                    view = view[self.socket.send(view[:_CHUNK_BYTES]) :]
                except BlockingIOError:
                    continue
                except OSError:
                    return False
            # Timed: patience (--timeout); only what never comes takes that long.
            if not may_read and not may_write and time.monotonic() >= deadline:
                raise PeerTimeout(
                    f"the server to take {len(data)} bytes", f"{len(view)} bytes still untaken"
                )
        return True

    def release(self) -> bool:
        """Sends what was held."""
        held, self.held = self.held, None
        return self.send(bytes(held)) if held else True

    def read_raw(self, length_most: int, timeout: float | None = None) -> bytes | None:
        """The bytes of the next whole frame, or None at the end of the connection."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            # Timed: a case takes seconds; only one that goes on for ever takes so long.
            if time.monotonic() > self.ends_at:
                raise CaseFailure("the case to come to its end", "frames without end")
            frame = self._take(length_most)
            if frame is not None:
                return frame
            if self.ended is not None:
                return None
            if not self.fill(deadline):
                raise PeerTimeout("a frame", f"nothing whole in time; {self._rest()}")

    def fill(self, deadline: float) -> bool:
        """Waits for bytes or the end until `deadline` (monotonic); False if neither came."""
        wait = max(0.0, deadline - time.monotonic())
        if self.ended is None and readable([self.socket], wait):
            self._receive()
            return True
        return self.ended is not None

    def read_text(self) -> bytes:
        """Everything until the connection ends: for what is no frame at all."""
        deadline = time.monotonic() + self.timeout
        while self.ended is None:
            if not self.fill(deadline):
                raise PeerTimeout("the connection to end", f"nothing; {self._rest()}")
        data = bytes(self._received)
        self._received.clear()
        if data:
            self.remembered.append(("received", data))
        return data

    @property
    def pending(self) -> bytes:
        """What was received and is not a whole frame yet."""
        return bytes(self._received)

    def half_close(self) -> None:
        """Ends our direction (FIN); what the server still sends can be read."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.ended = self.ended or "reset"

    def close(self, *, reset: bool = False) -> None:
        """Closes for good; `reset` sends RST, so that the server sees a broken connection."""
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _receive(self) -> None:
        try:
            data = self.socket.recv(_CHUNK_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.ended = "reset"
            return
        if not data:
            self.ended = "closed"
        self._received += data

    def _take(self, length_most: int) -> bytes | None:
        if len(self._received) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._received[:LENGTH_BYTES], "big")
        if not HEADER_BYTES - LENGTH_BYTES <= length <= length_most:
            raise CaseFailure(
                f"a frame with a length of 12 to {length_most}", f"{length}: {self._rest()}"
            )
        frame = wire.cut(self._received)
        if frame is not None:
            self.remembered.append(("received", frame))
        return frame

    def _rest(self) -> str:
        return wire.hexdump(self.pending) if self._received else "no bytes are waiting"
