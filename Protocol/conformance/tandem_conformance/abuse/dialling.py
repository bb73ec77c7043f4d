"""Connections by the thousands, from one address of this machine or from several."""

from __future__ import annotations

import socket
import struct

from ..link import Address

# Linux: the port is chosen by connect(), which knows which ones are free for us.
IP_BIND_ADDRESS_NO_PORT = 24
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# The system asks again after 1, 3 and 7 s where a queue is full.
PATIENCE_SECONDS = 10


def loopback(number: int) -> str:
    """The `number`-th of this machine's addresses that attacks come from, counted from 0."""
    return f"127.0.1.{1 + number}"


def dial(address: Address, source: str | None = None, *, receive_buffer: int = 0) -> socket.socket:
    """A connected socket that blocks, for at most so long; `receive_buffer` 0 is the system's
    choice. Raises OSError if there is none to have."""
    connection = socket.socket()
    # No lingering: a machine has only so many ports for connections that are ended.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE_SECONDS)
    try:
        if source is not None:
            connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind((source, 0))
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
