"""One connection: its handshake, its calls, its end (SPEC.md, sections 5 to 8 and 13)."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, cast

from .bodies import open_body, read_dictionaries
from .call import Call
from .errors import NEVER, ClientError, Code, ConnectionLost, GoAwayCode, Violation
from .handshake import (
    HELLO_LENGTH_MAX, METHODS_MAX, WELCOME_LENGTH_MAX, Options, Role, decoded, make_hello,
    read_welcome,
)
from .proto.control.v1 import control_pb2 as control
from .wire import (
    HARD, LENGTH_MIN, MAGIC, MAJOR, AnswerMetadata, Entries, Frame, FrameDecoder, Type, encode,
)

U32_MAX: Final = (1 << 32) - 1
# Of a server's frames that carry no work, so many are taken within so many seconds (DR-11).
NUISANCES_MAX, NUISANCE_WINDOW = 200, 30.0
# How long a server may go on sending when we have ended our direction (DR-06).
LINGER: Final = 1.0

_log = logging.getLogger("tandem_client")


class Connection(asyncio.Protocol):
    """Good for calls once `connect` has returned, and as long as it `is_usable`."""

    def __init__(self, role: Role, methods: Sequence[str], options: Options,
                 held: Mapping[bytes, bytes], on_final: Callable[[AnswerMetadata], None]) -> None:
        """`held` are the dictionaries of the last connection."""
        self.options: Final = options
        self.methods: Final = {name: index for index, name in enumerate(methods)}
        self.welcome = control.Welcome()
        self.dictionaries: dict[bytes, bytes] = {}
        self.ended: ConnectionLost | None = None
        """Why it has ended; None: it has not."""
        self._role, self._held, self._on_final = role, held, on_final
        self._hello = make_hello(methods, options, held)
        self._loop = asyncio.get_running_loop()
        self._answered, self._closed = asyncio.Event(), asyncio.Event()
        self._decoder = FrameDecoder(WELCOME_LENGTH_MAX)
        self._calls: dict[int, Call] = {}
        self._slots = asyncio.Semaphore(0)
        self._last_stream = 0
        self._is_leaving = False
        self._heard = self._nuisances_since = self._loop.time()
        self._nuisances = 0
        self._keeper: asyncio.Task[None] | None = None

    async def connect(self, host: str, port: int) -> None:
        """Connects and shakes hands. Raises TandemError: nothing was processed."""
        if (len(self._hello.methods) > METHODS_MAX
                or LENGTH_MIN + self._hello.ByteSize() > HELLO_LENGTH_MAX):  # HS-04, HS-05
            raise ClientError(Code.RESOURCE_EXHAUSTED, "TOO_MANY_METHODS",
                              "the names of all methods do not go into a HELLO")
        try:
            async with asyncio.timeout(self.options.connect_timeout):
                await self._loop.create_connection(lambda: self, host, port)
                try:
                    await self._answered.wait()
                except asyncio.CancelledError:
                    await self.close()
                    raise
        except OSError as error:  # TimeoutError is one, and has no text.
            raise ConnectionLost(
                Code.UNAVAILABLE, "CONNECT_FAILED", f"{self._role.name.lower()} port at "
                f"{host}:{port}: {str(error) or 'no answer'}", not_processed=True) from None
        if self.ended is not None:
            raise self.ended

    @property
    def is_usable(self) -> bool:
        return not self.ended and not self._is_leaving and self._last_stream < U32_MAX

    @property
    def key_retention_ms(self) -> int:
        """How long the server keeps answers under their keys (section 5: 24 h unless it says)."""
        return self.welcome.key_retention_ms or 86_400_000

    def method(self, name: str) -> control.MethodInfo:
        """What WELCOME said of it."""
        return self.welcome.methods[self.methods[name]]

    async def begin(self, method: str, body: bytes, entries: Entries, deadline: float,
                    is_stream: bool) -> Call:
        """Sends a REQUEST once a slot is free (UN-16). `deadline`: a time of the event loop."""
        info, limits = self.method(method), self.welcome.limits
        if info.known and (info.kind == control.MethodInfo.STREAM) != is_stream:
            raise ClientError(Code.INVALID_ARGUMENT, "WRONG_KIND", "the method is "
                              f"{'a unary call' if is_stream else 'a stream'} on this server")
        size = sum(3 + len(value) for _, value in entries)
        length = LENGTH_MIN + (2 + size if size else 0) + len(body) + 4 * self._decoder.crc
        for reason, size, bound in (("METADATA_TOO_LARGE", size, limits.max_metadata),
                                    ("REQUEST_TOO_LARGE", length, limits.max_frame)):
            if size > bound:  # UN-17
                raise ClientError(Code.RESOURCE_EXHAUSTED, reason,
                                  f"{size} bytes; this server takes {bound}")
        await self._slots.acquire()
        if not self.is_usable:
            self._slots.release()  # For the next one that waits, to see the same.
            raise _lost("the connection ended before the call was sent", not_processed=True)
        self._last_stream += 1
        call = self._calls[self._last_stream] = Call(self, self._last_stream, is_stream)
        # What is left of the time, rounded up; 0 would mean no deadline (CA-04).
        left_ms = 0 if deadline == math.inf else max(
            math.ceil((deadline - self._loop.time()) * 1000), 1)
        self.send(Frame(Type.REQUEST, a=self.methods[method], stream=call.stream,
                        b=min(left_ms, U32_MAX), entries=entries, body=body))
        return call

    def open_body(self, frame: Frame) -> bytes:
        """Only when the caller takes it, so that what waits is bounded by the window."""
        try:
            return open_body(frame, "zlib" in self.welcome.features, self.dictionaries)
        except Violation as violation:
            raise self._violated(violation) from None

    def send(self, frame: Frame) -> None:
        """Never waits; behind the end nothing goes out any more (DR-15)."""
        if not self.ended and not self._transport.is_closing():
            self._transport.write(encode(frame, self._decoder.crc))

    def leave(self) -> None:
        """Takes no new calls, and ends once the open ones have ended (DR-18)."""
        self._is_leaving = True
        if not self._calls:
            self._finish(_lost("the connection takes no more calls"))

    async def close(self) -> None:
        """Ends all calls and the connection."""
        if not self.ended:
            self._finish(ConnectionLost(Code.CANCELLED, "CLIENT_CLOSED", "this client was closed"))
            self._transport.close()
        await self._closed.wait()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(MAGIC + bytes((MAJOR, self._role))
                              + encode(Frame(Type.HELLO, body=self._hello.SerializeToString())))

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        if self.ended:
            return  # DR-15
        try:
            for frame in self._decoder.frames(data):
                self._receive(frame)
                if self.ended:
                    return
        except Violation as violation:
            self._violated(violation)

    def eof_received(self) -> None:
        self._finish(_lost("the server ended the connection"))  # DR-08

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(_lost(f"the connection broke: {error}"))
        self._closed.set()

    # What comes of it.

    def _receive(self, frame: Frame) -> None:
        if frame.type == Type.GOAWAY:
            error = _go_away_error(frame, is_first=not self._answered.is_set())
            if frame.flags & HARD:
                self._finish(error, frame.stream)
            else:
                self._nuisance()
                self.leave()
        elif not self._answered.is_set():
            if frame.type != Type.WELCOME:
                raise Violation(f"a frame of type {frame.type:02X} came before WELCOME")  # HS-08
            self._settle(read_welcome(frame, self._hello))
        elif frame.type in (Type.RESPONSE, Type.ITEM, Type.END, Type.ERROR):
            self._receive_answer(frame)
        elif frame.type == Type.PING:
            self._nuisance()
            self.send(Frame(Type.PONG, body=frame.body))  # DR-01
        elif frame.type == Type.PONG or frame.type >= 0x80:
            self._nuisance()
        else:
            raise Violation(f"{Type(frame.type).name} came from the server")  # FR-05

    def _settle(self, welcome: control.Welcome) -> None:
        self.dictionaries = read_dictionaries(welcome.dictionaries, self._held)
        self.welcome = welcome
        self._decoder.length_max = self.options.max_frame
        self._decoder.crc = "crc32c" in welcome.features
        self._slots = asyncio.Semaphore(welcome.limits.max_in_flight)
        self._keeper = asyncio.create_task(self._keep_alive())
        self._answered.set()
        if self.options.grease and random.random() < 0.25:  # EX-02
            body = secrets.token_bytes(random.randrange(17))
            self.send(Frame(random.randrange(0xF0, 0x100), body=body))

    def _receive_answer(self, frame: Frame) -> None:
        call = self._calls.get(frame.stream)
        if call is None:
            raise Violation(f"stream {frame.stream} is not open")  # UN-05
        call.receive(frame)
        if frame.type != Type.ITEM:  # Only a final frees the slot (UN-02).
            del self._calls[frame.stream]
            self._slots.release()
            self._on_final(call.metadata)
            if self._is_leaving:
                self.leave()

    def _nuisance(self) -> None:
        """Counts a frame that costs work and carries none."""
        if self._heard - self._nuisances_since > NUISANCE_WINDOW:
            self._nuisances, self._nuisances_since = 0, self._heard
        self._nuisances += 1
        if self._nuisances > NUISANCES_MAX:
            raise Violation(f"more than {NUISANCES_MAX} frames without work", GoAwayCode.CALM)

    async def _keep_alive(self) -> None:
        """A PING after silence, and the end if it stays silent (DR-02)."""
        while True:
            heard = self._heard
            await asyncio.sleep(heard + self.options.ping_after - self._loop.time())
            if self._heard == heard:
                self.send(Frame(Type.PING, body=secrets.token_bytes(8)))
                await asyncio.sleep(self.options.dead_after_ping)
                if self._heard == heard:
                    self._violated(Violation("the server answers no PING", GoAwayCode.TIMEOUT))

    def _violated(self, violation: Violation) -> ConnectionLost:
        """GOAWAY, and the end (FR-08)."""
        body = control.GoAway(message=violation.message).SerializeToString()
        self.send(Frame(Type.GOAWAY, flags=HARD, a=violation.code, body=body))
        code, reason = Code.INTERNAL, "PROTOCOL_VIOLATION"
        if violation.code in (GoAwayCode.CHECKSUM, GoAwayCode.TIMEOUT):
            # Rather the network's doing than the server's: what can be repeated, may be (DR-13).
            code, reason = Code.UNAVAILABLE, violation.code.name
        error = ConnectionLost(code, reason, f"the server broke the protocol: {violation.message}")
        self._finish(error)
        return error

    def _finish(self, error: ConnectionLost, last: int = U32_MAX) -> None:
        """Ends every call at once (DR-13); those above `last` were not processed (DR-04)."""
        if self.ended:
            return
        if error.reason not in ("CONNECTION_LOST", "CLIENT_CLOSED"):
            _log.warning("%s", error)
        self.ended = replace(error, not_processed=True)
        for call in self._calls.values():
            call.end(replace(error, not_processed=call.stream > last))
        self._calls.clear()
        self._slots.release()
        self._answered.set()
        if self._keeper is not None:
            self._keeper.cancel()
        # Not closed at once: unread bytes would make that a reset, which can overtake a GOAWAY.
        with suppress(OSError):
            self._transport.write_eof()
        self._loop.call_later(LINGER, self._transport.abort)


def _go_away_error(frame: Frame, is_first: bool) -> ConnectionLost:
    """What a hard GOAWAY means for the calls (section 13); `is_first`: it came before WELCOME."""
    code = GoAwayCode(frame.a) if frame.a <= GoAwayCode.INTERNAL else GoAwayCode.PROTOCOL_ERROR
    # Cut: it goes to logs, and may be as long as a frame.
    message = f"the server said {code.name}: {decoded(frame, control.GoAway).message[:500]}"
    status, wait_ms = Code.UNAVAILABLE, 0
    if is_first and code in (GoAwayCode.PROTOCOL_ERROR, GoAwayCode.VERSION, GoAwayCode.SIZE,
                             GoAwayCode.UNAUTHENTICATED, GoAwayCode.CLUSTER):
        status, wait_ms = Code.FAILED_PRECONDITION, NEVER  # The next one would end the same way.
    elif code in (GoAwayCode.LIMIT, GoAwayCode.CALM):
        wait_ms = 1000
    return ConnectionLost(status, f"GOAWAY_{code.name}", message, retry_after_ms=wait_ms)


def _lost(message: str, not_processed: bool = False) -> ConnectionLost:
    return ConnectionLost(Code.UNAVAILABLE, "CONNECTION_LOST", message,
                          not_processed=not_processed)
