"""Abuse by connections: too many, half-way ones, and ones that never read."""

from __future__ import annotations

import socket
import time
from typing import Any

from .. import messages, wire
from ..context import Context
from ..names import FrameType, GoAwayCode, Role
from ..outcome import CaseFailure
from . import blobs
from .measure import Plan
from .scene import (
    CONNECTION_STATE,
    CONNECTIONS_PER_ADDRESS,
    ECHO,
    KIB,
    MIB,
    STREAM,
    attack,
    connections_bound,
    connections_possible,
    expect_ends,
    need_sources,
)
from .tally import ending

OUTBOUND_PAUSE = MIB
ANSWER_BYTES = 250 * KIB
NON_READERS = 32
STRANGERS = 128
UNREAD_MAX = 64 * KIB
HALF_FRAMES = 10_000
# Keeps each address well below connections-per-address, whatever the order in which they end.
HALF_FRAME_SOURCES = 61
PATIENCE_SECONDS = 10.0


def a_non_reader_is_closed(context: Context, stall_ms: int) -> dict[str, Any]:
    """Who asks and never reads is not read any more, and closed after the write stall."""
    peer = context.open(methods=[ECHO])
    peer.link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = messages.encode("EchoRequest", {"payload": bytes(ANSWER_BYTES)})
    data = b"".join(blobs.request(stream, body) for stream in range(1, 401))
    rest = memoryview(data)
    started = time.monotonic()
    try:
        while time.monotonic() - started < stall_ms / 1e3 + PATIENCE_SECONDS:
            try:
                rest = rest[peer.link.socket.send(rest[:MIB]) :]
            except BlockingIOError:
                time.sleep(0.005)
            if not rest:
                raise CaseFailure(
                    "reading to pause while 1 MiB of answers waits", f"all {len(data)} bytes taken"
                )
    except OSError:
        lived_ms = round((time.monotonic() - started) * 1e3)
        # Timed: it can't have stalled before there was anything to write.
        if lived_ms < stall_ms:
            raise CaseFailure(
                f"the close to come {stall_ms} ms after the answers stood still, or later",
                f"{lived_ms} ms after the first request",
            ) from None
        return {"taken_bytes": len(data) - len(rest), "closed_after_ms": lived_ms}
    raise CaseFailure(f"the connection to be closed after {stall_ms} ms without reading", "nothing")


def non_readers(context: Context, stall_ms: int) -> dict[str, Any]:
    """Connections that ask for echoes or a stream's items without end, read none, and come again
    when they are closed."""
    echo = messages.encode("EchoRequest", {"payload": bytes(ANSWER_BYTES)})
    items = messages.encode("StreamRequest", {"sizes": [ANSWER_BYTES] * 64})
    asks = [{"method": ECHO, "body": echo.hex()}, {"method": STREAM, "body": items.hex()}]
    config = {"attack": "non-readers", "size": NON_READERS, "asks": asks}
    # What waits to go out, the answer that went beyond the mark, and the request behind it.
    each = OUTBOUND_PAUSE + 2 * ANSWER_BYTES
    text = "1 MiB outbound pause + an answer and a request of 250 KiB"
    plan = Plan(
        config, hold=NON_READERS, pause_after=3 * OUTBOUND_PAUSE, pause_closes=True,
        pause_seconds=stall_ms / 1e3, until={"ends": 1},
    )
    figures = attack(context, plan, connections_bound(NON_READERS, each, text))
    if not figures["ends"]:
        raise CaseFailure("connections that do not read to be closed", "not one was")
    return figures


def nothing_before_welcome(context: Context, handshake_ms: int) -> dict[str, Any]:
    """Whatever comes instead of a handshake is answered by GOAWAY or a line of text only."""
    most = 0
    for title, data in STRANGE_BEGINNINGS.items():
        peer = context.connect()
        peer.send_bytes(data, reading=False)
        received = read_all(peer.link.socket, handshake_ms / 1e3 + PATIENCE_SECONDS)
        if received is None:
            raise CaseFailure(f"the connection to be ended ({title})", "it is still open")
        most = max(most, len(received))
        is_text = received.isascii() and received.endswith(b"\n")
        if len(received) > UNREAD_MAX or not (is_text or is_one_goaway(received)):
            raise CaseFailure(
                f"one GOAWAY, or a line of text ({title})",
                f"{len(received)} bytes: {wire.hexdump(received)}",
            )
    return {"beginnings": len(STRANGE_BEGINNINGS), "most_bytes_before_welcome": most}


