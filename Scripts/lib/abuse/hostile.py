"""Abuse by bytes: bodies that cost their reader much, and frames that are none."""

from __future__ import annotations

import random

from tandem_conformance import messages
from tandem_conformance.abuse import blobs
from tandem_conformance.abuse.mutating import Mutator
from tandem_conformance.names import Role

from . import requests
from .abuser import Shop
from .commands import NOBODY, PLACE_ORDER, Caller
from .connections import GET_ORDER, Held
from .crowd import Connection, Crowd

# Sent by a connection before it is left to its fate.
FRAMES = 30


class HostileBodies(Caller):
    """As much as an order may have, and as a frame may, of empty lines, groups, unknown fields, or
    of nesting."""

    connections = 4
    open_calls_max = 4

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        self._bodies = [
            titled for size in requests.BODY_SIZES for titled in blobs.hostile_bodies(size).items()
        ]
        self._next = 0

    def make_call(self, connection: Connection) -> bool:
        title, body = self._bodies[self._next % len(self._bodies)]
        self._next += 1
        self.crowd.tally[f"sent {title}"] += 1
        connection.call(body, key=self.key())
        return True


class MalformedFrames(Held):
    """Frames that were right until they were damaged, as the conformance suite does it; on all
    ports."""

    count = 8
    seconds = 1.0

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        super().__init__(crowd, shop, chance)
        order = requests.place_order(
            NOBODY, requests.catalogue_lines(30, shop.products))
        # By port: what opens a connection, and the frames behind it that are damaged.
        self._opening = {
            "query": blobs.opening(Role.QUERY, [GET_ORDER]),
            "command": blobs.opening(Role.COMMAND, [PLACE_ORDER]),
            "feed": blobs.opening(Role.FEED, [requests.SUBSCRIBE]),
        }
        frames = {
            "query": blobs.request(1, messages.field(1, 1)),
            "command": blobs.request(1, order, key=self.key()),
            "feed": blobs.request(1, b"\x08\x00"),
        }
        self._mutators = {
            role: Mutator([frame, blobs.ping(1)], chance.getrandbits(32))
            for role, frame in frames.items()
        }

    def open_one(self, number: int) -> Connection | None:
        role = ("query", "command", "feed")[number % 3]
        damaged = [self._mutators[role].next() for _ in range(FRAMES)]
        return self.crowd.open(role, opening=self._opening[role] + b"".join(damaged))
