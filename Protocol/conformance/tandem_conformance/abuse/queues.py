"""Bytes that were sent and that no program has: those in the system's buffers on the way."""

from __future__ import annotations

import socket
from pathlib import Path

MIB = 1 << 20
# Linux doubles it for its own bookkeeping.
SEND_BUFFER = 64 << 10
SYSTEM = Path("/proc/sys/net/ipv4")
CONNECTIONS = Path("/proc/net/tcp")


def keep_send_buffer_small(connection: socket.socket) -> None:
    """So that what is sent lies with the receiver, and not with us."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


def on_the_way(connection: socket.socket) -> int | None:
    """How many bytes lie between us and the program at the other end, which must be on this
    machine: not sent yet, or received by the system and not read. None if that can't be known."""
    if connection.family != socket.AF_INET:
        return None
    ours, theirs = _written(connection.getsockname()), _written(connection.getpeername())
    try:
        lines = CONNECTIONS.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return None
    unsent = unread = None
    for line in lines:
        _, local, remote, _, queues = line.split()[:5]
        sent, _, received = queues.partition(":")
        if (local, remote) == (ours, theirs):
            unsent = int(sent, 16)
        elif (local, remote) == (theirs, ours):
            unread = int(received, 16)
    return None if unsent is None or unread is None else unsent + unread


def _written(address: tuple[str, int]) -> str:
    """As /proc/net/tcp writes an address: its four bytes as a number of this machine."""
    return f"{socket.inet_aton(address[0])[::-1].hex().upper()}:{address[1]:04X}"


def receive_buffer_most() -> int:
    """The most bytes that may lie unread at the other end, as far as this machine tells."""
    try:
        return int((SYSTEM / "tcp_rmem").read_text(encoding="ascii").split()[2])
    except OSError:
        return 8 * MIB
