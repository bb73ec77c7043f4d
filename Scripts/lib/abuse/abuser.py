"""What all abusers have in common, and the program that runs one of them until it is told to stop.

An abuser takes only its share of a processor: what is measured here is what a server bears, and
not how many programs the machine can run.
"""

from __future__ import annotations

import importlib
import json
import random
import signal
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .crowd import Crowd

ROUNDS_SECONDS_MAX = 0.25


@dataclass(frozen=True)
class Shop:
    """What was put into the server before, for abusers to work on."""

    # Its orders have 1,000 lines each.
    large_user: int
    large_orders: int
    # Another user, for orders that are refused or small.
    small_user: int
    products: int
    # How many bytes of documents may be added in all, and over how many seconds.
    growth_bytes: int
    seconds: float


class Abuser(ABC):
    """One way to be a bad client, in rounds of some milliseconds."""

    def __init__(self, crowd: Crowd, shop: Shop, chance: random.Random) -> None:
        self.crowd = crowd
        self.shop = shop
        self.chance = chance
        self.began = time.monotonic()
        self._due: dict[str, float] = {}

    @abstractmethod
    def round(self) -> None:
        """Does one piece of it. Must not wait."""

    def key(self) -> bytes:
        """A fresh idempotency key, as a UUIDv4."""
        value = self.chance.getrandbits(128) & ~(0xF << 76) | 4 << 76
        return (value & ~(0x3 << 62) | 0x2 << 62).to_bytes(16)

    def every(self, seconds: float, what: str) -> bool:
        """Whether it is time for something that is done every so often."""
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + seconds
        return True


def run(abuser: Abuser, share: float) -> None:
    """Rounds until SIGTERM, at no more than this share of a processor."""
    is_over = False

    def stop(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, stop)
    began, used_before = time.monotonic(), time.process_time()
    while not is_over:
        abuser.round()
        abuser.crowd.turn(0)
        used = time.process_time() - used_before
        ahead = used / share - (time.monotonic() - began)
        # Not less than a millisecond: a round without work must not become a spin.
        time.sleep(min(max(ahead, 0.001), ROUNDS_SECONDS_MAX))


def main() -> None:
    """The configuration is the one argument, as JSON; the tally goes to standard output."""
    config = json.loads(sys.argv[1])
    module, _, kind = config["kind"].partition(":")
    crowd = Crowd({role: (host, port) for role, (host, port) in config["ports"].items()},
                  config["sources"])
    abuser: Abuser = getattr(importlib.import_module(f"abuse.{module}"), kind)(
        crowd, Shop(**config["shop"]), random.Random(config["seed"]))
    run(abuser, config["share"])
    print(json.dumps(dict(crowd.tally)), flush=True)


if __name__ == "__main__":
    main()
