"""A server that ends every connection at once: how often does the client come again?"""

from __future__ import annotations

import time

from .connection import Connection
from .rules import require
from .scene import Scene
from .verbs import Step, verb
from .verbs_connection import goaway
from .verbs_harness import call
from .welcome import check_hello, send_welcome

CALL_MS = 1000
TICK_S = 0.002


@verb("storm", "ms", "attempts_max", "goaway", "welcome", "should", "calls")
def storm(scene: Scene, step: Step) -> None:
    """Every connection is ended at once, while the program always has a call open, or so many;
    with `welcome` once it was welcomed, with `goaway` by a hard GOAWAY of that code. The client
    must not connect more often than a backoff allows: a WELCOME that is worth nothing is no
    success, and that each call backs off for itself is not enough.
    """
    port, accepted = step["storm"], 0
    made: list[str] = []
    greeted: list[Connection] = []
    until = time.monotonic() + step["ms"] / 1000
    # A client that takes its time to begin is none that never connects.
    patience = until + scene.patience_s
    while (now := time.monotonic()) < until or (accepted == 0 and now < patience):
        while sum(scene.result(one) is None for one in made) < step.get("calls", 1):
            made.append(f"storm {len(made)}")
            call(scene, {"call": made[-1], "timeout_ms": CALL_MS})
        connection = scene.try_accept(port, f"storm {accepted}")
        if connection is not None:
            accepted += 1
            if step.get("welcome"):
                greeted.append(connection)
            else:
                _end(scene, step, connection)
        for one in [one for one in greeted if one.hello is not None]:
            greeted.remove(one)
            check_hello(scene, one, {})
            send_welcome(scene, one, {})
            _end(scene, step, one)
        scene.pump(TICK_S)
    for connection in scene.connections.values():
        # What it sent before it saw the end is nobody's to answer.
        connection.requests.clear()
    require(accepted > 0, "DR-10", "the client never connected")
    most = step["attempts_max"]
    came = f"it connected {accepted} times in {step['ms']} ms"
    if accepted > most and step.get("should"):
        scene.should(f"wait at least a second each time; {came}, not {most} at most")
        return
    require(accepted <= most, "DR-10", f"{came}; with a backoff it is at most {most}")


def _end(scene: Scene, step: Step, connection: Connection) -> None:
    if "goaway" in step:
        goaway(scene, {"goaway": connection.name, "hard": True, "a": step["goaway"], "last": 0})
    connection.finish()
