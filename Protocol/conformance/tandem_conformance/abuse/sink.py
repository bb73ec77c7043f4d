"""A stand-in for the server: takes an abuser's bytes at next to no cost.

While the other client's quiet latency is measured, the abuser's twin works against this, so that
both measurements share the machine with equally busy programs.
"""

from __future__ import annotations

import gc
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .children import Message, serve

# More than any attack holds at once.
PAUSED_MAX = 512


@dataclass
class Reaction:
    """What a connection to the sink is in for."""

    # Not read any further, as by a server whose buffers are full.
    pause_after: int | None
    # What is sent when the abuser has ended its direction, just before the close.
    reply: bytes


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
        self._paused: deque[socket.socket] = deque(maxlen=PAUSED_MAX)

    def run(self) -> None:
        """Until the program ends."""
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.fileobj, key.data)

    def _accept(self) -> None:
        # One a turn, as the server's own loops would: accepting starves nobody.
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, [0])

    def _read(self, connection: socket.socket, received: list[int]) -> None:
        reaction = self._reaction
        try:
            count = connection.recv_into(self._buffer)
        except OSError:
            count = 0
        received[0] += count
        if count == 0:
            self._close(connection, reaction.reply)
        elif reaction.pause_after is not None and received[0] >= reaction.pause_after:
            self._selector.unregister(connection)
            # Only its reference keeps it open; by the time it falls out, its peer has left.
            self._paused.append(connection)

    def _close(self, connection: socket.socket, reply: bytes) -> None:
        self._selector.unregister(connection)
        try:
            if reply:
                connection.sendall(reply)
        except OSError:
            pass
        connection.close()


def start(config: Message) -> Callable[[Message], Message]:
    """Listens, and serves from a thread; later lines are answered with nothing."""
    gc.disable()
    sink = Sink(Reaction(config["pause_after"], bytes.fromhex(config["reply"])))
    threading.Thread(target=sink.run, daemon=True).start()
    return lambda _: {"address": list(sink.address)}


if __name__ == "__main__":
    serve(start)
