"""Steps about whole connections: accept, greet, end, and what the client must do about an end."""

from __future__ import annotations

import time

from .. import messages
from ..names import Flag, FrameType, Status
from ..outcome import BadCase, CaseFailure
from ..wire import Frame
from .answers import echo, send
from .connection import Connection
from .rules import require
from .scene import EndedEarly, Scene
from .verbs import Step, verb
from .verbs_harness import brief, call, check_honesty
from .welcome import check_hello, greet, send_welcome

ATTEMPT_TOLERANCE_MS = 5


def accept(scene: Scene, port: str, name: str, retry_of: str | None) -> Connection:
    if name in scene.connections:
        raise BadCase(f"two connections are called '{name}'")

    def came() -> Connection | None:
        connection = scene.try_accept(port, name)
        if connection is None and retry_of is not None:
            give_up_unless_open(scene, retry_of)
        return connection

    return scene.wait(came, f"connect to the {port} port (as '{name}')")


def await_hello(scene: Scene, connection: Connection, checks: Step) -> None:
    def arrived() -> Frame | None:
        if connection.hello is None and connection.ended:
            raise CaseFailure("[HS-01] the client ended the connection before its HELLO")
        return connection.hello

    scene.wait(arrived, "send its preface and HELLO")
    check_hello(scene, connection, checks)


@verb("handshake", "port", "hello", "welcome", "after", "ms_min", "should", "retry_of")
def handshake(scene: Scene, step: Step) -> None:
    """Accepts a connection, checks preface and HELLO, answers with WELCOME."""
    accept_step(scene, {**step, "accept": step["handshake"]})
    send_welcome(scene, scene.connection(step["handshake"]), step.get("welcome", {}))


def give_up_unless_open(scene: Scene, name: str) -> None:
    """Ends the case if a call that should be repeated has failed instead: that is allowed, as
    long as the client does not say more than it knows.
    """
    found = scene.result(name)
    if found is None:
        return
    if found[1]["outcome"] == "ok":
        raise CaseFailure(f"call {name} succeeded, though nothing answered it: {brief(found[1])}")
    check_honesty(scene, name, found[1])
    scene.should(f"repeat call {name} by itself [IK-12, section 11]; it ended: {brief(found[1])}")
    raise EndedEarly


@verb("accept", "port", "hello", "welcome", "after", "ms_min", "should", "retry_of")
def accept_step(scene: Scene, step: Step) -> None:
    """Accepts a connection and checks preface and HELLO; WELCOME is another step's."""
    port = step.get("port", scene.case.get("role", "query"))
    connection = accept(scene, port, step["accept"], step.get("retry_of"))
    check_gap(scene, step, connection.accepted_at, "connected again")
    await_hello(scene, connection, step.get("hello", {}))


def check_gap(scene: Scene, step: Step, at: float, what: str) -> None:
    """A wait that the case demands: `after` names a mark, `ms_min` the least wait since."""
    if "after" not in step:
        return
    waited = (at - scene.marks[step["after"]]) * 1000
    least = step["ms_min"]
    # Timed: a lower bound, counted from before the wait can begin.
    if waited < least - ATTEMPT_TOLERANCE_MS:
        if step.get("should"):
            scene.should(f"wait {least} ms; it {what} after {waited:.0f} ms")
            return
        raise CaseFailure(f"the client {what} after {waited:.0f} ms; {least} ms were due")


WELCOME_KEYS = (
    "features", "unasked", "dictionaries", "limits", "unknown", "epoch", "minor", "length",
    "body", "flags", "a", "b", "stream", "max_size", "key_retention_ms", "methods_missing", "kind",
    "methods_extra",
)


@verb("welcome", *WELCOME_KEYS)
def welcome(scene: Scene, step: Step) -> None:
    """WELCOME: what a right server says, with the step's overrides."""
    send_welcome(scene, scene.connection(step["welcome"]), step)


@verb("close", "how")
def close(scene: Scene, step: Step) -> None:
    """The server ends the connection: with FIN, or with a reset."""
    connection = scene.connection(step["close"])
    scene.marks[step["close"]] = time.monotonic()
    if step.get("how", "fin") == "reset":
        connection.reset()
    else:
        connection.finish()


@verb("goaway", "hard", "last", "grace", "message", *("a", "b", "flags", "length", "body", "crc"))
def goaway(scene: Scene, step: Step) -> None:
    """GOAWAY; `last` is a stream id or the name of the request that has it."""
    connection = scene.connection(step["goaway"])
    last = step.get("last", connection.last_stream)
    stream = scene.request(last)[1].stream if isinstance(last, str) else last
    hard = bool(step.get("hard", False))
    body = messages.encode("GoAway", {"message": step.get("message", "the case says so")})
    scene.marks[step["goaway"]] = time.monotonic()
    if hard:
        scene.note_not_processed(connection, stream)
    send(
        scene, connection, FrameType.GOAWAY, step, stream=stream,
        flags=Flag.HARD if hard else 0, b=step.get("grace", 0 if hard else 30_000), body=body,
    )


