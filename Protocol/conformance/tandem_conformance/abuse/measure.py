"""Measures what an attack does to another client and to the server's memory.

Windows of quiet and of abuse take turns. In the quiet ones the abuser's twin works just as hard
against a sink, so that the machine is as busy in both. What the client sees before the attack is
measured besides. README.md says what of it all may fail a case, and why no ratio may by itself.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from ..process import MemoryWatch, waited_ms
from .children import Child, Message
from .figures import Phase, percentile, phase

# A client is held up if it waits so many times as long as without the attack,
TIMES_MAX = 3
# and longer than the turns of a few programs on a processor add up to.
P99_FLOOR_MS = 20.0
# A machine that had other things to do for a while has not for so many looks in a row.
LOOKS_MAX = 3


@dataclass(frozen=True)
class Scene:
    """The server that is attacked, and the call that the other client makes meanwhile."""

    address: tuple[str, int]
    # None: the server runs elsewhere, and only latencies can be watched.
    pid: int | None
    role: int
    method: str
    body: bytes
    # Whether each call has an idempotency key of its own: the method is a command.
    keyed: bool = False
    # The probe's patience with each call: only who is forgotten waits so long, on any machine.
    call_seconds_max: float = 20

    def probe_config(self) -> Message:
        """The first line for the probe."""
        return {
            "address": list(self.address), "role": self.role, "method": self.method,
            "body": self.body.hex(), "keyed": self.keyed, "patience": self.call_seconds_max,
        }


@dataclass(frozen=True)
class Plan:
    """An attack, and how the sink is to take its twin."""

    # The abuser's first line, without "address".
    attack: Message
    # Connections that are built up and then held, and not closed between windows; 0: none.
    hold: int = 0
    # How the sink treats the twin: see Reaction.
    pause_after: int | None = None
    pause_seconds: float = 1.0
    pause_closes: bool = False
    # What the sink answers at the end.
    reply: bytes = b""
    # Goes on after the measurement until there are so many "frames" or "ends", but not for longer.
    until: dict[str, int] = field(default_factory=dict)
    within: float = 120

    def sink_config(self) -> Message:
        """The first line for the sink."""
        return {
            "pause_after": self.pause_after, "pause_seconds": self.pause_seconds,
            "closes": self.pause_closes, "reply": self.reply.hex(),
        }


@dataclass(frozen=True)
class Pace:
    """How long is measured."""

    windows: int
    window_seconds: float
    rate: float = 1000.0


NORMAL = Pace(windows=5, window_seconds=0.4)
LONG = Pace(windows=9, window_seconds=1.0)
# An attack needs a moment to get going, and must go on until the probe's last call.
LEAD_SECONDS = 0.06
HOLD_SECONDS_MAX = 60


@dataclass
class Measured:
    """What came out."""

    plain: Phase
    quiet: Phase
    abuse: Phase
    tally: Message
    received: bytes
    memory: MemoryWatch | None
    # How long server and client stood ready in a window of abuse and had no processor; and the p99
    # without that. Medians of all windows.
    waited_ms: float
    held_ms: float
    # The p99 of earlier looks, all of them too high.
    earlier_p99_ms: list[float] = field(default_factory=list)

    @property
    def p99_bound_ms(self) -> float:
        """What the other client's p99 under abuse may be at most."""
        usual_ms = max(self.quiet.p99_ms, self.plain.p99_ms)
        return round(max(TIMES_MAX * usual_ms, P99_FLOOR_MS), 3)

    @property
    def is_held_up(self) -> bool:
        """Whether the other client's p99 is above that, and not for want of a processor."""
        return self.held_ms > self.p99_bound_ms

    def figures(self) -> dict[str, Any]:
        """For the report."""
        figures: dict[str, Any] = {
            "idle_p50_ms": self.plain.p50_ms,
            "idle_p99_ms": self.plain.p99_ms,
            "quiet_p50_ms": self.quiet.p50_ms,
            "quiet_p99_ms": self.quiet.p99_ms,
            "abuse_p50_ms": self.abuse.p50_ms,
            "abuse_p99_ms": self.abuse.p99_ms,
            "abuse_waited_ms": self.waited_ms,
            "p99_bound_ms": self.p99_bound_ms,
            "samples": [self.quiet.samples, self.abuse.samples],
            "connections": self.tally["connections"],
            "connections_open_max": self.tally["open_max"],
            "frames": self.tally["frames"],
            "ends": self.tally["ends"],
        }
        for name in ("unread_max", "accepted_max", "hung", "internal_errors", "refused"):
            if self.tally[name]:
                figures[name] = self.tally[name]
        if self.earlier_p99_ms:
            figures["earlier_p99_ms"] = self.earlier_p99_ms
        if self.memory is not None:
            figures.update(
                rss_before_kib=self.memory.before_kib,
                rss_peak_kib=self.memory.peak_kib,
                rss_after_kib=self.memory.after_kib,
                rss_growth_kib=self.memory.growth_kib,
            )
        return figures


