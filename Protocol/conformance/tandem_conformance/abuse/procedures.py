"""The procedures that cases/abuse.json calls, as `abuse.NAME`."""

from __future__ import annotations

from .bounds import (
    custom_entries,
    dictionary_hashes,
    each_method_has_its_size,
    elements_are_counted,
    hostile_bodies,
    unknown_fields_are_dropped,
    waiting_queries,
)
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
    half_frames,
    half_frames_time_out,
    non_readers,
    nothing_before_welcome,
    strangers,
)
from .crowding import (
    connection_flood,
    handshake_flood,
    refused_beyond_an_address,
    refused_in_handshake,
)
from .frames import credit_dribble, damaged_frames, ping_flood, skippable_flood
from .pages import memory_is_full, pages_in_turns, pages_not_taken_end
from .shares import (
    commands_a_second,
    commands_in_turns,
    keys_are_full,
    newcomers_get_in,
    subscriptions_of_an_address,
    waiting_queries_of_an_address,
)

__all__ = [
    "a_non_reader_is_closed",
    "cancel_loop",
    "commands_a_second",
    "commands_in_turns",
    "connection_flood",
    "credit_dribble",
    "custom_entries",
    "damaged_frames",
    "dictionary_hashes",
    "each_method_has_its_size",
    "every_cancel_ends_its_call",
    "elements_are_counted",
    "half_frames",
    "half_frames_time_out",
    "handshake_flood",
    "hostile_bodies",
    "keys_are_full",
    "large_calls",
    "large_commands",
    "memory_is_full",
    "newcomers_get_in",
    "non_readers",
    "nothing_before_welcome",
    "one_too_many",
    "pages_in_turns",
    "pages_not_taken_end",
    "ping_flood",
    "reading_pauses",
    "refused_beyond_an_address",
    "refused_in_handshake",
    "skippable_flood",
    "strangers",
    "subscriptions_of_an_address",
    "unknown_fields_are_dropped",
    "waiting_queries",
    "waiting_queries_of_an_address",
]
