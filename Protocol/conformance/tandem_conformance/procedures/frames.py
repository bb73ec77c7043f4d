"""What steps cannot say about frames: memory that must not be reserved."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..outcome import CaseFailure, CaseSkipped
from ..process import resident_kib


def announced_frames_are_not_reserved(
    context: Context, connections: int, length: int, grows_at_most: int
) -> dict[str, Any]:
    """Announces a frame of `length` bytes on each of so many connections, and sends only its
    header: what the server holds must not grow by what was announced."""
    if context.pid is None or (before := resident_kib(context.pid)) is None:
        raise CaseSkipped("the server's memory cannot be read here")
    peers = [context.open(name=f"liar {index}") for index in range(connections)]
    ready = resident_kib(context.pid) or before
    for peer in peers:
        peer.send_frame(0x03, stream=1, length=length, cut=16)
    # An answer on another connection: what came before it has been read by then.
    context.probe()
    after = resident_kib(context.pid) or ready
    figures = {"kib_before": before, "kib_connected": ready, "kib_announced": after}
    if (after - ready) * 1024 > grows_at_most:
        raise CaseFailure(
            f"memory to grow by {grows_at_most} bytes at most", f"{after - ready} KiB: {figures}"
        )
    return figures
