"""Measures an attack that sends one of some blobs on each connection, and comes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..context import Context
from .flooding import Reconnecting
from .measure import Plan
from .scene import CONNECTIONS_PER_ADDRESS, Bound, attack, connections_bound


@dataclass(frozen=True)
class Piece:
    """Some bytes, how often they are repeated, and how many frames they are each time."""

    data: bytes
    times: int = 1
    frames: int = 1


def flood(
    context: Context, blobs: Sequence[Sequence[Piece]], bound: Bound | None = None
) -> dict[str, Any]:
    """Each connection sends one of the blobs, in turn, and reads until the server closes."""
    config = {
        "attack": "reconnecting",
        "sources": 1,
        "blobs": [
            [[piece.data.hex(), piece.times, piece.frames] for piece in blob] for blob in blobs
        ],
    }
    # The twin's sink answers as the server did once, so that the twin has as much to read.
    once = Reconnecting(context.addresses["query"], config)
    once.round()
    plan = Plan(config, reply=once.received)
    return attack(context, plan, bound or connections_bound(CONNECTIONS_PER_ADDRESS))
