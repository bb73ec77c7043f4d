"""Who is silent is asked, and dropped if he does not answer; any sign of life is enough."""

from __future__ import annotations

import time

from ..context import Context
from ..link import PeerTimeout
from ..names import FrameType
from ..outcome import CaseFailure


def dropped(context: Context, ping_after_ms: int, dead_after_ms: int) -> dict[str, int]:
    """Silence brings a PING, and further silence GOAWAY TIMEOUT; neither too early. Both are
    counted from before the silence: we may be late to see a PING, and the server knows when it
    sent it."""
    started = time.monotonic()
    peer = context.open("query")
    peer.auto_pong = False
    ping = peer.read_frame("PING")
    pinged_ms = round((time.monotonic() - started) * 1000)
    # Timed: a lower bound, counted from before the wait can begin.
    if ping.type != FrameType.PING or pinged_ms < ping_after_ms:
        raise CaseFailure(f"PING after {ping_after_ms} ms of silence", f"{ping} at {pinged_ms} ms")
    peer.expect_goaway("TIMEOUT", strict=context.strict)
    dropped_ms = round((time.monotonic() - started) * 1000)
    # Timed: a lower bound, counted from before the wait can begin.
    if dropped_ms < ping_after_ms + dead_after_ms:
        raise CaseFailure(
            f"TIMEOUT after {ping_after_ms} ms of silence and {dead_after_ms} ms behind the PING",
            f"it after {dropped_ms} ms",
        )
    return {"PING after ms": pinged_ms, "dropped after ms": dropped_ms}


def alive(context: Context, seconds: float, answer: str) -> dict[str, int]:
    """A peer that answers each PING, by PONG or by anything else, is kept; one that talks all the
    time is not even asked."""
    peer = context.open("query")
    peer.auto_pong = answer == "PONG"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer == "chatter":
            peer.probe()
            time.sleep(0.05)
            continue
        try:
            frame = peer.read_frame("a PING", max(0.0, deadline - time.monotonic()))
        except PeerTimeout:
            break
        if frame.type != FrameType.PING:
            raise CaseFailure("nothing but PINGs", frame.describe())
        peer.probe()
    pings = len(peer.pings)
    if answer == "chatter" and pings or answer != "chatter" and pings < 2:
        raise CaseFailure("PINGs just when the client is silent", f"{pings} in {seconds} s")
    peer.probe()
    return {"PINGs": pings}
