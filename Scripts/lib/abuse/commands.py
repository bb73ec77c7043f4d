"""Abuse by commands: floods, rejections, renames of who has many orders, and growth."""

from __future__ import annotations

import os
import random
import time

from tandem_conformance import messages, wire

from . import requests
from .abuser import Abuser, Shop
from .crowd import Connection, Crowd

PLACE_ORDER = f"{requests.COMMANDS}/PlaceOrder"
RENAME_USER = f"{requests.COMMANDS}/RenameUser"
PAY_ORDER = f"{requests.COMMANDS}/PayOrder"
CUSTOM_TEXT = 0x40
# No product, user or order has this id.
NOBODY = (1 << 62) + 7


class Caller(Abuser):
    """Makes calls on a few connections, and keeps a number of them open on each."""

    connections = 1
    open_calls_max = 1
    role = "command"
    method = PLACE_ORDER

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self.held: list[Connection] = []

    def make_call(self, connection: Connection) -> bool:
        """Makes one; false: there is none to make now."""
        raise NotImplementedError

    def round(self) -> None:
        self.held = [each for each in self.held if not each.is_closed]
        if len(self.held) < self.connections and self.every(0.2, "open"):
            connection = self.crowd.open(self.role, [self.method])
            if connection is not None:
                self.held.append(connection)
        for connection in self.held:
            for _ in range(16):
                if connection.is_closed or connection.is_stuck:
                    break
                if connection.open_calls >= self.open_calls_max or not self.make_call(connection):
                    break
                self.crowd.tally["calls"] += 1


class OrderFlood(Caller):
    """Orders of 7 KB on nine connections, with all the custom metadata that a frame may have. The
    last line's product is unknown, so that none of them adds to the documents."""

    connections = 9
    open_calls_max = 900

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        lines = requests.catalogue_lines(900, shop.products)
        unknown = messages.field(1, NOBODY) + messages.field(2, 1)
        self._body = requests.place_order(shop.small_user, [*lines, unknown])
        # As many as there is room for, as many as are allowed, and one: 8 KiB each time.
        self._entries: list[list[wire.Entry]] = [
            [], [(CUSTOM_TEXT, b"a\0")] * 1_600, [(CUSTOM_TEXT, b"a\0" + b"x" * 120)] * 64,
            [(CUSTOM_TEXT, b"name\0" + b"x" * 8_000)],
        ]

    def make_call(self, connection: Connection) -> bool:
        connection.call(
            self._body, key=self.key(), entries=self.chance.choice(self._entries))
        return True


class BatchFlood(Caller):
    """Batches of a thousand orders on four connections, of which none is placed: some the request
    alone tells, others only the database. Each outcome of these is kept."""

    connections = 4
    open_calls_max = 64
    method = f"{requests.COMMANDS}/PlaceOrders"

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        lines = requests.catalogue_lines(60, shop.products)
        unknown = requests.place_order(NOBODY, lines[:4])
        wrong = requests.place_order(shop.small_user, [*lines, messages.field(1, 0)])
        self._bodies = [
            requests.place_orders([unknown] * 1_000), requests.place_orders([wrong] * 1_000),
            requests.place_orders([unknown, wrong] * 500),
        ]

    def make_call(self, connection: Connection) -> bool:
        connection.call(self.chance.choice(self._bodies), key=self.key())
        return True


class Rejections(Caller):
    """Commands of 40 bytes that must be refused, each under a key of its own: what only the
    database can tell, and what the request alone tells."""

    connections = 2
    open_calls_max = 512
    method = RENAME_USER

    def make_call(self, connection: Connection) -> bool:
        unknown = requests.rename_user(NOBODY, "nobody")
        wrong = requests.rename_user(1, "")
        connection.call(unknown if self.chance.random() < 0.5 else wrong, key=self.key())
        return True


class Renames(Caller):
    """Renames the user with all the large orders, again and again: each changes them all."""

    method = RENAME_USER
    open_calls_max = 2

    def make_call(self, connection: Connection) -> bool:
        new_name = f"name {self.chance.getrandbits(40)}"
        connection.call(requests.rename_user(self.shop.large_user, new_name), key=self.key())
        return True


class Growth(Caller):
    """Orders of 1,000 lines that do not compress, spread over the time, up to what was said."""

    open_calls_max = 2
    description_bytes = 200

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._placed_bytes = 0

    def make_call(self, connection: Connection) -> bool:
        # All of it is there after four fifths of the time.
        part = min(1.0, (time.monotonic() - self.began) / (0.8 * self.shop.seconds))
        if self._placed_bytes >= part * self.shop.growth_bytes:
            return False
        lines = requests.described_lines(900, self.description_bytes, self.chance)
        body = requests.place_order(self.shop.small_user, lines)
        # Base 62 in bytes: six bits of eight.
        self._placed_bytes += len(body) * 3 // 4
        connection.call(body, key=os.urandom(8) + self.key()[8:])
        self.crowd.tally["bytes of documents"] = self._placed_bytes
        return True
