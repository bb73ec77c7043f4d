"""Attacks that send much and come again as soon as they are thrown out."""

from __future__ import annotations

import socket
import time
from collections import deque

from .. import wire
from ..link import Address
from ..names import FrameType
from ..polling import ready
from . import blobs
from .attack import Attack
from .children import Message


class Reconnecting(Attack):
    """Sends a blob on a fresh connection, reads until the server closes, and comes again.

    A blob is given as pieces: `[hex, how often, frames in it]`.
    """

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config["sources"])
        self._blobs = [
            b"".join(bytes.fromhex(piece) * count for piece, count, _ in blob)
            for blob in config["blobs"]
        ]
        self._frames = [
            sum(count * frames for _, count, frames in blob) for blob in config["blobs"]
        ]

    def round(self) -> None:
        connection = self.connect()
        if connection is None:
            return
        which = self._turn % len(self._blobs)
        self.send(connection, self._blobs[which], self._frames[which])
        self.end_direction(connection)
        self.read_to_end(connection, patience=10)


class CancelLoop(Attack):
    """REQUEST and CANCEL in pairs, as fast as the server reads them; answers are thrown away."""

    PAIRS_IN_PIECE = 500

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config["sources"])
        body = bytes.fromhex(config["body"])
        self._opening = blobs.opening(config["role"], [config["method"]])
        self._pieces = [
            b"".join(
                blobs.request(stream, body) + wire.encode(FrameType.CANCEL, stream=stream)
                for stream in range(first, first + self.PAIRS_IN_PIECE)
            )
            for first in range(1, config["pairs"] + 1, self.PAIRS_IN_PIECE)
        ]

    def round(self) -> None:
        connection = self.connect()
        if connection is None:
            return
        self.send(connection, self._opening, frames=1)
        for piece in self._pieces:
            self.tally.frames += 2 * self.PAIRS_IN_PIECE
            self.tally.sent_bytes += len(piece)
            tail = self._send_and_read(connection, piece)
            if tail is not None:
                self.tally.end(tail)
                connection.close()
                return
        self.end_direction(connection)
        self.read_to_end(connection, patience=5)

    def _send_and_read(self, connection: socket.socket, piece: bytes) -> bytes | None:
        """None once all of it went out; or what came last before the server closed."""
        connection.setblocking(False)
        rest = memoryview(piece)
        tail = b""
        while rest:
            may_read, may_write = ready(connection, 5)
            try:
                if may_read:
                    chunk = connection.recv(1 << 18)
                    if not chunk:
                        return tail
                    tail = chunk
                if may_write:
                    rest = rest[connection.send(rest) :]
            except OSError:
                return tail
            if not may_read and not may_write:
                return tail
        return None


class ConnectionFlood(Attack):
    """Opens one connection after the other, and closes the oldest only when it has enough."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config["sources"])
        self._size = config["size"]
        self._blob = bytes.fromhex(config["blob"])
        self._open: deque[socket.socket] = deque()

    @property
    def open_count(self) -> int:
        return len(self._open)

    def round(self) -> None:
        connection = self.connect()
        if connection is not None:
            if self._blob:
                self.send(connection, self._blob, frames=1)
            self._open.append(connection)
        self.tally.open_max = max(self.tally.open_max, len(self._open))
        if len(self._open) > self._size:
            self._let_go(self._open.popleft())

    def release(self) -> None:
        # The last ones' refusals may still be on their way.
        time.sleep(SETTLE_SECONDS)
        while self._open:
            self._let_go(self._open.popleft())

    def _let_go(self, connection: socket.socket) -> None:
        """Looks whether it was refused, and closes it."""
        connection.setblocking(False)
        received = bytearray()
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
            self.tally.end(received)
        except BlockingIOError:
            self.tally.ends[ACCEPTED] += 1
        except OSError:
            self.tally.end(received)
        connection.close()


SETTLE_SECONDS = 0.1
# A connection that was not refused as long as we held it.
ACCEPTED = "accepted"
