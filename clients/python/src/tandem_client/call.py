"""One call: its frames, its credit, its end (SPEC.md, sections 6 to 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import Code, GoAwayCode, ServerError, TandemError, Violation
from .handshake import decoded
from .proto.control.v1 import control_pb2 as control
from .wire import ERROR_REPLAYED, NOT_PROCESSED, REPLAYED, AnswerMetadata, Frame, Type

if TYPE_CHECKING:
    from .connection import Connection


@dataclass(frozen=True, slots=True)
class Answer:
    """The RESPONSE to a unary call."""

    body: bytes
    replayed: bool
    """The stored answer to an earlier command with the same key."""
    metadata: AnswerMetadata


class Call:
    """One call, from its REQUEST to its final frame. Read it to the end, or `abandon` it."""

    def __init__(self, connection: Connection, stream: int, is_stream: bool) -> None:
        self.stream: Final = stream
        self.metadata = AnswerMetadata()
        """The final frame's, and so is `next_cursor`."""
        self.next_cursor = b""
        self._connection, self._is_stream = connection, is_stream
        self._is_open, self._is_abandoned = True, False
        self._arrived: asyncio.Queue[Frame | TandemError] = asyncio.Queue()
        self._credit, self._consumed = connection.options.initial_window, 0

    def receive(self, frame: Frame) -> None:
        """A frame of this stream. Raises Violation if it must not come now."""
        if frame.type != Type.ERROR and (frame.type == Type.RESPONSE) == self._is_stream:
            raise Violation(f"{Type(frame.type).name} came on stream {self.stream}, a "
                            f"{'stream' if self._is_stream else 'unary call'}")  # UN-05
        metadata = AnswerMetadata.of(frame.entries)
        if frame.type == Type.ITEM:
            if self._credit <= 0:  # Otherwise what waits for a slow caller had no bound (ST-02).
                raise Violation(f"stream {self.stream} has no credit left", GoAwayCode.FLOW)
            self._credit -= frame.size
            if not self._is_abandoned:
                self._arrived.put_nowait(frame)
            return
        if frame.type == Type.END:
            self.next_cursor = decoded(frame, control.StreamEnd).next_cursor
        self.metadata = metadata
        self.end(_server_error(frame) if frame.type == Type.ERROR else frame)

    def end(self, final: Frame | TandemError) -> None:
        self._is_open = False
        self._arrived.put_nowait(final)

    def abandon(self) -> None:
        """Nobody waits for this call any more: CANCEL, unless it has ended (CA-01)."""
        if self._is_open and not self._is_abandoned:
            self._connection.send(Frame(Type.CANCEL, stream=self.stream))
        self._is_abandoned, self._arrived = True, asyncio.Queue()

    async def answer(self) -> Answer:
        """Of a unary call. Raises TandemError."""
        frame = await self._next()
        body = self._connection.open_body(frame)
        return Answer(body, bool(frame.flags & REPLAYED), self.metadata)

    async def item(self) -> bytes | None:
        """The next ITEM of a stream; None: its END has come. Raises TandemError."""
        frame = await self._next()
        if frame.type == Type.END:
            return None
        body = self._connection.open_body(frame)
        self._consumed += frame.size
        # Half a window is more than 1,024 bytes, and less than what spends all credit (ST-04).
        if self._is_open and self._consumed >= self._connection.options.initial_window // 2:
            self._connection.send(Frame(Type.CREDIT, stream=self.stream, b=self._consumed))
            self._credit, self._consumed = self._credit + self._consumed, 0
        return body

    async def _next(self) -> Frame:
        arrived = await self._arrived.get()
        if isinstance(arrived, TandemError):
            raise arrived
        return arrived


def _server_error(frame: Frame) -> ServerError:
    """What an ERROR frame says."""
    details = decoded(frame, control.ErrorDetails)
    code = Code(frame.a) if 0 < frame.a <= Code.UNAUTHENTICATED else Code.UNKNOWN  # UN-07
    return ServerError(code, details.info.reason, details.message, details.info.domain,
                       dict(details.info.metadata), bool(frame.flags & NOT_PROCESSED), frame.b,
                       replayed=bool(frame.flags & ERROR_REPLAYED))
