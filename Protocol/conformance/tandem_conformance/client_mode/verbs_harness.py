"""Steps that the harness does: calls, cancels, and what must come of them."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from ..outcome import BadCase, CaseFailure
from . import extras
from .answers import status, token
from .bodies import plain
from .memory import peak
from .scene import Call, Scene
from .verbs import Step, perform, verb
from .welcome import greet

RESULT_KEYS = (
    "outcome", "code", "reason", "not_processed", "body", "echo", "items", "items_of", "replayed",
    "token", "age_ms", "lenient", "unless_later",
)
CALL_TIMEOUT_MS = 20_000


@verb("call", "method", "port", "body", "key", "timeout_ms", "read_only", *extras.KEYS)
def call(scene: Scene, step: Step) -> None:
    """Starts a call. Without a body it gets one of its own, so that its REQUEST can be told."""
    name = step["call"]
    if name in scene.calls:
        raise BadCase(f"two calls are called '{name}'")
    usual = "Attempt" if scene.case.get("role") == "command" else "Echo"
    method = scene.method(step.get("method", usual))
    facts = scene.methods[method]
    body = plain(step.get("body", {"text": f"the body of call {name}, no other. "}))
    key = _key(scene, name, step)
    # Taken first: what a client refuses by itself is answered before `ask` has returned.
    started_at = time.monotonic()
    number = scene.harness.ask(
        "call",
        port=step.get("port", facts["port"]),
        method=method,
        kind=facts["kind"],
        body=body.hex(),
        key=key.hex() if key else None,
        read_only=step.get("read_only", facts["idempotency"] == "read-only"),
        timeout_ms=step.get("timeout_ms", CALL_TIMEOUT_MS),
        **extras.asked(step),
    )
    scene.calls[name] = Call(
        number, method, body, key, facts["kind"] == "stream", started_at, extras.entries(step)
    )


def _key(scene: Scene, name: str, step: Step) -> bytes | None:
    spec = step.get("key")
    if spec is None:
        return None
    if spec == "own":
        # From the call's name, so that a case runs the same way each time.
        return hashlib.sha256(name.encode()).digest()[:16]
    return bytes.fromhex(spec)


@verb("cancel")
def cancel(scene: Scene, step: Step) -> None:
    """The caller gives up."""
    scene.harness.wait(scene.harness.ask("cancel", call=scene.call(step["cancel"]).number))


@verb("expect_memory", "reserved")
def expect_memory(scene: Scene, step: Step) -> None:
    """Since the case began the client's process has taken at most so many MiB more, and set aside
    at most `reserved` MiB. Where the system does not tell, nothing is looked at.
    """
    before, after = scene.memory_at_first, peak(scene.harness.pid)
    if before is None or after is None:
        return
    for what, most, grown in (
        ("took", step["expect_memory"], after.resident - before.resident),
        ("set aside", step.get("reserved"), after.reserved - before.reserved),
    ):
        if most is not None and grown > most:
            raise CaseFailure(
                f"the client {what} {grown} MiB of memory for what it was sent; {most} MiB are"
                " more than enough"
            )


@verb("expect_grease_frames")
def expect_grease_frames(scene: Scene, step: Step) -> None:
    """Some frame of a type that is never assigned came, on any connection so far."""
    sent = [kind for one in scene.connections.values() for kind in one.skipped_types]
    if not any(kind >= 0xF0 for kind in sent):
        scene.should("send a frame of a type F0 to FF on about one connection in four [EX-02]")


@verb("close_client")
def close_client(scene: Scene, step: Step) -> None:
    """The program is done with its client; the case may wait for the connections' ends."""
    scene.harness.ask("close")


@verb("expect_result", "one_of", "after_ms", "greet", *RESULT_KEYS)
def expect_result(scene: Scene, step: Step) -> None:
    """The call's outcome is the one given, or one of several. A `lenient` one is allowed, but
    not what our own clients do: it fails under --strict, `unless_later: [NAME, ms]` says that the
    answer to NAME went out later than so many ms after the call was made. With `greet`, new
    connections get their WELCOME meanwhile, so that a REQUEST that must not come can come.
    """
    name = step["expect_result"]

    def ended() -> tuple[float, dict[str, Any]] | None:
        if step.get("greet"):
            greet(scene)
        return scene.result(name)

    at, result = scene.wait_for_call(ended, f"end call {name}")
    waited = (at - scene.call(name).started_at) * 1000
    after_ms = step.get("after_ms", 0)
    # Timed: a lower bound, counted from before the wait can begin.
    if waited < after_ms:
        raise CaseFailure(f"call {name} ended after {waited:.0f} ms, not {after_ms} ms")
    allowed = step.get("one_of") or [
        {key: value for key, value in step.items() if key in RESULT_KEYS}
    ]
    check_honesty(scene, name, result)
    differences = []
    for one in allowed:
        different = _difference(scene, name, result, one)
        if different is None:
            if one.get("lenient") and not _was_later(scene, name, one.get("unless_later")):
                scene.should(f"not end call {name} with {brief(result)}, but go on")
            return
        differences.append(different)
    raise CaseFailure(
        f"call {name} ended with {brief(result)}, but " + "; or ".join(differences)
    )


