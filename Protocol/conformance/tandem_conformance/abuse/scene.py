"""From a case's context to a measurement, and from that to a verdict."""

from __future__ import annotations

import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import messages
from ..context import Context
from ..names import Role
from ..outcome import CaseFailure, CaseSkipped
from .children import ChildFailure
from .dialling import loopback
from .measure import LONG, NORMAL, Measured, Plan, Scene, measure

ECHO = "tandem.test.v1.Test/Echo"
SLEEP = "tandem.test.v1.Test/Sleep"
STREAM = "tandem.test.v1.Test/Stream"
ATTEMPT = "tandem.test.v1.TestCommands/Attempt"

KIB, MIB = 1 << 10, 1 << 20
# What no limit counts: code and tables that are touched for the first time, and what the
# allocator rounds up and keeps.
UNCOUNTED = 16 * MIB
# What SPEC.md, section 14, lets a connection hold beyond the limits: its own state, and one read of
# 64 KiB, which is a frame's beginning until the rest is there. Who sends little holds little.
CONNECTION_STATE = 16 * KIB
CONNECTION = CONNECTION_STATE + 64 * KIB
CONNECTIONS_PER_ADDRESS = 256
FEWER_SWITCH = "TANDEM_CONFORMANCE_FEWER_CONNECTIONS"
# What a program has open besides its connections.
OTHER_FILES = 256
LOOPBACK_SOURCE = loopback(0)


@dataclass(frozen=True)
class Bound:
    """How far the server's memory may grow, and which limits say so."""

    bytes: int
    text: str

    def plus(self, more: int, text: str) -> Bound:
        """With something more that a limit allows."""
        return Bound(self.bytes + more, f"{self.text} + {text}")


def connections_bound(
    count: int, each: int = 0, what: str = "", own: int = CONNECTION
) -> Bound:
    """A number of connections, each with what is its own and so many bytes of the limits'."""
    more = f" + {what}" if what else ""
    text = f"{count} connections × ({own // KIB} KiB{more}) + 16 MiB uncounted"
    return Bound(count * (own + each) + UNCOUNTED, text)


def is_long() -> bool:
    """Whether the suite was asked to take its time."""
    return is_set("TANDEM_CONFORMANCE_LONG")


def is_set(switch: str) -> bool:
    """Whether an environment variable switches something on."""
    return os.environ.get(switch, "") not in ("", "0")


def attack(context: Context, plan: Plan, bound: Bound, role: str = "query") -> dict[str, Any]:
    """Measures, notes the figures, and fails the case if they are out of bounds."""
    scene = scene_of(context, role)
    target = {"address": list(context.addresses[role]), "role": int(Role[role.upper()])}
    plan = Plan(**{**plan.__dict__, "attack": {**target, **plan.attack}})
    try:
        measured = measure(scene, plan, LONG if is_long() else NORMAL)
    except ChildFailure as failure:
        raise CaseFailure(f"the attack to leave other clients alone: {failure}") from None
    figures = measured.figures()
    figures["rss_bound_kib"] = bound.bytes // KIB
    figures["rss_bound"] = bound.text
    context.figures.update(figures)
    judge(measured, bound)
    return figures


def judge(measured: Measured, bound: Bound) -> None:
    """Fails if the figures are out of bounds. None of them is one that a busy machine breaks."""
    if measured.tally["connections"] == 0:
        raise CaseFailure("the attack to take place", "not one connection could be made")
    if measured.memory is not None and measured.memory.growth_kib * KIB > bound.bytes:
        raise CaseFailure(
            f"memory to grow by at most {bound.bytes // KIB} KiB ({bound.text})",
            f"{measured.memory.growth_kib} KiB",
        )
    if measured.is_held_up:
        earlier = "".join(f"{p99_ms} ms, " for p99_ms in measured.earlier_p99_ms)
        raise CaseFailure(
            f"another client's p99 of at most {measured.p99_bound_ms} ms (idle"
            f" {measured.plain.p99_ms} ms, quiet {measured.quiet.p99_ms} ms)",
            f"{earlier}{measured.abuse.p99_ms} ms, of which the scheduler's at most"
            f" {measured.waited_ms} ms",
        )


def scene_of(context: Context, role: str) -> Scene:
    """The other client: it reads by Echo, and where the command port is attacked it writes."""
    if role == "command":
        attempt = messages.encode("AttemptRequest", {"name": "probe"})
        return Scene(context.addresses[role], context.pid, Role.COMMAND, ATTEMPT, attempt, True)
    echo = messages.encode("EchoRequest", {"payload": bytes(100)})
    return Scene(context.addresses["query"], context.pid, Role.QUERY, ECHO, echo)


def expect_ends(figures: dict[str, Any], *codes: str) -> None:
    """Fails unless every connection of the attack ended in one of these ways."""
    others = {code: count for code, count in figures["ends"].items() if code not in codes}
    if others:
        raise CaseFailure(
            f"every connection to end with one of {', '.join(codes)}", f"also {others}"
        )


def need_sources(count: int) -> int:
    """So many local addresses to connect from; skips the case where the system has but one."""
    try:
        with socket.socket() as trial:
            trial.bind((LOOPBACK_SOURCE, 0))
    except OSError:
        raise CaseSkipped(
            f"needs more loopback addresses to connect from, such as {LOOPBACK_SOURCE}"
        ) from None
    return count


def connections_possible(context: Context, wanted: int) -> int:
    """How many connections the open-file limits allow, of us and of the server; ours is raised as
    far as it goes. Skips the case if that is fewer than wanted: it would show less than it says."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limits = [hard]
    if context.pid is not None:
        for line in Path(f"/proc/{context.pid}/limits").read_text(encoding="ascii").splitlines():
            if line.startswith("Max open files"):
                limits.append(int(line.split()[3]))
    possible = min(wanted, *(limit - OTHER_FILES for limit in limits))
    if possible < wanted and not is_set(FEWER_SWITCH):
        raise CaseSkipped(
            f"needs {wanted} connections, and the limit on open files allows {possible}: raise it"
            f" to {wanted + OTHER_FILES} (ulimit -n), or set {FEWER_SWITCH}=1 to do with fewer"
        )
    return possible
