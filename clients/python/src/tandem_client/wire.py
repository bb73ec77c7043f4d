"""The two directions of a connection: frames out, frames in, and how it is brought down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from .errors import GoAwayCode, Violation
from .frames import HARD, WELCOME_LENGTH_MAX, Frame, FrameDecoder, Type, encode
from .proto.control.v1 import control_pb2 as control

_READ_BYTES: Final = 64 << 10
# More than this waits to go out: the server does not read. Requests take turns, so it can only be
# answers to what it sends itself.
_WRITE_BUFFER_MAX: Final = 32 << 20
# How long a server may go on sending after we have said GOAWAY; it is not looked at any more.
LINGER: Final = 1.0
# A server that sends more frames than this in 30 s that carry no work is cut off (DR-11).
_NUISANCES_MAX: Final = 200
_NUISANCE_WINDOW: Final = 30.0


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.decoder: Final = FrameDecoder(WELCOME_LENGTH_MAX)
        self._reader, self._writer = reader, writer
        self._loop = asyncio.get_running_loop()
        self.last_heard = self._loop.time()
        self.is_hanging_up = False
        """Whether our GOAWAY is on its way, and the server has not closed yet."""
        self._is_over = False
        self._nuisances, self._nuisances_since = 0, self.last_heard

    async def read(self) -> bytes | None:
        """The next bytes; None at the end. Bytes behind our own GOAWAY are dropped here."""
        while data := await self._reader.read(_READ_BYTES):
            self.last_heard = self._loop.time()
            if not self._is_over:
                return data
        return None

    def frames(self, data: bytes) -> Iterator[Frame]:
        for frame in self.decoder.frames(data):
            if self._is_over:
                return
            yield frame

    def write(self, data: bytes) -> None:
        if not self._is_over:
            self._writer.write(data)

    def send(self, kind: int, *, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0,
             metadata: bytes = b"", body: bytes = b"") -> None:
        """Never waits. What needs to keep within bounds calls `drain` before."""
        transport = self._writer.transport
        if self._is_over or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _WRITE_BUFFER_MAX:
            transport.abort()
            return
        self._writer.write(encode(kind, flags=flags, a=a, stream=stream, b=b, metadata=metadata,
                                  body=body, crc=self.decoder.crc))

    async def drain(self) -> None:
        await self._writer.drain()

    def nuisance(self) -> None:
        """Counts a frame that costs work and carries none."""
        now = self._loop.time()
        if now - self._nuisances_since > _NUISANCE_WINDOW:
            self._nuisances, self._nuisances_since = 0, now
        self._nuisances += 1
        if self._nuisances > _NUISANCES_MAX:
            raise Violation(GoAwayCode.CALM, f"more than {_NUISANCES_MAX} frames without work "
                            f"within {_NUISANCE_WINDOW:.0f} s")

    def hang_up(self, violation: Violation) -> None:
        """GOAWAY HARD, the end of our direction, and the end of all soon after (FR-08, DR-06)."""
        if self._is_over:
            return
        body = control.GoAway(message=violation.message).SerializeToString()
        self.send(Type.GOAWAY, flags=HARD, a=violation.code, body=body)
        self._is_over = self.is_hanging_up = True
        if not self._writer.transport.is_closing():
            self._writer.write_eof()
        # Not closed at once: unread bytes would make that a reset, which can overtake the GOAWAY.
        self._loop.call_later(LINGER, self._writer.transport.abort)

    def close(self) -> None:
        """What was written still goes out, if the server reads it soon."""
        if not self._writer.is_closing():
            self._writer.close()
            if self._writer.transport.get_write_buffer_size():
                self._loop.call_later(LINGER, self._writer.transport.abort)
        self._is_over = True

    async def wait_closed(self) -> None:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2 * LINGER):
                await self._writer.wait_closed()
