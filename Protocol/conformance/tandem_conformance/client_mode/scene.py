"""All that one case works with: the harness, the listeners, the connections and the calls.

Everything happens in one thread, in the order of the case's steps. While a step waits, every
connection is read and judged (PINGs are answered, credit is counted), so that a client's mistake
is found whichever connection it is made on.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..names import Tag
from ..outcome import BadCase, CaseFailure
from ..polling import readable
from ..wire import Frame
from . import rules
from .connection import Connection
from .harness import Harness
from .memory import Peak, peak

T = TypeVar("T")

# For whatever a client should do at once. Generous: it is a bound on patience, not a measure.
PATIENCE_S = 12.0
# A call may use up its own time first, and be ended by the client's clock.
CALL_PATIENCE_S = 15.0
TICK_S = 0.01

METHODS: dict[str, dict[str, str]] = {
    "tandem.test.v1.Test/Echo": {"port": "query", "kind": "unary", "idempotency": "read-only"},
    "tandem.test.v1.Test/Stream": {"port": "query", "kind": "stream", "idempotency": "read-only"},
    "tandem.test.v1.TestCommands/Attempt": {
        "port": "command", "kind": "unary", "idempotency": "keyed",
    },
}


class EndedEarly(Exception):
    """The client did less than it should, rightly: the rest of the case has nothing to judge."""


def _ports(steps: Any) -> set[str]:
    """The ports that steps name besides the case's role."""
    if isinstance(steps, list):
        return set().union(*(_ports(step) for step in steps))
    if isinstance(steps, dict):
        own = {steps["port"]} if "port" in steps else set()
        return own | _ports(steps.get("steps", []))
    return set()


@dataclass
class Call:
    """A call that the harness was told to make."""

    number: int
    method: str
    body: bytes
    key: bytes | None
    is_stream: bool
    started_at: float
    # What its REQUEST is to carry besides, by the caller's wish: metadata entries.
    extras: list[tuple[int, bytes]] = field(default_factory=list)
    # The tags of those that an attempt had.
    extras_sent: set[int] = field(default_factory=set)


@dataclass
class Attempt:
    """One REQUEST of a command, as the rules for repeating judge it."""

    connection: Connection
    stream: int
    key: bytes | None
    not_processed: bool = False