def _was_later(scene: Scene, name: str, bound: list[Any] | None) -> bool:
    """Whether we, and not the client, were late."""
    if bound is None:
        return False
    answered, most_ms = bound
    since_ms = (scene.marks[answered] - scene.call(name).started_at) * 1000
    return bool(since_ms > most_ms)


def check_honesty(scene: Scene, name: str, result: dict[str, Any]) -> None:
    """A command that may have taken effect must not be reported as not processed: IK-08."""
    made = scene.call(name)
    attempts = scene.attempts.get((made.method, made.body), [])
    open_ones = [attempt for attempt in attempts if not attempt.not_processed]
    if result["outcome"] == "error" and result.get("not_processed") and open_ones:
        raise CaseFailure(
            f"[IK-08] call {name} is reported as not processed, though an attempt of it may have"
            " been"
        )


def brief(result: dict[str, Any]) -> str:
    shown = {key: value for key, value in result.items() if key != "id"}
    text = str(shown)
    return text if len(text) <= 300 else text[:300] + "…"


def _difference(
    scene: Scene, name: str, result: dict[str, Any], expected: dict[str, Any]
) -> str | None:
    """What keeps a result from being the expected one."""
    made = scene.call(name)
    wanted: dict[str, Any] = {"outcome": expected["outcome"]}
    if "body" in expected:
        wanted["body"] = plain(expected["body"], scene.captures).hex()
    if expected.get("echo"):
        wanted["items" if made.is_stream else "body"] = (
            [made.body.hex()] if made.is_stream else made.body.hex()
        )
    if "items" in expected:
        wanted["items"] = [plain(item).hex() for item in expected["items"]]
    if "items_of" in expected:
        wanted["items"] = [item.hex() for item in scene.items.get(expected["items_of"], [])]
    if "token" in expected:
        wanted["token"] = token(expected["token"]).hex()
    for key in ("reason", "not_processed", "replayed", "age_ms"):
        # Not every client tells an answer's age.
        if key in expected and (key != "age_ms" or key in result):
            wanted[key] = expected[key]
    if "code" in expected:
        codes = expected["code"] if isinstance(expected["code"], list) else [expected["code"]]
        wanted["code"] = [status(code) for code in codes]
    for key, value in wanted.items():
        found = result.get(key)
        same = found in value if key == "code" else _same(found, value)
        if not same:
            shown = str(value)
            return f"{key} should be {shown if len(shown) < 200 else shown[:200] + '…'}"
    return None


def _same(found: Any, wanted: Any) -> bool:
    """Hex in either case of letters is the same."""
    if isinstance(found, str) and isinstance(wanted, str):
        return found.lower() == wanted.lower() if len(found) == len(wanted) else False
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    return bool(found == wanted)


@verb("expect_pending", "ms")
def expect_pending(scene: Scene, step: Step) -> None:
    """The call has not ended by itself within the time."""
    scene.pause(step.get("ms", 200) / 1000)
    found = scene.result(step["expect_pending"])
    if found is not None:
        raise CaseFailure(f"call {step['expect_pending']} ended already: {brief(found[1])}")


@verb("repeat", "steps")
def repeat(scene: Scene, step: Step) -> None:
    """The same steps several times; `$i` in a string is the number of the turn, from 0."""
    for turn in range(step["repeat"]):
        perform(scene, _filled(step["steps"], turn))


def _filled(value: Any, turn: int) -> Any:
    if isinstance(value, str):
        return value.replace("$i", str(turn))
    if isinstance(value, list):
        return [_filled(one, turn) for one in value]
    if isinstance(value, dict):
        return {key: _filled(one, turn) for key, one in value.items()}
    return value
