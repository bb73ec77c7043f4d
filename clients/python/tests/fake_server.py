"""A server that does what a test tells it to, well or badly: one script for each connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import Entries, Frame, FrameDecoder, Type, encode as encode_frame

UNARY, STREAM = control.MethodInfo.UNARY, control.MethodInfo.STREAM
READ_ONLY, KEYED = control.MethodInfo.READ_ONLY, control.MethodInfo.KEYED
PREFACE_BYTES = 8

Script = Callable[["Peer"], Awaitable[None]]


def encode(kind: int, *, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0,
           entries: Entries = (), body: bytes = b"", crc: bool = False) -> bytes:
    return encode_frame(Frame(kind, flags, a, stream, b, entries, body), crc)


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.preface = b""
        self.hello = control.Hello()
        self.crc = False
        self.skipped: list[Frame] = []
        self._reader, self._writer = reader, writer
        self._decoder = FrameDecoder(1 << 20)
        self._frames: list[Frame] = []

    async def frame(self) -> Frame | None:
        """The next one that is not to be skipped; None at the end."""
        while not self._frames:
            data = await self._reader.read(65536)
            if not data:
                return None
            for frame in self._decoder.frames(data):
                (self.skipped if frame.type >= 0x80 else self._frames).append(frame)
        return self._frames.pop(0)

    async def expect(self, kind: Type) -> Frame:
        frame = await self.frame()
        assert frame is not None and frame.type == kind, f"{kind.name} expected, not {frame}"
        return frame

    async def read_hello(self) -> None:
        self.preface = await self._reader.readexactly(PREFACE_BYTES)
        frame = await self.expect(Type.HELLO)
        self.hello = control.Hello.FromString(frame.body)

    async def greet(self, kinds: Sequence[control.MethodInfo.Kind] = (),
                    idempotency: control.MethodInfo.Idempotency = READ_ONLY,
                    **fields: object) -> None:
        """Reads HELLO and sends a WELCOME in which all methods are known; UNARY, if not said."""
        await self.read_hello()
        welcome = self.welcome(kinds, idempotency)
        welcome.MergeFrom(control.Welcome(**fields))  # type: ignore[arg-type]
        self.send(Type.WELCOME, body=welcome.SerializeToString())
        self.use_checksums("crc32c" in welcome.features)

    def use_checksums(self, agreed: bool) -> None:
        self.crc = self._decoder.crc = agreed

    def welcome(self, kinds: Sequence[control.MethodInfo.Kind] = (),
                idempotency: control.MethodInfo.Idempotency = READ_ONLY) -> control.Welcome:
        count = len(self.hello.methods)
        padded = [*kinds, *[UNARY] * count][:count]
        return control.Welcome(methods=[
            control.MethodInfo(known=True, kind=kind, idempotency=idempotency, max_size=1 << 16)
            for kind in padded])

    def send(self, kind: int, *, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0,
             entries: Entries = (), body: bytes = b"") -> None:
        self.raw(encode(kind, flags=flags, a=a, stream=stream, b=b, entries=entries, body=body,
                        crc=self.crc))

    def raw(self, data: bytes) -> None:
        if self._writer.transport.is_closing():
            raise ConnectionError("the client has gone")
        self._writer.write(data)

    async def flush(self) -> None:
        await self._writer.drain()

    def error(self, stream: int, code: int, reason: str, *, flags: int = 0,
              retry_after_ms: int = 0) -> None:
        details = control.ErrorDetails(message="as the test says",
                                       info=control.ErrorInfo(reason=reason, domain="tandem"))
        self.send(Type.ERROR, flags=flags, a=code, stream=stream, b=retry_after_ms,
                  body=details.SerializeToString())

    def go_away(self, *, flags: int = 0, code: int = 0, stream: int = 0) -> None:
        self.send(Type.GOAWAY, flags=flags, a=code, stream=stream, b=1000)

    async def rest(self) -> list[Frame]:
        """All frames until the client ends its direction."""
        frames: list[Frame] = []
        with contextlib.suppress(ConnectionError):
            while (frame := await self.frame()) is not None:
                frames.append(frame)
        return frames

    def close(self) -> None:
        self._writer.close()


class FakeServer:
    """Runs the n-th script on the n-th connection, and the last one on all further ones."""

    def __init__(self, *scripts: Script) -> None:
        self.peers: list[Peer] = []
        self.failures: list[BaseException] = []
        self._scripts = scripts
        self._running: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        script = self._scripts[min(len(self.peers), len(self._scripts)) - 1]
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await script(peer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except Exception as failure:
            self.failures.append(failure)
        finally:
            peer.close()
            self._running.discard(task)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        self._server.close()
        running = list(self._running)
        if running:
            # Timed: a courtesy: what still runs then is cancelled, and fails nothing.
            await asyncio.wait(running, timeout=0.5)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self.failures and error is None:
            raise self.failures[0]
