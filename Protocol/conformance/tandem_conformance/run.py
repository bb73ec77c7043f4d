"""One case in progress, and the register of verbs that steps are made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .context import Context
from .outcome import BadCase
from .peer import Peer
from .values import Values

Step = dict[str, Any]
Verb = Callable[["Run", Step], None]

VERBS: dict[str, Verb] = {}
STEP_KEYS = frozenset({"on", "as", "note"})


def verb(name: str) -> Callable[[Verb], Verb]:
    """Registers a function as what a step with this key does."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


class Run:
    """What the steps of one case share."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.values = Values(context.values, context.random)
        self.current = "main"
        self.name_of_new = "main"
        self.clock = time.monotonic()
        self._last_streams: dict[int, int] = {}

    @property
    def peer(self) -> Peer:
        """The connection that the step is about."""
        if self.current not in self.context.peers:
            opened = ", ".join(self.context.peers) or "none"
            raise BadCase(f"no connection {self.current!r} was opened: {opened}")
        self.context.last = self.context.peers[self.current]
        return self.context.last

    def step(self, step: Step) -> None:
        """Does one step."""
        name = verb_of(step)
        if "as" in step:
            self.current = step["as"]
        elif "on" in step:
            self.current = step["on"]
        elif name in ("open", "connect"):
            self.current = "main"
        self.name_of_new = self.current
        VERBS[name](self, step[name])

    def steps(self, steps: list[Step]) -> None:
        """Does steps one after the other; a failure says which."""
        for index, step in enumerate(steps):
            try:
                self.step(step)
            except Exception as error:
                error.add_note(f"step {index + 1}, {verb_of(step)}" + _note(step))
                raise

    def note_stream(self, peer: Peer, stream: int) -> None:
        """Makes a stream the one that later steps are about."""
        self._last_streams[id(peer)] = stream

    def last_stream(self, peer: Peer) -> int:
        """The stream of the connection's last request."""
        return self._last_streams.get(id(peer), peer.highest_stream)

    def key(self, value: Any) -> bytes:
        """An idempotency key: `"fresh"`; `"fresh NAME"` saves it as well; or bytes."""
        if isinstance(value, str) and value.split(" ")[0] == "fresh":
            key = self.context.key()
            name = value.partition(" ")[2]
            if name:
                self.context.values[name] = key
            return key
        return self.values.data(value)


def verb_of(step: Step) -> str:
    """The one key of a step that is a verb."""
    verbs = [key for key in step if key not in STEP_KEYS]
    if len(verbs) != 1:
        raise BadCase(f"a step needs one verb, and has {', '.join(verbs) or 'none'}")
    if verbs[0] not in VERBS:
        raise BadCase(f"{verbs[0]!r} is no verb: use {', '.join(sorted(VERBS))}")
    return verbs[0]


def _note(step: Step) -> str:
    return f" ({step['note']})" if "note" in step else ""
