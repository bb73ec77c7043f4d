"""The open calls of a connection: their ids, their slots, what comes for them (section 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from .calls import Call
from .errors import (
    ClientError, Code, ConnectionLost, DeadlineExceeded, TandemError, Violation, protocol_error,
)
from .frames import LENGTH_MIN, Frame, Type
from .handshake import Settled
from .inflate import open_body
from .metadata import AnswerMetadata, Entries, encode_entries
from .options import Options
from .proto.control.v1 import control_pb2 as control
from .wire import Wire

STREAM_MAX: Final = (1 << 32) - 1


class CallTable:
    def __init__(self, wire: Wire, settled: Settled, options: Options,
                 on_final: Callable[[AnswerMetadata], None],
                 on_violation: Callable[[Violation], None]) -> None:
        self.is_closed = False
        """Whether new calls are refused."""
        self._wire, self._settled, self._options = wire, settled, options
        self._on_final, self._on_violation = on_final, on_violation
        self._slots = asyncio.Semaphore(settled.in_flight_max)
        self._turn = asyncio.Lock()
        self._open: dict[int, Call] = {}
        self._last_stream = 0

    @property
    def is_empty(self) -> bool:
        return not self._open

    async def begin(self, index: int, body: bytes, metadata: Entries, deadline: float | None,
                    is_stream: bool) -> Call:
        """Sends a REQUEST once a slot is free. The caller reads the call, or abandons it."""
        block = self._admit(index, body, metadata, is_stream)
        await self._slots.acquire()
        try:
            # One at a time, so that the buffer never has more than one request beyond its bound.
            async with self._turn:
                await self._wire.drain()
                if self.is_closed or self._last_stream == STREAM_MAX:
                    raise OSError
                timeout = _timeout_ms(deadline)
                self._last_stream += 1
                call = Call(self, self._last_stream, is_stream, self._options.initial_window)
                self._open[call.stream] = call
                self.send(Type.REQUEST, a=index, stream=call.stream, b=timeout, metadata=block,
                          body=body)
                return call
        except BaseException as error:
            self._slots.release()
            if isinstance(error, OSError):
                raise ConnectionLost("the connection ended before the call was sent",
                                     not_processed=True) from None
            raise

    def _admit(self, index: int, body: bytes, metadata: Entries, is_stream: bool) -> bytes:
        """What would be a violation is refused here, before it costs the connection."""
        info, settled = self._settled.methods[index], self._settled
        if info.known and (info.kind == control.MethodInfo.STREAM) != is_stream:
            raise ClientError(Code.INVALID_ARGUMENT, "WRONG_KIND", "the method is "
                              f"{'a unary call' if is_stream else 'a stream'} on this server")
        try:
            block = encode_entries(metadata)
        except ValueError as error:
            raise ClientError(Code.RESOURCE_EXHAUSTED, "METADATA_TOO_LARGE", str(error)) from None
        if len(block) > settled.metadata_max:
            raise ClientError(Code.RESOURCE_EXHAUSTED, "METADATA_TOO_LARGE", f"{len(block)} bytes "
                              f"of metadata; this server takes {settled.metadata_max}")
        trailer = 4 if settled.crc else 0
        length = LENGTH_MIN + (2 + len(block) if block else 0) + len(body) + trailer
        if length > settled.frame_max:
            raise ClientError(Code.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", f"a frame of {length} "
                              f"bytes; this server takes {settled.frame_max}")
        return block

    def send(self, kind: Type, *, a: int = 0, stream: int = 0, b: int = 0, metadata: bytes = b"",
             body: bytes = b"") -> None:
        self._wire.send(kind, a=a, stream=stream, b=b, metadata=metadata, body=body)

    def open_body(self, frame: Frame) -> bytes:
        """The body of a RESPONSE or ITEM, inflated. A wrong one ends the connection."""
        try:
            return open_body(frame, self._settled.compression, self._settled.dictionaries,
                             self._options.raw_length_max)
        except Violation as violation:
            self._on_violation(violation)
            raise ConnectionLost(f"the server broke the protocol, {violation}", code=Code.INTERNAL,
                                 reason="PROTOCOL_VIOLATION") from None

    def receive(self, frame: Frame) -> None:
        """An ITEM, or a final, which frees its call's slot."""
        call = self._open.get(frame.stream)
        if call is None:
            raise protocol_error(f"{Type(frame.type).name} came for stream {frame.stream}, which "
                                 "is not open")
        call.receive(frame)
        if frame.type != Type.ITEM:
            del self._open[frame.stream]
            self._slots.release()
            self._on_final(call.metadata)

    def finish(self, error: Callable[[bool], TandemError], last: int) -> None:
        """Ends every call; those above `last` were not processed (DR-04, DR-08)."""
        self.is_closed = True
        for call in self._open.values():
            call.fail(error(call.stream > last))
        self._open.clear()
        # One waiter wakes, sees the end, and hands the slot on to the next.
        self._slots.release()


def _timeout_ms(deadline: float | None) -> int:
    """What is left, rounded up: 0 would mean no deadline (CA-04)."""
    if deadline is None:
        return 0
    left = deadline - asyncio.get_running_loop().time()
    if left < 0:
        raise DeadlineExceeded("the deadline passed before the call was sent", not_processed=True)
    return min(int(left * 1000) + 1, STREAM_MAX)
