"""One connection: its handshake, its control frames, keepalive, its end (SPEC.md, 5 and 13)."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from . import endings
from .call_table import STREAM_MAX, CallTable
from .calls import Call
from .endings import Ending
from .errors import ConnectionLost, GoAwayCode, TandemError, Violation, protocol_error
from .frames import HARD, Frame, Type
from .handshake import Settled, make_hello, opening, settle
from .metadata import AnswerMetadata, Entries
from .options import Options, Role
from .proto.control.v1 import control_pb2 as control
from .wire import LINGER, Wire


class Connection:
    """Made by `open`. `is_usable` says whether it takes new calls."""

    def __init__(self, wire: Wire, methods: Sequence[str], options: Options,
                 held: Mapping[bytes, bytes], on_final: Callable[[AnswerMetadata], None]) -> None:
        self.methods: Final = {name: index for index, name in enumerate(methods)}
        self._wire, self._options, self._held, self._on_final = wire, options, held, on_final
        self._hello = make_hello(methods, options, held)
        self._settled: Settled | None = None
        self._calls: CallTable | None = None
        self._answered = asyncio.Event()
        self._is_leaving = False
        self._ended: TandemError | None = None
        self._reader = asyncio.create_task(self._run())
        self._keeper: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, role: Role, host: str, port: int, methods: Sequence[str], options: Options,
                   held: Mapping[bytes, bytes],
                   on_final: Callable[[AnswerMetadata], None]) -> Connection:
        """Connects and shakes hands. Raises TandemError: nothing was processed."""
        where = f"the {role.name.lower()} port at {host}:{port}"
        try:
            async with asyncio.timeout(options.connect_timeout):
                wire = Wire(*await asyncio.open_connection(host, port))
                self = cls(wire, methods, options, held, on_final)
                try:
                    wire.write(opening(role, self._hello))
                    await self._answered.wait()
                except BaseException:
                    await self.close()
                    raise
        except TimeoutError:
            raise ConnectionLost(f"{where} did not answer within {options.connect_timeout} s",
                                 reason="CONNECT_FAILED", not_processed=True) from None
        except OSError as error:
            raise ConnectionLost(f"{where} cannot be reached: {error}", reason="CONNECT_FAILED",
                                 not_processed=True) from None
        if self._ended is not None:
            raise self._ended
        self._keeper = asyncio.create_task(self._keep_alive())
        return self

    @property
    def settled(self) -> Settled:
        assert self._settled is not None, "a connection is handed out only after its handshake"
        return self._settled

    @property
    def is_usable(self) -> bool:
        return self._ended is None and not self._is_leaving

    @property
    def ended(self) -> TandemError | None:
        """Why it has ended; None: it has not."""
        return self._ended

    def method(self, name: str) -> control.MethodInfo:
        """What WELCOME said of it."""
        return self.settled.methods[self.methods[name]]

    async def begin(self, method: str, body: bytes, metadata: Entries, deadline: float | None,
                    is_stream: bool) -> Call:
        """Sends a REQUEST once a slot is free. The caller reads the call, or abandons it."""
        assert self._calls is not None, "a connection is handed out only after its handshake"
        return await self._calls.begin(self.methods[method], body, metadata, deadline, is_stream)

    def leave(self) -> None:
        """Takes no new calls, and closes once the open ones have ended."""
        self._is_leaving = True
        if self._calls is not None:
            self._calls.is_closed = True
        if self._calls is None or self._calls.is_empty:
            self._finish(endings.RETIRED)
            self._wire.close()

    async def close(self) -> None:
        """Ends all calls and the connection."""
        self._finish(endings.CLOSED)
        if self._wire.is_hanging_up:
            # Closing while the server still sends would be a reset, and could overtake the GOAWAY.
            await asyncio.wait((self._reader,), timeout=LINGER)
        self._wire.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._wire.wait_closed()

    async def _run(self) -> None:
        ending = endings.LOST
        try:
            while data := await self._wire.read():
                try:
                    for frame in self._wire.frames(data):
                        self._receive(frame)
                except Violation as violation:
                    self._violated(violation)
        except OSError as error:
            ending = Ending(f"the connection broke: {error}")
        finally:
            self._finish(ending)
            self._wire.close()

    def _receive(self, frame: Frame) -> None:
        if frame.type == Type.GOAWAY:
            self._go_away(frame)
        elif self._calls is None:
            if frame.type != Type.WELCOME:
                raise protocol_error(f"a frame of type {frame.type:02X} came before WELCOME")
            self._welcome(settle(frame, self._hello, self._held))
        elif frame.type in (Type.RESPONSE, Type.ITEM, Type.END, Type.ERROR):
            self._calls.receive(frame)
            if self._is_leaving:
                self.leave()
        elif frame.type == Type.PING:
            self._wire.nuisance()
            self._wire.send(Type.PONG, body=frame.body)
        elif frame.type == Type.PONG or frame.type >= 0x80:
            self._wire.nuisance()
        else:
            raise protocol_error(f"{Type(frame.type).name} came from the server")

    def _welcome(self, settled: Settled) -> None:
        self._settled = settled
        self._calls = CallTable(self._wire, settled, self._options, self._on_final, self._violated)
        self._wire.decoder.length_max = self._options.max_frame
        self._wire.decoder.crc = settled.crc
        if self._options.grease and random.random() < 0.25:
            junk = secrets.token_bytes(random.randrange(17))
            self._wire.send(random.randrange(0xF0, 0x100), body=junk)
        self._answered.set()

    def _go_away(self, frame: Frame) -> None:
        message = endings.go_away_message(frame)
        if frame.flags & HARD:
            self._finish(endings.hard_go_away(frame.a, message, self._settled is None),
                         frame.stream)
            self._wire.close()
        else:
            self._wire.nuisance()
            self.leave()

    def _violated(self, violation: Violation) -> None:
        if self._ended is None:
            self._wire.hang_up(violation)
            self._finish(endings.violated(violation))

    def _finish(self, ending: Ending, last: int = STREAM_MAX) -> None:
        """Calls above `last` were not processed (DR-04, DR-08)."""
        if self._ended is not None:
            return
        self._ended = ending.error(not_processed=True)
        if self._calls is not None:
            self._calls.finish(ending.error, last)
        if self._keeper is not None and self._keeper is not asyncio.current_task():
            self._keeper.cancel()
        self._answered.set()

    async def _keep_alive(self) -> None:
        """A PING after silence, and the end if it stays silent (DR-02)."""
        wire, options, loop = self._wire, self._options, asyncio.get_running_loop()
        while self._ended is None:
            idle = loop.time() - wire.last_heard
            if idle < options.ping_after:
                await asyncio.sleep(max(options.ping_after - idle, 0.01))
                continue
            heard = wire.last_heard
            wire.send(Type.PING, body=secrets.token_bytes(8))
            await asyncio.sleep(options.dead_after_ping)
            if wire.last_heard == heard:
                self._violated(Violation(GoAwayCode.TIMEOUT, "the server does not answer a PING"))
