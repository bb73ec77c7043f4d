"""The row of how soon it can be seen what a command has done."""

from __future__ import annotations

import gc
import selectors
import socket
import struct
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from .bench import Bench
from .postgres import percentile
from .row import BenchError, Row
from .samples import Sample
from .server import TandemServer

PER_S = 5_000
PROBES_PER_S = 500
# The generator begins before the probes and ends after them.
MARGIN_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
# Protocol/SPEC.md, sections 3, 4 and 17.
HEADER = struct.Struct(">IBBHII")
HELLO, WELCOME, REQUEST, RESPONSE, PING, PONG = 1, 2, 3, 4, 0x0A, 0x0B
IDEMPOTENCY_KEY, AT_LEAST, TOKEN = 2, 3, 5
PLACE_ORDER = b"tandem.orders.v1.OrderCommands/PlaceOrder"
GET_ORDER = b"tandem.orders.v1.OrderQueries/GetOrder"
# user_id 1, two lines of one unit of products 1 and 2, USD.
ORDER = b"\x10\x01\x1a\x04\x08\x01\x10\x01\x1a\x04\x08\x02\x10\x01\x22\x03USD"


def frame(kind: int, stream: int, body: bytes, entry: tuple[int, bytes] | None = None) -> bytes:
    """With a metadata block of one entry, if there is one."""
    block = b""
    if entry is not None:
        block = struct.pack(">HBH", 3 + len(entry[1]), entry[0], len(entry[1])) + entry[1]
    payload = block + body
    return HEADER.pack(12 + len(payload), kind, bool(block), 0, stream, 0) + payload


def token_and_body(flags: int, payload: bytes) -> tuple[bytes, bytes]:
    """An answer's TOKEN, empty if there is none, and its body."""
    if not flags & 1:
        return b"", payload
    end = 2 + int.from_bytes(payload[:2], "big")
    token, at = b"", 2
    while at < end:
        tag, length = payload[at], int.from_bytes(payload[at + 1:at + 3], "big")
        if tag == TOKEN:
            token = payload[at + 3:at + 3 + length]
        at += 3 + length
    return token, payload[end:]


class Wire:
    """One connection to a port of Tandem's, which calls one method."""

    def __init__(self, port: int, role: int, method: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        hello = b"\x1a" + bytes([len(method)]) + method
        self.socket.sendall(b"\xf4TND\r\n\x01" + bytes([role]) + frame(HELLO, 0, hello))
        while not (answers := self.receive(WELCOME)):
            pass

    def receive(self, wanted: int = RESPONSE) -> list[tuple[int, int, bytes]]:
        """What has come, at least a byte of it: stream, flags and all behind the header."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise BenchError("Tandem closed a connection that measured")
        self._received += data
        found = []
        while len(self._received) >= HEADER.size:
            length, kind, flags, _, stream, _ = HEADER.unpack_from(self._received)
            if len(self._received) < length + 4:
                break
            payload = bytes(self._received[HEADER.size:length + 4])
            del self._received[:length + 4]
            if kind == PING:
                self.socket.sendall(frame(PONG, 0, payload))
            elif kind == wanted:
                found.append((stream, flags, payload))
            else:
                raise BenchError(f"Tandem answered with a frame of type {kind}: {payload!r}")
        return found


@dataclass
class Probes:
    """Orders placed on a schedule, each then asked for with its token: when it can be seen."""

    server: TandemServer
    visible_ms: list[float] = field(default_factory=list)
    """From the acknowledgement."""
    due_ms: list[float] = field(default_factory=list)
    """From the time on the schedule."""

    def run(self, count: int, per_s: float) -> None:
        """All of them, until the last can be seen."""
        commands = Wire(self.server.command_port, 1, PLACE_ORDER)
        queries = Wire(self.server.query_port, 2, GET_ORDER)
        acknowledged: dict[int, float] = {}
        with selectors.DefaultSelector() as selector:
            for wire in (commands, queries):
                selector.register(wire.socket, selectors.EVENT_READ, wire)
            begin, sent = time.monotonic() + 0.01, 0
            while len(self.visible_ms) < count:
                now = time.monotonic()
                while sent < count and begin + sent / per_s <= now:
                    sent += 1
                    commands.socket.sendall(frame(
                        REQUEST, sent, ORDER, (IDEMPOTENCY_KEY, uuid.uuid4().bytes)))
                wait = max(0, begin + sent / per_s - now) if sent < count else PATIENCE_SECONDS
                ready = selector.select(wait)
                if not ready and sent == count:
                    raise BenchError(f"{count - len(self.visible_ms)} orders were not to be seen")
                for key, _ in ready:
                    for stream, flags, payload in key.data.receive():
                        now = time.monotonic()
                        if key.data is commands:
                            token, body = token_and_body(flags, payload)
                            acknowledged[stream] = now
                            # OrderReply begins with order_id, as GetOrderRequest does.
                            queries.socket.sendall(frame(
                                REQUEST, stream, _first_number(body), (AT_LEAST, token)))
                        else:
                            self.visible_ms.append((now - acknowledged[stream]) * 1e3)
                            due = begin + (stream - 1) / per_s
                            self.due_ms.append((now - due) * 1e3)
        commands.socket.close()
        queries.socket.close()


def _first_number(body: bytes) -> bytes:
    """A message's first field, a number: its bytes end with the first below 128."""
    end = 1
    while body[end] & 128:
        end += 1
    return body[:end + 1]


def measured(bench: Bench, server: TandemServer) -> Sample:
    """Once: the generator's orders and ours, all on a schedule."""
    # With few answers the 99th percentile is chance.
    seconds = max(4.0, bench.seconds)
    probes = Probes(server)
    # A collection would be taken for a delay of the server's.
    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            others = pool.submit(
                bench.load.run, "place", server.command_port, connections=8, in_flight=256,
                rate=PER_S - PROBES_PER_S, seconds=seconds, warm_up=MARGIN_SECONDS / 2)
            time.sleep(MARGIN_SECONDS)
            probes.run(round((seconds - MARGIN_SECONDS) * PROBES_PER_S), PROBES_PER_S)
            per_s = others.result().per_s
    finally:
        gc.enable()
    server.catch_up()
    return Sample(percentile(probes.visible_ms, 0.99), None, {
        "ms_p50": percentile(probes.visible_ms, 0.5), "ms_max": max(probes.visible_ms),
        "scheduled_ms_p99": percentile(probes.due_ms, 0.99), "per_s": per_s + PROBES_PER_S})


def visible_5000(bench: Bench) -> Row:
    """From acknowledged to visible, while 5,000 orders a second are placed."""
    with bench.fresh(with_base=True) as server:
        bench.place(server, PER_S)
        compared = bench.alternate(partial(measured, bench, server))
    details = compared.ours.details
    if details["per_s"] < 0.95 * PER_S:
        raise BenchError(f"Tandem took {details['per_s']:,.0f} orders a second, not {PER_S:,}")
    return compared.row(Row(
        "visible_5000", f"p99 from acknowledged to visible at {PER_S:,} orders a second", 0, "ms",
        more_is_better=False,
        note=f"All orders are sent on a schedule. {PROBES_PER_S} a second of them are asked for on"
             " the query port with their command's token as soon as they are acknowledged; the"
             f" round trip is part of it. p50 {details['ms_p50']:.1f} ms; from the time on the"
             f" schedule, the command included, p99 {details['scheduled_ms_p99']:.1f} ms. In"
             " PostgreSQL an order's read row is written in its transaction, and pays for it"
             " there."))


ROWS: dict[str, Callable[[Bench], Row]] = {"visible_5000": visible_5000}