class Scene:
    """One case's stage. `close` takes everything down; it must be called."""

    def __init__(
        self, case: dict[str, Any], strict: bool = False, patience_s: float = PATIENCE_S
    ) -> None:
        self.case = case
        self.strict = strict
        self.patience_s = patience_s
        self.notes: list[str] = []
        self.methods = {**METHODS, **case.get("methods", {})}
        self.listeners: dict[str, socket.socket] = {}
        self.addresses: dict[str, tuple[str, int]] = {}
        self.connections: dict[str, Connection] = {}
        self.calls: dict[str, Call] = {}
        self.requests: dict[str, tuple[Connection, Frame]] = {}
        self.captures: dict[str, bytes] = {}
        self.attempts: dict[tuple[str, bytes], list[Attempt]] = {}
        self.items: dict[str, list[bytes]] = {}
        self.served: list[tuple[Connection, Frame]] = []
        self.marks: dict[str, float] = {}
        # What the client's process had had at most when the case began; None: not known here.
        self.memory_at_first: Peak | None = None
        self._harness: Harness | None = None
        for port in sorted({case.get("role", "query")} | _ports(case["steps"])):
            self.listen(port)

    @property
    def harness(self) -> Harness:
        assert self._harness is not None
        return self._harness

    def open_client(self, command: str) -> None:
        """Starts the harness and has it make its client for the case's ports."""
        self._harness = Harness(command)
        ports = set(self.addresses)
        names: dict[str, list[str]] = {port: [] for port in ("command", "query")}
        for name, facts in self.methods.items():
            names[facts["port"]].append(name)
        addresses = {
            port: "{}:{}".format(*self.addresses[port]) if port in ports else None
            for port in ("command", "query")
        }
        number = self.harness.ask(
            "open",
            **addresses,
            methods={port: names[port] if port in ports else [] for port in names},
            **self.case.get("open", {}),
        )
        answer = self.harness.wait(number)
        if answer["outcome"] != "ok":
            raise CaseFailure(f"the harness could not open a client: {answer}")
        self.memory_at_first = peak(self.harness.pid)

    # Names

    def method(self, name: str) -> str:
        """A method's full name from its last part."""
        found = [full for full in self.methods if full == name or full.endswith("/" + name)]
        if len(found) != 1:
            raise BadCase(f"'{name}' names {len(found)} methods of the case")
        return str(found[0])

    def connection(self, name: str | None = None) -> Connection:
        """The named connection, or the last one that was accepted."""
        if not self.connections:
            raise BadCase("no connection was accepted yet")
        if name is None:
            return list(self.connections.values())[-1]
        if name not in self.connections:
            raise BadCase(f"no connection is called '{name}'")
        return self.connections[name]

    def request(self, name: str) -> tuple[Connection, Frame]:
        if name not in self.requests:
            raise BadCase(f"no request is called '{name}'")
        return self.requests[name]

    def call(self, name: str) -> Call:
        if name not in self.calls:
            raise BadCase(f"no call is called '{name}'")
        return self.calls[name]

    def result(self, name: str) -> tuple[float, dict[str, Any]] | None:
        return self.harness.poll(self.call(name).number)

    def should(self, text: str) -> None:
        """What a client should do and did not: a note, or a failure under --strict."""
        if self.strict:
            raise CaseFailure(f"the client should {text}")
        self.notes.append(f"the client should {text}")

    # Listening

    def listen(self, port: str) -> None:
        """Opens the port, on the address it had before if it had one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self.addresses.get(port, ("127.0.0.1", 0)))
        listener.listen(128)
        self.listeners[port] = listener
        self.addresses[port] = listener.getsockname()

    def stop_listening(self, port: str) -> None:
        self.listeners.pop(port).close()

    def try_accept(self, port: str, name: str, seconds: float = 0.0) -> Connection | None:
        """The next connection of a port, if there is one in time."""
        if port not in self.listeners:
            raise BadCase(f"the case has no {port} port; 'ports' lists them")
        if not readable([self.listeners[port]], seconds):
            return None
        sock, _ = self.listeners[port].accept()
        connection = Connection(sock, port, name)
        connection.stream_methods = {
            full for full, facts in self.methods.items() if facts["kind"] == "stream"
        }
        connection.on_request = self._note_request
        self.connections[name] = connection
        return connection

    # Waiting

    def pump(self, seconds: float = TICK_S) -> None:
        """Reads what comes on any connection for one tick at the most."""
        alive = [one for one in self.connections.values() if one.is_readable]
        if not alive:
            time.sleep(seconds)
            return
        for connection in readable(alive, seconds):
            connection.receive()

    def wait(
        self, ready: Callable[[], T | None], what: str, seconds: float | None = None
    ) -> T:
        """Pumps until `ready` gives something; `what` says what the client failed to do."""
        seconds = self.patience_s if seconds is None else seconds
        until = time.monotonic() + seconds
        while True:
            found = ready()
            if found is not None:
                return found
            # Timed: patience with what takes milliseconds; only what hangs takes that long.
            if time.monotonic() > until:
                raise CaseFailure(f"within {seconds:g} s the client did not {what}")
            self.pump()

    def wait_for_call(self, ready: Callable[[], T | None], what: str) -> T:
        """As `wait`, for a call that may go on until its own time is over."""
        return self.wait(ready, what, self.patience_s + CALL_PATIENCE_S)

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.pump(min(TICK_S, left))

    # The ledger of attempts

    def _note_request(self, connection: Connection, frame: Frame) -> None:
        """Holds every repeated command to section 11, on whichever connection it comes."""
        name = connection.methods[frame.a]
        if self.methods.get(name, {}).get("idempotency") != "keyed":
            return
        key = frame.value(Tag.IDEMPOTENCY_KEY)
        earlier = self.attempts.setdefault((name, frame.body), [])
        for attempt in earlier:
            if attempt.not_processed:
                continue
            rules.require(
                key is not None and attempt.key is not None,
                "IK-07",
                "the client repeated a command without a key, though an earlier attempt may have"
                " taken effect",
            )
            rules.require(
                key == attempt.key,
                "IK-07",
                "the client repeated a command under another key, though an earlier attempt may"
                " have taken effect",
            )
        earlier.append(Attempt(connection, frame.stream, key))

    def note_not_processed(self, connection: Connection, above: int, upto: int = 2**32) -> None:
        """The case told the client that these streams did nothing."""
        for attempts in self.attempts.values():
            for attempt in attempts:
                if attempt.connection is connection and above < attempt.stream <= upto:
                    attempt.not_processed = True

    # The end

    def unclaimed(self) -> list[tuple[Connection, Frame]]:
        """Requests that no step asked for."""
        return [
            (connection, frame)
            for connection in self.connections.values()
            for frame in connection.requests
        ]

    def close(self) -> str | None:
        """Takes all down, the client first; what was wrong with its end, if anything."""
        problem = self._harness.end() if self._harness is not None else None
        for connection in self.connections.values():
            connection.close()
        for listener in self.listeners.values():
            listener.close()
        return problem
