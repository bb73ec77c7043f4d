"""Abuse by waiting: tens of thousands of queries that ask for positions that are not there yet."""

from __future__ import annotations

import random

from tandem_conformance import messages, wire
from tandem_conformance.names import FrameType, Tag

from . import requests
from .abuser import Abuser, Shop
from .connections import GET_ORDER
from .crowd import Connection, Crowd

ON_A_CONNECTION = 1_000


class Waiters(Abuser):
    """Forty connections with a thousand queries each, all for the same few positions that come
    next; when they have been answered, they ask again."""

    connections = 40

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._head = 0
        self._held: list[Connection] = []
        self._status: Connection | None = None

    def round(self) -> None:
        self._look_at_the_head()
        self._held = [each for each in self._held if not each.is_closed]
        if len(self._held) < self.connections and self.every(0.1, "open"):
            connection = self.crowd.open("query", [GET_ORDER])
            if connection is not None:
                self._held.append(connection)
        for connection in self._held:
            if connection.is_welcome and connection.open_calls == 0 and self.every(0.02, "ask"):
                self._ask(connection)

    def _ask(self, connection: Connection) -> None:
        epoch = messages.decode("Welcome", connection.welcome)["log_epoch"]
        body = messages.field(1, self.chance.randint(1, self.shop.large_orders))
        # Soon, or never: those wait for 5 s.
        position = self._head + self.chance.choice((20, 200, 2_000, 500_000))
        token = epoch.to_bytes(8, "big") + position.to_bytes(8, "big")
        for _ in range(ON_A_CONNECTION):
            connection.call(body, entries=[(int(Tag.AT_LEAST), token)])
        self.crowd.tally["queries that wait"] += ON_A_CONNECTION

    def _look_at_the_head(self) -> None:
        if self._status is None or self._status.is_closed:
            if not self.every(1.0, "status"):
                return
            self._status = self.crowd.open("query", [requests.STATUS])
            if self._status is None:
                return
            self._status.on_frame = self._note
        if self._status.open_calls == 0 and self.every(0.2, "head"):
            self._status.call(b"")

    def _note(self, kind: int, stream: int, frame: bytes) -> None:
        if kind == FrameType.RESPONSE:
            reply = messages.decode("StatusReply", wire.decode(frame).body)
            self._head = reply.get("head_position", 0)
