"""The program that attacks, for as long as it is told."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from .attack import Address, Attack
from .children import Message, serve
from .flooding import CancelLoop, ConnectionFlood, Reconnecting
from .holding import Bodies, HalfFrames, NonReaders, Strangers
from .mutating import Mutations

ATTACKS: dict[str, Callable[[Address, Message], Attack]] = {
    "reconnecting": Reconnecting,
    "cancel-loop": CancelLoop,
    "connection-flood": ConnectionFlood,
    "non-readers": NonReaders,
    "strangers": Strangers,
    "half-frames": HalfFrames,
    "bodies": Bodies,
    "mutations": Mutations,
}


def start(config: Message) -> Callable[[Message], Message]:
    """Makes ready; `{"seconds"}` attacks for so long, `{"frames"}` until that many were sent in
    all, `{"release"}` closes what is held. Each is answered with the tally so far."""
    gc.disable()
    host, port = config["address"]
    attack = ATTACKS[config["attack"]]((host, port), {"sources": 1, **config})

    def answer(message: Message) -> Message:
        if "seconds" in message:
            end = time.monotonic() + message["seconds"]
            while time.monotonic() < end:
                attack.round()
        if "frames" in message:
            end = time.monotonic() + message["within"]
            while attack.tally.frames < message["frames"] and time.monotonic() < end:
                attack.round()
        if "open" in message:
            end = time.monotonic() + message["within"]
            while attack.open_count < message["open"] and time.monotonic() < end:
                attack.round()
        if "release" in message:
            attack.release()
        return {"tally": attack.tally.message(), "received": attack.received.hex()}

    return answer


if __name__ == "__main__":
    serve(start)
