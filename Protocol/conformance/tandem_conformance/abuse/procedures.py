"""The procedures that cases/abuse.json calls, as `abuse.NAME`."""

from __future__ import annotations

from .calls import (
    cancel_loop,
    every_cancel_ends_its_call,
    large_calls,
    large_commands,
    one_too_many,
    reading_pauses,
)
from .connections import (
    a_non_reader_is_closed,
    connection_flood,
    half_frames,
    half_frames_time_out,
    handshake_flood,
    non_readers,
    nothing_before_welcome,
    refused_beyond_an_address,
    refused_in_handshake,
    strangers,
)
from .frames import credit_dribble, damaged_frames, ping_flood, skippable_flood

__all__ = [
    "a_non_reader_is_closed",
    "cancel_loop",
    "connection_flood",
    "credit_dribble",
    "damaged_frames",
    "every_cancel_ends_its_call",
    "half_frames",
    "half_frames_time_out",
    "handshake_flood",
    "large_calls",
    "large_commands",
    "non_readers",
    "nothing_before_welcome",
    "one_too_many",
    "ping_flood",
    "reading_pauses",
    "refused_beyond_an_address",
    "refused_in_handshake",
    "skippable_flood",
    "strangers",
]