def strangers(context: Context) -> dict[str, Any]:
    """Connections that never get as far as WELCOME, send all the same, and read nothing."""
    config = {
        "attack": "strangers", "size": STRANGERS,
        "blobs": [data.hex() for data in STRANGE_BEGINNINGS.values()],
    }
    figures = attack(context, Plan(config), connections_bound(CONNECTIONS_PER_ADDRESS))
    if figures.get("unread_max", 0) > UNREAD_MAX:
        raise CaseFailure(
            f"at most {UNREAD_MAX} bytes for who was not welcomed", str(figures["unread_max"])
        )
    return figures


def read_all(connection: socket.socket, patience: float) -> bytes | None:
    """All that comes until the server closes; None if it does not."""
    connection.settimeout(patience)
    received = bytearray()
    try:
        while chunk := connection.recv(1 << 16):
            received += chunk
    except TimeoutError:
        return None
    except OSError:
        # Reset: it did not care to read all of ours.
        pass
    return bytes(received)


def is_one_goaway(received: bytes) -> bool:
    return (
        len(received) >= 16
        and received[4] == FrameType.GOAWAY
        and len(received) == 4 + int.from_bytes(received[:4], "big")
    )


HELLO = blobs.opening(Role.QUERY, [ECHO])
STRANGE_BEGINNINGS = {
    "nothing": b"",
    "half a preface": HELLO[:4],
    "a preface only": HELLO[:8],
    "half a HELLO": HELLO[:20],
    "another protocol in text": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100,
    "another protocol in bytes": b"\x16\x03\x01\x02\x00" + bytes(100_000),
    "another major version": wire.preface(Role.QUERY, 9) + HELLO[8:],
    "the wrong port": wire.preface(Role.FEED) + HELLO[8:],
    "a REQUEST instead": HELLO[:8] + blobs.request(1, b"") * 1000,
    "a HELLO of 16 MiB": HELLO[:8] + wire.encode(FrameType.HELLO, length=(1 << 24) - 1)
    + bytes(100_000),
    "a HELLO that is none": HELLO[:8] + wire.encode(FrameType.HELLO, body=b"\xff" * 100),
    "skippable frames": HELLO[:8] + wire.encode(0xF0, body=bytes(100)) * 1000,
}


def half_frames_time_out(context: Context, handshake_ms: int, frame_ms: int) -> dict[str, Any]:
    """A beginning without an end is answered by TIMEOUT, whatever it is the beginning of."""
    figures = {}
    for title, data, limit_ms in (
        ("preface", HELLO[:7], handshake_ms),
        ("hello", HELLO[:-1], handshake_ms),
        ("request", HELLO + blobs.request(1, bytes(40))[:-1], frame_ms),
    ):
        # Before the server can begin to count: whatever holds us up, this is no shorter than that.
        started = time.monotonic()
        peer = context.connect()
        peer.send_bytes(data, reading=False)
        received = read_all(peer.link.socket, limit_ms / 1e3 + PATIENCE_SECONDS)
        took_ms = round((time.monotonic() - started) * 1e3)
        figures[f"half_{title}_ended_after_ms"] = took_ms
        if received is None or ending(received) != str(int(GoAwayCode.TIMEOUT)):
            raise CaseFailure(f"GOAWAY TIMEOUT for half a {title}", wire.hexdump(received or b""))
        # Timed: a lower bound, counted from before the wait can begin.
        if took_ms < limit_ms:
            raise CaseFailure(f"TIMEOUT for half a {title} after {limit_ms} ms", f"{took_ms} ms")
    return figures


def half_frames(context: Context) -> dict[str, Any]:
    """10,000 connections, each with the beginning of a frame, and new ones for those that end."""
    count = connections_possible(context, HALF_FRAMES)
    request = blobs.request(1, bytes(200))
    beginnings = [HELLO + request[:cut] for cut in (1, 4, 15, 16, 17, 100, 200, len(request) - 1)]
    # Few of these, so that they stay below connections-in-handshake.
    blobs_sent = beginnings * 4 + [HELLO[:-1]]
    config = {
        "attack": "half-frames", "size": count, "sources": need_sources(HALF_FRAME_SOURCES),
        "blobs": [data.hex() for data in blobs_sent],
    }
    # None of them sends more than some 300 bytes, so none is allowed a whole read.
    bound = connections_bound(count, own=CONNECTION_STATE)
    figures = attack(context, Plan(config, hold=count), bound)
    if figures["connections_open_max"] < count:
        raise CaseFailure(f"{count} connections open at once", str(figures["connections_open_max"]))
    expect_ends(figures, str(int(GoAwayCode.TIMEOUT)))
    return figures
