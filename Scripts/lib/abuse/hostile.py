"""Abuse by bytes: bodies that cost their reader much, and frames that are none."""

from __future__ import annotations

import random

from tandem_conformance.abuse import blobs
from tandem_conformance.names import Role

from . import requests
from .abuser import Shop
from .commands import NOBODY, PLACE_ORDER, Caller
from .connections import GET_ORDER, Held
from .crowd import Connection, Crowd


class HostileBodies(Caller):
    """As much as an order may have, and as a frame may, of empty lines, groups, unknown fields, or
    of nesting."""

    connections = 4
    open_calls_max = 4

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._bodies = [
            *requests.hostile_bodies().items(),
            *requests.hostile_bodies(requests.FRAME_SIZE).items(),
        ]
        self._next = 0

    def make_call(self, connection: Connection) -> bool:
        title, body = self._bodies[self._next % len(self._bodies)]
        self._next += 1
        self.crowd.tally[f"sent {title}"] += 1
        connection.call(body, key=self.key())
        return True


class MalformedFrames(Held):
    """What was right until some of its bytes were changed, left out or doubled; on all ports."""

    count = 8
    seconds = 1.0

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        order = requests.place_order(
            NOBODY, requests.catalogue_lines(30, shop.products))
        self._whole = {
            "query": blobs.opening(Role.QUERY, [GET_ORDER]) + b"".join(
                blobs.request(stream, requests.field(1, stream)) for stream in range(1, 30)),
            "command": blobs.opening(Role.COMMAND, [PLACE_ORDER]) + b"".join(
                blobs.request(stream, order, key=self.key()) for stream in range(1, 30)),
            "feed": blobs.opening(Role.FEED, [requests.SUBSCRIBE]) + b"".join(
                blobs.request(stream, b"\x08\x00") for stream in range(1, 4)),
        }

    def open_one(self, number: int) -> Connection | None:
        role = ("query", "command", "feed")[number % 3]
        return self.crowd.open(role, opening=self._mutated(self._whole[role]))

    def _mutated(self, whole: bytes) -> bytes:
        data = bytearray(whole)
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(data))
            match self.chance.randrange(4):
                case 0:
                    data[at] ^= 1 << self.chance.randrange(8)
                case 1:
                    data[at] = self.chance.choice((0, 1, 0x7F, 0x80, 0xFF))
                case 2:
                    del data[at:at + self.chance.randint(1, 8)]
                case _:
                    data[at:at] = data[at:at + self.chance.randint(1, 64)]
        return bytes(data)
