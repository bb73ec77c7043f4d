"""One call of a connection, from its REQUEST to its final frame (SPEC.md, sections 6 to 8)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from google.protobuf.message import DecodeError

from .errors import Code, GoAwayCode, ServerError, TandemError, Violation, protocol_error
from .frames import ERROR_REPLAYED, NOT_PROCESSED, REPLAYED, Frame, Type
from .metadata import AnswerMetadata
from .proto.control.v1 import control_pb2 as control

if TYPE_CHECKING:
    from .call_table import CallTable

T = TypeVar("T")
CREDIT_PORTION_MIN: Final = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """The RESPONSE to a unary call."""

    body: bytes
    replayed: bool
    """The stored answer to an earlier command with the same key."""
    metadata: AnswerMetadata


@dataclass(frozen=True, slots=True)
class End:
    """The END of a stream."""

    next_cursor: bytes
    metadata: AnswerMetadata


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """All items of one END, and where the next page begins; an empty cursor: nowhere."""

    items: list[T]
    next_cursor: bytes
    metadata: AnswerMetadata


class Call:
    """Made by `Connection.begin`. Whoever has it must read it to its final or `abandon` it."""

    def __init__(self, table: CallTable, stream: int, is_stream: bool, window: int) -> None:
        self.stream: Final = stream
        self.abandoned = False
        self._table = table
        self._is_stream = is_stream
        self._credit = window
        self._portion = max(window // 2, CREDIT_PORTION_MIN)
        self._consumed = 0
        self._items: deque[Frame] = deque()
        self._final: Frame | TandemError | None = None
        self._metadata = AnswerMetadata()
        self._next_cursor = b""
        self._changed = asyncio.Event()

    def receive(self, frame: Frame) -> None:
        """A frame of this stream. Raises Violation if it must not come now."""
        if frame.type != Type.ERROR and (frame.type == Type.RESPONSE) == self._is_stream:
            raise protocol_error(f"{Type(frame.type).name} came on stream {self.stream}, a "
                                 f"{'stream' if self._is_stream else 'unary call'}")
        metadata = AnswerMetadata.of(frame.entries)
        if frame.type == Type.ITEM:
            if self._credit <= 0:
                raise Violation(GoAwayCode.FLOW, f"stream {self.stream} had no credit for an ITEM")
            self._credit -= frame.size
            if not self.abandoned:
                self._items.append(frame)
        else:
            self._metadata = metadata
            self._finish(frame)
        self._changed.set()

    def _finish(self, frame: Frame) -> None:
        self._final = frame
        if frame.type == Type.ERROR:
            self._final = server_error(frame)
        elif frame.type == Type.END:
            try:
                self._next_cursor = control.StreamEnd.FromString(frame.body).next_cursor
            except DecodeError as error:
                raise protocol_error(f"END has no StreamEnd: {error}") from None

    @property
    def metadata(self) -> AnswerMetadata:
        """The final's."""
        return self._metadata

    def fail(self, error: TandemError) -> None:
        """The connection ended before the final."""
        self._final = error
        self._changed.set()

    def abandon(self) -> None:
        """Nobody waits for this call any more: CANCEL, unless it has ended."""
        self._items.clear()
        if self._final is None and not self.abandoned:
            self.abandoned = True
            self._table.send(Type.CANCEL, stream=self.stream)

    async def answer(self) -> Answer:
        """Of a unary call. Raises TandemError."""
        final = await self._next()
        replayed = bool(final.flags & REPLAYED)
        return Answer(self._table.open_body(final), replayed, self._metadata)

    async def item(self) -> bytes | End:
        """The next ITEM of a stream, or its END. Raises TandemError."""
        frame = await self._next()
        if frame.type == Type.END:
            return End(self._next_cursor, self._metadata)
        body = self._table.open_body(frame)
        self._consumed += frame.size
        # A window is never so small that less than a portion is left when its credit is spent.
        if self._final is None and self._consumed >= self._portion:
            self._credit += self._consumed
            self._table.send(Type.CREDIT, stream=self.stream, b=self._consumed)
            self._consumed = 0
        return body

    async def _next(self) -> Frame:
        while not self._items and self._final is None:
            self._changed.clear()
            await self._changed.wait()
        if self._items:
            return self._items.popleft()
        if isinstance(self._final, TandemError):
            raise self._final
        assert self._final is not None
        return self._final


def server_error(frame: Frame) -> ServerError:
    """What an ERROR frame says."""
    try:
        details = control.ErrorDetails.FromString(frame.body)
    except DecodeError as error:
        raise protocol_error(f"ERROR has no ErrorDetails: {error}") from None
    result = ServerError(
        Code.of(frame.a), details.info.reason, details.message, domain=details.info.domain,
        metadata=details.info.metadata, not_processed=bool(frame.flags & NOT_PROCESSED),
        retry_after_ms=frame.b,
    )
    result.replayed = bool(frame.flags & ERROR_REPLAYED)
    return result