def measure(scene: Scene, plan: Plan, pace: Pace = NORMAL) -> Measured:
    """Measures; and again while the other client is held up, three times in all.

    What else the machine does can hold it up for a while. A server that lets one client hold up
    another does so each time.
    """
    look = measure_once(scene, plan, pace)
    p99_ms: list[float] = []
    while look.is_held_up and len(p99_ms) + 1 < LOOKS_MAX:
        p99_ms.append(look.abuse.p99_ms)
        before, look = look, measure_once(scene, plan, pace)
        # Memory that an earlier look took is still there: a later one's growth says little.
        if before.memory and look.memory and before.memory.growth_kib > look.memory.growth_kib:
            look.memory = before.memory
    look.earlier_p99_ms = p99_ms
    return look


def measure_once(scene: Scene, plan: Plan, pace: Pace) -> Measured:
    """One look."""
    with ExitStack() as stack:
        # All begin at once: an interpreter takes its time.
        sink = stack.enter_context(Child("sink", plan.sink_config()))
        probe = stack.enter_context(Child("probe", scene.probe_config()))
        abuser = stack.enter_context(
            Child("abuser", {"address": list(scene.address), **plan.attack})
        )
        target = {"address": sink.ready()["address"]}
        twin = stack.enter_context(Child("abuser", {**plan.attack, **target}))
        for child in (probe, abuser, twin):
            child.ready()
        watched = [probe.pid] + ([scene.pid] if scene.pid is not None else [])
        run = Run(probe, twin, abuser, pace, plan.hold, watched)
        plain = [run.probe_window() for _ in range(2)]
        watch = MemoryWatch(scene.pid) if scene.pid is not None else None
        if watch is not None:
            stack.enter_context(watch)
        quiet, abuse = run.held() if plan.hold else run.alternating()
        if plan.until:
            abuser.ask({"until": plan.until, "within": plan.within}, plan.within + 60)
        last = abuser.ask({"release": True}, timeout=60)
        time.sleep(0.3)
        return Measured(
            phase(plain), phase(quiet), phase(abuse), last["tally"],
            bytes.fromhex(last["received"]), watch,
            waited_ms=round(median([window.waited_ms for window in abuse]), 3),
            held_ms=round(median([window.held_ms for window in abuse]), 3),
        )


class Window(list[float]):
    """The latencies of a window in milliseconds."""

    # How long server and client stood ready meanwhile and had no processor. No call can have been
    # held up by the scheduler for longer.
    waited_ms = 0.0

    @property
    def held_ms(self) -> float:
        """The p99 without that."""
        return max(0.0, percentile(self, 0.99) - self.waited_ms)


Windows = list[Window]


class Run:
    """The programs of one measurement."""

    def __init__(
        self, probe: Child, twin: Child, abuser: Child, pace: Pace, hold: int, watched: list[int]
    ) -> None:
        """`watched`: the processes that a call's answer takes, the server's and the probe's."""
        self._probe = probe
        self._twin = twin
        self._abuser = abuser
        self._pace = pace
        self._hold = hold
        self._watched = watched

    def probe_window(self) -> Window:
        """The other client's latencies, for the time of a window."""
        seconds = self._pace.window_seconds
        message = {"seconds": seconds, "rate": self._pace.rate}
        before = waited_ms(self._watched)
        window = Window(self._probe.ask(message, timeout=60 + seconds)["latencies_ms"])
        window.waited_ms = max(0.0, waited_ms(self._watched) - before)
        return window

    def alternating(self) -> tuple[Windows, Windows]:
        """Quiet and abuse in turns, so that a change of the machine's mood meets both."""
        quiet: Windows = []
        abuse: Windows = []
        for _ in range(self._pace.windows):
            quiet.append(self._window(self._twin))
            abuse.append(self._window(self._abuser))
        return quiet, abuse

    def held(self) -> tuple[Windows, Windows]:
        """Quiet, then abuse for as long as its connections take to build up and a while longer,
        then quiet again."""
        before = (self._pace.windows + 1) // 2
        quiet = self._build_up(self._twin)
        quiet += [self._window(self._twin, release=False) for _ in range(before)]
        abuse = self._build_up(self._abuser)
        abuse += [self._window(self._abuser, release=False) for _ in range(self._pace.windows)]
        self._abuser.ask({"release": True}, timeout=60)
        # The twin's connections are still there: the sink keeps them at no cost.
        quiet += [
            self._window(self._twin, release=False) for _ in range(self._pace.windows - before)
        ]
        return quiet, abuse

    def _build_up(self, attacker: Child) -> Windows:
        """Has all connections opened; what the other client sees meanwhile counts as well."""
        windows: Windows = []
        attacker.tell({"until": {"open": self._hold}, "within": HOLD_SECONDS_MAX})
        while not attacker.has_spoken():
            windows.append(self.probe_window())
        attacker.hear(timeout=1)
        return windows

    def _window(self, attacker: Child, *, release: bool = True) -> Window:
        seconds = self._pace.window_seconds + 2 * LEAD_SECONDS
        attacker.tell({"seconds": seconds, **({"release": True} if release else {})})
        time.sleep(LEAD_SECONDS)
        latencies = self.probe_window()
        attacker.hear(timeout=60 + seconds)
        return latencies
