"""A stand-in for the server: takes an abuser's bytes at next to no cost.

While the other client's quiet latency is measured, the abuser's twin works against this, so that
both measurements share the machine with equally busy programs.
"""

from __future__ import annotations

import gc
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .children import Message, serve


@dataclass
class Reaction:
    """What a connection to the sink is in for."""

    # After so many bytes it is not read for a while, as by a server whose buffers are full.
    pause_after: int | None
    # How long that while is.
    pause_seconds: float
    # What then happens: it is read on, or closed.
    closes: bool
    # What is sent when the abuser has ended its direction, just before the close.
    reply: bytes


@dataclass
class Taken:
    """A connection, and the bytes that came since its last pause."""

    socket: socket.socket
    byte_count: int = 0


class Sink:
    """Accepts on a port of its own, and discards."""

    def __init__(self, reaction: Reaction) -> None:
        self._reaction = reaction
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._buffer = bytearray(64 << 10)
        # In the order of their ends, since all pauses are equally long.
        self._paused: deque[tuple[float, Taken]] = deque()

    def run(self) -> None:
        """Until the program ends."""
        while True:
            wait = None
            if self._paused:
                wait = max(0.0, self._paused[0][0] - time.monotonic())
            for key, _ in self._selector.select(wait):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
            while self._paused and self._paused[0][0] <= time.monotonic():
                self._end_pause(self._paused.popleft()[1])

    def _accept(self) -> None:
        # One a turn, as the server's own loops would: accepting starves nobody.
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, Taken(connection))

    def _read(self, taken: Taken) -> None:
        try:
            count = taken.socket.recv_into(self._buffer)
        except OSError:
            count = 0
        taken.byte_count += count
        limit = self._reaction.pause_after
        if count == 0:
            self._selector.unregister(taken.socket)
            self._close(taken.socket, self._reaction.reply)
        elif limit is not None and taken.byte_count >= limit:
            self._selector.unregister(taken.socket)
            taken.byte_count = 0
            self._paused.append((time.monotonic() + self._reaction.pause_seconds, taken))

    def _end_pause(self, taken: Taken) -> None:
        if self._reaction.closes:
            self._close(taken.socket, b"")
        else:
            self._selector.register(taken.socket, selectors.EVENT_READ, taken)

    def _close(self, connection: socket.socket, reply: bytes) -> None:
        with suppress(OSError):
            connection.sendall(reply)
        connection.close()


def start(config: Message) -> Callable[[Message], Message]:
    """Listens, and serves from a thread; later lines are answered with nothing."""
    gc.disable()
    sink = Sink(Reaction(**{**config, "reply": bytes.fromhex(config["reply"])}))
    threading.Thread(target=sink.run, daemon=True).start()
    return lambda _: {"address": list(sink.address)}


if __name__ == "__main__":
    serve(start)