@verb("expect_close", "codes", "violation", "should", "told")
def expect_close(scene: Scene, step: Step) -> None:
    """The client ends the connection. For a violation its GOAWAY, if it sends one, must be HARD
    and have one of the codes.
    """
    name = step["expect_close"]
    connection = scene.connection(name)
    try:
        scene.wait(lambda: connection.ended, f"end connection '{name}'")
    except CaseFailure as failure:
        if not step.get("should"):
            raise
        scene.should(f"end connection '{name}'")
        raise EndedEarly from failure
    said = connection.goaway
    if said is None and step.get("told"):
        scene.should("say by GOAWAY why it ends the connection [FR-08]")
    if said is not None and (step.get("violation") or "codes" in step):
        require(bool(said.flags & Flag.HARD), "FR-08", "the client's GOAWAY is not HARD")
        codes = step.get("codes", list(range(1, 13)))
        require(
            said.a in codes, "FR-08", f"the client's GOAWAY has code {said.a}, not one of {codes}"
        )
    # What it had sent before it noticed is nobody's to answer.
    connection.requests.clear()
    connection.finish()


@verb("expect_rejection", "calls", "codes", "outcome")
def expect_rejection(scene: Scene, step: Step) -> None:
    """The client finds the violation: it ends the connection, gives none of what it was told as
    an answer, and is of use afterwards: a new call succeeds on a new connection.

    `calls` end with the `outcome` (INTERNAL, as DR-13 has it), or are repeated at last; "any"
    stands for calls that were never sent.
    """
    wanted = step.get("outcome", "INTERNAL")
    expect_close(scene, {
        "expect_close": step["expect_rejection"], "violation": True,
        **({"codes": step["codes"]} if "codes" in step else {}),
    })
    names = step.get("calls", [])
    serve(scene, {"serve": names})
    for name in names:
        _, result = scene.wait(lambda: scene.result(name), f"end call {name}")
        check_honesty(scene, name, result)
        made = scene.call(name)
        answer = result.get("items") if made.is_stream else result.get("body")
        right = [made.body.hex()] if made.is_stream else made.body.hex()
        if result["outcome"] == "ok" and answer != right:
            raise CaseFailure(f"call {name} was given what broke the protocol: {brief(result)}")
        allowed = ("any", *(one.name for one in Status if one == result.get("code")))
        if result["outcome"] == "error" and wanted not in allowed:
            raise CaseFailure(f"[DR-13] call {name} should end {wanted}, not {brief(result)}")
        if result["outcome"] == "ok" and wanted == "INTERNAL":
            scene.should(f"not repeat call {name} by itself after a violation [section 11]")
    probe(scene)


@verb("probe")
def probe_step(scene: Scene, step: Step) -> None:
    """The client is of use: a new read-only call succeeds, on whatever connection."""
    probe(scene)


def probe(scene: Scene) -> None:
    name = f"probe {len(scene.calls)}"
    command = scene.case.get("role") == "command"
    call(scene, {"call": name, "method": "Attempt" if command else "Echo",
                 **({"key": "own"} if command else {})})
    serve(scene, {"serve": [name]})
    _, result = scene.wait(lambda: scene.result(name), f"end call {name}")
    if result["outcome"] != "ok" or result.get("body") != scene.call(name).body.hex():
        raise CaseFailure(f"a call after all this failed: {brief(result)}")


@verb("serve")
def serve(scene: Scene, step: Step) -> None:
    """A right server, on all ports and connections, until the named calls have ended."""
    names = step["serve"]

    def served() -> bool | None:
        serve_once(scene)
        return True if all(scene.result(name) for name in names) else None

    scene.wait_for_call(served, f"end the calls {', '.join(names)}")


def serve_once(scene: Scene) -> None:
    """Greets whoever came, and answers every request with what it asked."""
    greet(scene)
    for connection in list(scene.connections.values()):
        while connection.requests and connection.welcomed and not connection.ended:
            request = connection.requests.popleft()
            scene.served.append((connection, request))
            # Nothing else would answer a call that the case left open.
            if request.stream in connection.open:
                echo(scene, connection, request)


@verb("expect_quiet", "connections")
def expect_quiet(scene: Scene, step: Step) -> None:
    """No further REQUEST for so many milliseconds, on any connection, new ones included; with
    `connections` false no new connection either.
    """
    until = time.monotonic() + step["expect_quiet"] / 1000
    before = len(scene.connections)
    while time.monotonic() < until:
        if not step.get("connections", True) and len(scene.connections) > before:
            scene.should("not connect again by itself")
            return
        greet(scene)
        for connection, request in scene.unclaimed():
            raise CaseFailure(
                f"the client sent {request} on connection '{connection.name}', where it should"
                " have sent nothing"
            )
        scene.pump()


@verb("listen")
def listen(scene: Scene, step: Step) -> None:
    """Opens a port again."""
    scene.listen(step["listen"])


@verb("stop_listening")
def stop_listening(scene: Scene, step: Step) -> None:
    """Closes a port: who connects is refused."""
    scene.stop_listening(step["stop_listening"])
