"""What all attacks have in common: connections from one or several addresses, and rounds."""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from contextlib import suppress

from ..link import Address
from .dialling import dial, loopback
from .tally import NO_END, Tally

# Linux may keep the processor to itself for as long as it copies what one call sends.
PIECE = 64 << 10


class Attack(ABC):
    """One way to be a bad peer, in rounds of at most some milliseconds."""

    def __init__(self, address: Address, sources: int) -> None:
        self.address = address
        self.tally = Tally()
        # What the last connection that was read to its end received.
        self.received = b""
        self._sources = sources
        self._turn = 0

    @abstractmethod
    def round(self) -> None:
        """Does one piece of it."""

    @property
    def open_count(self) -> int:
        """Connections that are held open between rounds."""
        return 0

    def release(self) -> None:
        """Lets go of every connection that is still open."""

    def connect(self, receive_buffer: int = 0) -> socket.socket | None:
        """A new connection; None if there was none to have."""
        self._turn += 1
        source = loopback(self._turn % self._sources) if self._sources > 1 else None
        try:
            connection = dial(self.address, source, receive_buffer=receive_buffer)
        except OSError:
            self.tally.refused += 1
            return None
        self.tally.connections += 1
        return connection

    def send(self, connection: socket.socket, blob: bytes, frames: int) -> bool:
        """Sends all of it; false if the server has closed meanwhile, which is its right."""
        self.tally.frames += frames
        rest = memoryview(blob)
        try:
            while rest:
                rest = rest[connection.send(rest[:PIECE]) :]
        except OSError:
            return False
        self.tally.sent_bytes += len(blob)
        return True

    def end_direction(self, connection: socket.socket) -> None:
        """Says that nothing more will come."""
        # The server may have closed already; what it said can still be read.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)

    def read_to_end(self, connection: socket.socket, patience: float) -> bytes:
        """Reads until the server closes, and notes how; closes."""
        received = bytearray()
        deadline = time.monotonic() + patience
        is_over = False
        try:
            while (left := deadline - time.monotonic()) > 0:
                connection.settimeout(left)
                chunk = connection.recv(1 << 16)
                if not chunk:
                    is_over = True
                    break
                received += chunk
        except TimeoutError:
            pass
        except OSError:
            is_over = True
        connection.close()
        if is_over:
            self.tally.end(received)
        else:
            self.tally.ends[NO_END] += 1
        self.received = bytes(received)
        return self.received
