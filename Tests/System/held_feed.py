"""A way to the feed port that holds events back until it is told to let go."""

from __future__ import annotations

import socket
import struct
import threading

PREFACE_BYTES = 8
REQUEST = 0x03
SUBSCRIBE = 0  # The method's index in a read server's HELLO.


class HeldFeed:
    """Listens for read servers and passes all of their bytes on to the feed port, but for
    subscriptions: those, and what stands behind them, wait for `let_go`. So a read server learns
    how far the log goes and gets no event of it, however long that lasts."""

    def __init__(self, feed_address: str) -> None:
        host, port = feed_address.rsplit(":", 1)
        self._feed = (host, int(port))
        self._may_pass = threading.Event()
        self.subscription_is_held = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def let_go(self) -> None:
        self._may_pass.set()

    def close(self) -> None:
        self._may_pass.set()
        for connection in [self._listener, *self._open]:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended by itself.
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                reader, _ = self._listener.accept()
                feed = socket.create_connection(self._feed)
            except OSError:
                return
            self._open += [reader, feed]
            threading.Thread(target=self._requests, args=(reader, feed), daemon=True).start()
            threading.Thread(target=self._answers, args=(feed, reader), daemon=True).start()

    def _requests(self, reader: socket.socket, feed: socket.socket) -> None:
        try:
            feed.sendall(exactly(reader, PREFACE_BYTES))
            while True:
                header = exactly(reader, 16)
                length, kind, _, method = struct.unpack(">IBBH", header[:8])
                if kind == REQUEST and method == SUBSCRIBE:
                    self.subscription_is_held.set()
                    self._may_pass.wait()
                feed.sendall(header + exactly(reader, length - 12))
        except OSError:
            end(feed)

    def _answers(self, feed: socket.socket, reader: socket.socket) -> None:
        try:
            while chunk := feed.recv(65_536):
                reader.sendall(chunk)
        except OSError:
            pass  # One side has gone, so the other goes.
        end(reader)


def end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It has ended already.


def exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes; raises when the connection ends before."""
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            raise ConnectionError("the connection ended within a frame")
        received += chunk
    return received
