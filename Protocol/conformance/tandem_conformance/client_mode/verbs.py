"""The table of a case's verbs. A step is an object; its first key is the verb, and the others are
the verb's own. What a step may hold is checked before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .scene import Scene

Step = dict[str, Any]
Run = Callable[[Scene, Step], None]

VERBS: dict[str, tuple[Run, frozenset[str]]] = {}


def verb(name: str, *keys: str) -> Callable[[Run], Run]:
    """Registers a verb and the keys that its steps may have besides it."""

    def register(run: Run) -> Run:
        VERBS[name] = (run, frozenset(keys))
        return run

    return register


def problems(steps: Any, where: str = "steps") -> list[str]:
    """What is wrong with a list of steps; empty if nothing is."""
    found: list[str] = []
    if not isinstance(steps, list):
        return [f"{where} is not a list"]
    for index, step in enumerate(steps):
        place = f"{where}[{index}]"
        if not isinstance(step, dict) or not step:
            found.append(f"{place} is not an object with a verb")
            continue
        name = next(iter(step))
        if name not in VERBS:
            found.append(f"{place}: '{name}' is no verb; a step's first key is its verb")
            continue
        for key in step:
            if key != name and key not in VERBS[name][1]:
                found.append(f"{place}: '{name}' has no '{key}'")
        if "steps" in step:
            found += problems(step["steps"], f"{place}.steps")
    return found


def perform(scene: Scene, steps: list[Step]) -> None:
    for step in steps:
        VERBS[next(iter(step))][0](scene, step)
