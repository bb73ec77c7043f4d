"""Abuse by streams: pages that nobody takes, and subscriptions by the hundreds."""

from __future__ import annotations

import random

from tandem_conformance import messages
from tandem_conformance.names import FrameType

from . import requests
from .abuser import Abuser, Shop
from .connections import LIST_USER_ORDERS, Held
from .crowd import Connection, Crowd

WINDOW_MAX = (1 << 31) - 1


class HeldPages(Held):
    """Asks for one page after the other with a credit of one byte, and never gives more."""

    count = 32
    seconds = 90.0
    pages_per_turn = 4
    open_pages_max = 256

    def open_one(self, number: int) -> Connection | None:
        return self.crowd.open("query", [LIST_USER_ORDERS], window=1)

    def feed(self, held: list[Connection]) -> None:
        body = messages.field(1, self.shop.large_user) + messages.field(3, 1000)
        for connection in self.chance.sample(held, min(4, len(held))):
            if not connection.is_closed and connection.open_calls < self.open_pages_max:
                for _ in range(self.pages_per_turn):
                    connection.call(body)
                    self.crowd.tally["pages asked for"] += 1


class Subscriptions(Abuser):
    """Hundreds of subscriptions from 0: one connection in two reads them, the other does not. Those
    that have caught up begin anew now and then."""

    connections = 100
    on_a_connection = 4
    restart_seconds = 20.0

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._held: list[Connection] = []
        self._made = 0

    def round(self) -> None:
        self._held = [each for each in self._held if not each.is_closed]
        if self.every(self.restart_seconds, "restart"):
            for connection in self.chance.sample(self._held, len(self._held) // 3):
                self.crowd.tally["renewed"] += 1
                self.crowd.close(connection)
        if len(self._held) < self.connections and self.every(0.05, "open"):
            self._open()

    def _open(self) -> None:
        self._made += 1
        reads = self._made % 2 == 0
        connection = self.crowd.open("feed", [requests.SUBSCRIBE], window=WINDOW_MAX, reads=reads,
                                     receive_buffer=0 if reads else 4096)
        if connection is None:
            return
        self._held.append(connection)

        def credit(kind: int, stream: int, frame: bytes) -> None:
            if kind == FrameType.ITEM:
                self.crowd.tally["bytes read"] += len(frame)

        connection.on_frame = credit
        # One more than a connection may have.
        for _ in range(self.on_a_connection + 1):
            connection.call(b"")
            self.crowd.tally["subscriptions asked for"] += 1
