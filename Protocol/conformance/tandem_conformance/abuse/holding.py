"""Attacks that hold connections open, and feed them as far as the server takes anything."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import termios
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Iterator

from ..link import Address
from . import blobs
from .attack import Attack
from .children import Message
from .tally import BARE_CLOSE

Buffer = bytes | memoryview


class Held:
    """A connection that is kept open."""

    def __init__(self, connection: socket.socket, pieces: Iterator[Buffer]) -> None:
        self.socket = connection
        connection.setblocking(False)
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.accepted = 0
        self.frames = 0
        self.is_closed = False
        self.is_done = False
        # The last that was received.
        self.tail = b""

    def feed(self, budget: int) -> int:
        """Sends up to about `budget` bytes; answers how many went out."""
        before = self.accepted
        try:
            while self.accepted - before < budget:
                if not self._rest:
                    piece = next(self._pieces, None)
                    if piece is None:
                        self.is_done = True
                        break
                    self._rest = memoryview(piece)
                    self.frames += 1
                count = self.socket.send(self._rest)
                self._rest = self._rest[count:]
                self.accepted += count
        except BlockingIOError:
            pass
        except OSError:
            self.is_closed = True
        return self.accepted - before

    def drain(self) -> int:
        """Reads what is there; answers how many bytes that was."""
        count = 0
        try:
            while chunk := self.socket.recv(1 << 16):
                count += len(chunk)
                # GOAWAY and the end may come apart, so the last bytes are kept between reads.
                self.tail = (self.tail + chunk)[-TAIL_BYTES:]
            self.is_closed = True
        except BlockingIOError:
            pass
        except OSError:
            self.is_closed = True
        return count

    def unread(self) -> int:
        """How many bytes of the server's wait to be read."""
        answer = fcntl.ioctl(self.socket, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])


class Ring(Attack):
    """Holds a number of connections, and opens new ones for those that end."""

    # Of each connection's receive buffer; 0: as the system likes.
    receive_buffer = 0

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config["sources"])
        self._size = config["size"]
        self._held: deque[Held] = deque()

    @abstractmethod
    def pieces(self, turn: int) -> Iterator[Buffer]:
        """What the `turn`-th connection sends, if it is let."""

    @property
    def open_count(self) -> int:
        return len(self._held)

    def when_stuck(self) -> None:
        """What is done when no connection takes anything."""
        time.sleep(STUCK_SECONDS)

    def look(self, held: Held) -> None:
        """Looks at a connection just before it is closed."""

    def round(self) -> None:
        if len(self._held) < self._size:
            connection = self.connect(self.receive_buffer)
            if connection is not None:
                self._held.append(Held(connection, self.pieces(self.tally.connections)))
                self.tally.open_max = max(self.tally.open_max, len(self._held))
        if self.feed_all() == 0 and len(self._held) == self._size:
            self.when_stuck()

    def feed_all(self) -> int:
        """Sends on all connections; lets go of those that have ended."""
        sent = 0
        for held in list(self._held):
            if held.is_closed:
                self._held.remove(held)
                self.let_go(held)
            elif not held.is_done:
                sent += held.feed(1 << 20)
        self.tally.sent_bytes += sent
        return sent

    def release(self) -> None:
        while self._held:
            self.let_go(self._held.popleft())

    def let_go(self, held: Held) -> None:
        """Closes a connection that is not held any more."""
        self.tally.frames += held.frames
        self.tally.accepted_max = max(self.tally.accepted_max, held.accepted)
        self.look(held)
        held.socket.close()


class NonReaders(Ring):
    """Asks for much and reads nothing: echoes on one connection, a stream's items on the next."""

    receive_buffer = 4096

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config)
        self._asks = [
            (blobs.opening(config["role"], [ask["method"]], WINDOW_MAX), bytes.fromhex(ask["body"]))
            for ask in config["asks"]
        ]

    def pieces(self, turn: int) -> Iterator[Buffer]:
        opening, body = self._asks[turn % len(self._asks)]
        yield opening
        for stream in range(1, CALLS_IN_FLIGHT + 1):
            yield blobs.request(stream, body)

    def look(self, held: Held) -> None:
        if held.is_closed:
            self.tally.ends[BARE_CLOSE] += 1


class Pages(Ring):
    """Asks for hundreds of pages at once, reads what comes of it, and comes again."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config)
        self._opening = blobs.opening(config["role"], [config["method"]], config["window"])
        self._body = bytes.fromhex(config["body"])
        self._idle_rounds = 0

    def pieces(self, turn: int) -> Iterator[Buffer]:
        yield self._opening
        for stream in range(1, PAGES_ASKED + 1):
            yield blobs.request(stream, self._body)

    def feed_all(self) -> int:
        received = 0
        for held in self._held:
            # Reads what is there before it asks for more.
            received += held.drain()
        if received:
            self._idle_rounds = 0
        return super().feed_all() + received

    def when_stuck(self) -> None:
        self._idle_rounds += 1
        if self._idle_rounds == IDLE_ROUNDS_MAX:
            # Nothing more comes.
            self._idle_rounds = 0
            for held in self._held:
                held.is_closed = held.is_closed or held.is_done
        super().when_stuck()


class Strangers(Ring):
    """Never gets as far as WELCOME, sends on all the same, and reads nothing."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config)
        self._blobs = [bytes.fromhex(blob) for blob in config["blobs"]]

    def pieces(self, turn: int) -> Iterator[Buffer]:
        return iter([self._blobs[turn % len(self._blobs)]])

    @property
    def open_count(self) -> int:
        return len(self._held)

    def when_stuck(self) -> None:
        self.let_go(self._held.popleft())

    def look(self, held: Held) -> None:
        self.tally.unread_max = max(self.tally.unread_max, held.unread())
        held.drain()
        self.tally.end(held.tail)


class HalfFrames(Ring):
    """Holds connections that each have begun a frame, and opens new ones for those that end."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config)
        self._blobs = [bytes.fromhex(blob) for blob in config["blobs"]]

    def pieces(self, turn: int) -> Iterator[Buffer]:
        return iter([self._blobs[turn % len(self._blobs)]])

    def feed_all(self) -> int:
        """Looks at one connection: thousands of them are too many for each round."""
        held = self._held.pop()
        sent = 0 if held.is_done else held.feed(1 << 20)
        self.tally.sent_bytes += sent
        held.drain()
        if held.is_closed:
            self.tally.end(held.tail)
            self.let_go(held)
        else:
            self._held.appendleft(held)
        return 1


class Bodies(Ring):
    """Sends as many large requests as a connection may have in flight, with no pause; and begins
    anew when all are sent."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config)
        self._opening = blobs.opening(config["role"], [config["method"]])
        self._body = blobs.padded(bytes.fromhex(config["message"]), config["body_size"])
        self._is_keyed = config["keyed"]

    def pieces(self, turn: int) -> Iterator[Buffer]:
        yield self._opening
        whole = memoryview(self._body)
        for stream in range(1, CALLS_IN_FLIGHT + 1):
            key = os.urandom(16) if self._is_keyed else b""
            yield blobs.request_head(stream, len(whole), key=key)
            yield whole

    def feed_all(self) -> int:
        for held in self._held:
            held.drain()
            held.is_closed = held.is_closed or held.is_done
        return super().feed_all()


WINDOW_MAX = 2**31 - 1
CALLS_IN_FLIGHT = 1024
PAGES_ASKED = 400
# Longer than any attack: a server that is slow must not look like one that is done.
IDLE_ROUNDS_MAX = 60_000
STUCK_SECONDS = 0.001
TAIL_BYTES = 4096
