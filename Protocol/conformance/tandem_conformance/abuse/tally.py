"""What an abuser did, and how the server took it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..names import Flag, FrameType
from .children import Message

# Not codes of GOAWAY: a connection that ended without one, and one that our patience ended.
BARE_CLOSE = "closed"
NO_END = "no end"
HARD_GOAWAY = bytes([FrameType.GOAWAY, Flag.HARD])


@dataclass
class Tally:
    """Counts since the abuser began."""

    connections: int = 0
    frames: int = 0
    sent_bytes: int = 0
    # Connections that could not be made.
    refused: int = 0
    # How connections ended, by GOAWAY code.
    ends: Counter[str] = field(default_factory=Counter)
    # Most bytes that a connection's receive buffer held unread.
    unread_max: int = 0
    # Most bytes that a connection took before it stopped taking any.
    accepted_max: int = 0
    # Connections open at once.
    open_max: int = 0
    # Batches of damaged frames that the server did not get done with.
    hung: int = 0
    # Answers INTERNAL to them.
    internal_errors: int = 0

    def message(self) -> Message:
        """As JSON."""
        return {**self.__dict__, "ends": dict(self.ends)}

    def end(self, received: bytes | bytearray) -> None:
        """Notes how a connection ended that sent `received` before it closed."""
        self.ends[ending(received)] += 1


def ending(received: bytes | bytearray) -> str:
    """The code of the hard GOAWAY that is the last frame, as text; or BARE_CLOSE.

    Looked for from the end: a flood's answers are many, and what stands before them may be cut.
    """
    end = len(received)
    # A message may hold the same two bytes: then they are not where a frame of that length begins.
    while (found := received.rfind(HARD_GOAWAY, 0, end)) >= 4:
        at = found - 4
        if at + 4 + int.from_bytes(received[at:found], "big") == len(received):
            return str(int.from_bytes(received[at + 6 : at + 8], "big"))
        end = found + 1
    return BARE_CLOSE
