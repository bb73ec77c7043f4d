"""Abuse by connections: more than an address, or a port's handshakes, may have."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from .. import wire
from ..context import Context
from ..names import FrameType, GoAwayCode
from ..outcome import CaseFailure
from .connections import HELLO, PATIENCE_SECONDS, is_one_goaway, read_all
from .dialling import dial, loopback
from .flooding import ACCEPTED
from .measure import Plan
from .scene import (
    CONNECTION_STATE,
    CONNECTIONS_PER_ADDRESS,
    LOOPBACK_SOURCE,
    attack,
    connections_bound,
    expect_ends,
    need_sources,
)
from .tally import BARE_CLOSE, ending

IN_HANDSHAKE = 512


def refused_beyond_an_address(context: Context) -> dict[str, Any]:
    """One address has 256 connections; more are told LIMIT, and the others go on."""
    sources = [LOOPBACK_SOURCE] * (CONNECTIONS_PER_ADDRESS + 20)
    return _refused_beyond(context, CONNECTIONS_PER_ADDRESS, sources, HELLO)


def refused_in_handshake(context: Context) -> dict[str, Any]:
    """512 connections of a port may be in their handshake; of more the oldest are told LIMIT."""
    sources = [loopback(1 + number % 4) for number in range(IN_HANDSHAKE + 40)]
    return _refused_beyond(context, IN_HANDSHAKE, sources, b"")


def _refused_beyond(
    context: Context, most: int, sources: list[str], data: bytes
) -> dict[str, Any]:
    """Connects from each of the addresses and sends that, of which `most` may stay."""
    need_sources(1)
    other = context.open()
    opened = [_dial(context, source, data) for source in sources]
    try:
        refused = _refused(opened, most)
        other.probe()
    finally:
        for connection in opened:
            connection.close()
    _expect_room_again(context, LOOPBACK_SOURCE)
    return {"opened": len(opened), "refused": refused}


def _dial(context: Context, source: str, data: bytes) -> socket.socket:
    connection = dial(context.addresses["query"], source)
    # It may have been refused already.
    with suppress(OSError):
        connection.sendall(data)
    return connection


def _refused(opened: list[socket.socket], most: int) -> int:
    """How many were told LIMIT and closed, once that leaves no more than `most`; fails if it does
    not come so far, goes further, or one is ended in another way."""
    open_ones = list(opened)
    deadline = time.monotonic() + PATIENCE_SECONDS
    is_settled = False
    while not is_settled and time.monotonic() < deadline:
        # One look more when enough were refused: not too many may be.
        is_settled = len(open_ones) <= most
        time.sleep(0.1)
        open_ones = [connection for connection in open_ones if not _is_refused(connection)]
    if len(open_ones) > most:
        raise CaseFailure(f"at most {most} connections", f"{len(open_ones)} of {len(opened)}")
    # The suite's own connections, and those of a moment ago, count as well.
    if len(open_ones) < most - 16:
        raise CaseFailure(f"about {most} connections", f"{len(open_ones)} of {len(opened)}")
    return len(opened) - len(open_ones)


def _is_refused(connection: socket.socket) -> bool:
    """Whether LIMIT and the end came; fails on any other end."""
    connection.setblocking(False)
    try:
        first = connection.recv(1 << 16)
    except BlockingIOError:
        return False
    if len(first) > 4 and first[4] == FrameType.WELCOME:
        return False
    received = first + (read_all(connection, PATIENCE_SECONDS) or b"")
    if not is_one_goaway(received) or ending(received) != str(int(GoAwayCode.LIMIT)):
        raise CaseFailure("GOAWAY LIMIT and the end", wire.hexdump(received))
    return True


def _expect_room_again(context: Context, source: str) -> None:
    """Once the flood is over, the same address is served again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        # Late, refused or reset: the next one may be served.
        with suppress(OSError), _dial(context, source, HELLO) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            first = connection.recv(1 << 16)
            if len(first) > 4 and first[4] == FrameType.WELCOME:
                return
        time.sleep(0.1)
    raise CaseFailure("connections to be accepted again after the flood", "refused for 10 s")


def connection_flood(context: Context) -> dict[str, Any]:
    """More connections than an address may have, over and over."""
    config = {
        "attack": "connection-flood", "blob": HELLO.hex(), "size": CONNECTIONS_PER_ADDRESS + 64
    }
    bound = connections_bound(CONNECTIONS_PER_ADDRESS + 64, own=CONNECTION_STATE)
    figures = attack(context, Plan(config), bound)
    expect_ends(figures, ACCEPTED, str(int(GoAwayCode.LIMIT)), BARE_CLOSE)
    return figures


def handshake_flood(context: Context) -> dict[str, Any]:
    """More connections in their handshake than a port may have, from several addresses."""
    config = {
        "attack": "connection-flood", "blob": "", "size": IN_HANDSHAKE + 100,
        "sources": need_sources(4),
    }
    bound = connections_bound(IN_HANDSHAKE + 100, own=CONNECTION_STATE)
    figures = attack(context, Plan(config), bound)
    expect_ends(figures, ACCEPTED, str(int(GoAwayCode.LIMIT)), BARE_CLOSE)
    return figures
