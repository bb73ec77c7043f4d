"""Abuse by connections: those that never get anywhere, hold much, or do not read."""

from __future__ import annotations

import os
import random
import time

from tandem_conformance import messages, wire
from tandem_conformance.abuse import blobs
from tandem_conformance.names import FrameType, Role

from . import requests
from .abuser import Abuser, Shop
from .crowd import Connection, Crowd

GET_ORDER = f"{requests.QUERIES}/GetOrder"
LIST_USER_ORDERS = f"{requests.QUERIES}/ListUserOrders"


class Held(Abuser):
    """Holds a number of connections, and replaces those that end or grow old."""

    count = 0
    seconds = 5.0
    # So that a server's restart, or a refusal, is not met with a spin of ours.
    opened_per_round = 20

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._ages: dict[Connection, float] = {}

    def open_one(self, number: int) -> Connection | None:
        """A new one, in whichever state it is to be held."""
        raise NotImplementedError

    def round(self) -> None:
        now = time.monotonic()
        for connection, opened in list(self._ages.items()):
            if now - opened > self.seconds:
                self.crowd.tally["renewed"] += 1
                self.crowd.close(connection)
            if connection.is_closed:
                del self._ages[connection]
        room = min(self.count - len(self._ages), self.opened_per_round)
        for _ in range(room):
            opened_now = self.open_one(self.chance.getrandbits(30))
            if opened_now is None:
                break
            self._ages[opened_now] = now
        self.feed(list(self._ages))

    def feed(self, held: list[Connection]) -> None:
        """Does something with those that are held."""


class SilentHandshakes(Held):
    """Connects to two ports and says nothing, from two addresses; renewed as soon as they end, or
    after 5 s. As many as an address may have on a port."""

    count = 1_024

    def open_one(self, number: int) -> Connection | None:
        return self.crowd.open(("query", "command")[number % 2], opening=b"")


class HalfFrames(Held):
    """Sends a preface, a HELLO or a REQUEST at a byte a second."""

    count = 200
    seconds = 60.0

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._rest: dict[Connection, bytes] = {}

    def open_one(self, number: int) -> Connection | None:
        whole = number % 2 == 0
        hello = blobs.opening(Role.QUERY, [GET_ORDER])
        connection = self.crowd.open("query", opening=hello if whole else hello[:1])
        if connection is not None:
            rest = blobs.request(1, bytes(40)) if whole else hello[1:]
            self._rest[connection] = rest
        return connection

    def feed(self, held: list[Connection]) -> None:
        if not self.every(1.0, "byte"):
            return
        self._rest = {each: self._rest[each] for each in held if each in self._rest}
        for connection in held:
            # The last byte is never sent.
            if len(rest := self._rest.get(connection, b"")) > 1 and not connection.is_closed:
                self.crowd.tally["bytes"] += 1
                connection.send(rest[:1])
                self._rest[connection] = rest[1:]


class DictionaryHashes(Held):
    """HELLO with as many dictionary hashes as it can hold, all of them made up."""

    count = 200
    seconds = 30.0

    def open_one(self, number: int) -> Connection | None:
        # The shortest are the most: each becomes an object of its own.
        size = (0, 1, 32)[number % 3]
        hashes = [os.urandom(size)] * (15_500 // (size + 2))
        hello = {"methods": [GET_ORDER], "features": ["zlib"], "dictionary_sha256": hashes}
        body = messages.encode("Hello", hello)
        opening = wire.preface(Role.QUERY) + wire.encode(FrameType.HELLO, body=body)
        return self.crowd.open("query", opening=opening)


class WelcomeHoarders(Held):
    """Asks for WELCOME with all dictionaries, and does not read it."""

    count = 200
    seconds = 20.0

    def open_one(self, number: int) -> Connection | None:
        body = messages.encode("Hello", {"methods": [GET_ORDER] * 200, "features": ["zlib"]})
        opening = wire.preface(Role.QUERY) + wire.encode(FrameType.HELLO, body=body)
        return self.crowd.open("query", opening=opening, reads=False, receive_buffer=4096)


class NonReaders(Held):
    """Asks for large documents and pages, many times, and reads nothing."""

    count = 64
    seconds = 60.0
    window = (1 << 31) - 1

    def open_one(self, number: int) -> Connection | None:
        method = (GET_ORDER, LIST_USER_ORDERS)[number % 2]
        connection = self.crowd.open("query", [method], window=self.window, reads=False,
                                     receive_buffer=4096)
        if connection is None:
            return None
        if number % 2:
            body = messages.field(1, self.shop.large_user) + messages.field(3, 1000)
        else:
            body = messages.field(1, self.chance.randint(1, self.shop.large_orders))
        connection.send(b"".join(blobs.request(stream, body) for stream in range(1, 513)))
        self.crowd.tally["calls"] += 512
        return connection
