"""The program that attacks, for as long as it is told."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from ..link import Address
from .attack import Attack
from .children import Message, serve
from .flooding import CancelLoop, ConnectionFlood, Reconnecting
from .holding import Bodies, HalfFrames, NonReaders, Pages, Strangers
from .mutating import Mutations

ATTACKS: dict[str, Callable[[Address, Message], Attack]] = {
    "reconnecting": Reconnecting,
    "cancel-loop": CancelLoop,
    "connection-flood": ConnectionFlood,
    "non-readers": NonReaders,
    "pages": Pages,
    "strangers": Strangers,
    "half-frames": HalfFrames,
    "bodies": Bodies,
    "mutations": Mutations,
}


def start(config: Message) -> Callable[[Message], Message]:
    """Makes ready; `{"seconds"}` attacks for so long, `{"until": {COUNT: n}, "within"}` until there
    are so many, `{"release"}` closes what is held. Each is answered with the tally so far."""
    gc.disable()
    host, port = config["address"]
    attack = ATTACKS[config["attack"]]((host, port), {"sources": 1, **config})
    counts = {
        "frames": lambda: attack.tally.frames,
        "ends": lambda: attack.tally.ends.total(),
        "open": lambda: attack.open_count,
    }

    def answer(message: Message) -> Message:
        if "seconds" in message:
            end = time.monotonic() + message["seconds"]
            while time.monotonic() < end:
                attack.round()
        for name, wanted in message.get("until", {}).items():
            end = time.monotonic() + message["within"]
            while counts[name]() < wanted and time.monotonic() < end:
                attack.round()
        if "release" in message:
            attack.release()
        return {"tally": attack.tally.message(), "received": attack.received.hex()}

    return answer


if __name__ == "__main__":
    serve(start)
