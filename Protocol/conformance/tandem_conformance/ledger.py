"""The calls of one connection, and what may still come for each.

Every answer is entered here, whatever the case is about, so that each case also tests the rules
that hold always: one final frame, none for a call that was not made, no ITEM beyond the credit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .names import FrameType, type_name
from .outcome import CaseFailure
from .schemas import Method
from .wire import Frame

ANSWERS = frozenset({FrameType.RESPONSE, FrameType.ITEM, FrameType.END, FrameType.ERROR})


@dataclass
class Call:
    """A call that was made, and what came of it. `is_stream` None: WELCOME did not say."""

    stream: int
    method: Method | None
    is_stream: bool | None
    credit: int
    items: list[Frame] = field(default_factory=list)
    final: Frame | None = None

    def enter(self, frame: Frame) -> None:
        """Notes an answer; raises CaseFailure if the call's state does not allow it."""
        if self.final is not None:
            raise CaseFailure(
                f"nothing on stream {self.stream} behind its final frame", frame.describe()
            )
        self._check_kind(frame)
        if frame.type != FrameType.ITEM:
            self.final = frame
            return
        if self.credit <= 0:
            raise CaseFailure(
                f"no ITEM on stream {self.stream}, whose credit is {self.credit}",
                frame.describe(),
            )
        self.credit -= len(frame.raw)
        self.items.append(frame)

    def _check_kind(self, frame: Frame) -> None:
        if self.is_stream is None or frame.type == FrameType.ERROR:
            return
        if self.is_stream != (frame.type != FrameType.RESPONSE):
            kind = "a stream" if self.is_stream else "a unary call"
            raise CaseFailure(f"no {type_name(frame.type)} on {kind}", frame.describe())
