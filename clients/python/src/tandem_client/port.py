"""The connection to a port of a server, made anew when it is lost (SPEC.md, section 13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from .connection import Connection
from .errors import ClientError, Code, TandemError
from .handshake import Options, Role
from .wire import AnswerMetadata


class Port:
    """At most one connection that takes new calls, and those that only finish theirs."""

    def __init__(self, role: Role, address: str, methods: Iterable[str], options: Options,
                 on_final: Callable[[AnswerMetadata], None]) -> None:
        self._role, self._on_final = role, on_final
        self._host, self._port = parse_address(address)
        crc32c = not is_loopback(self._host) if options.crc32c is None else options.crc32c
        self._options = replace(options, crc32c=crc32c)
        self._methods = list(dict.fromkeys(methods))
        self._connections: list[Connection] = []
        self._held: dict[bytes, bytes] = {}
        self._dialling: asyncio.Task[TandemError | None] | None = None
        self._dials = 0
        self._rest_ms = 0
        self._is_closed = False

    async def connection(self, method: str) -> Connection:
        """A connection that knows the method. Raises TandemError: nothing was processed."""
        if method not in self._methods:
            self._methods.append(method)
        while not self._is_closed:
            for connection in self._connections:
                if connection.is_usable and method in connection.methods:
                    return connection
            if self._dialling is None or self._dialling.done():
                self._dialling = asyncio.create_task(self._dial())
            # Shared by all who wait: one of them giving up must not end it for the others.
            dialling = self._dialling
            await asyncio.wait((dialling,))
            if not dialling.cancelled() and (error := dialling.result()) is not None:
                raise replace(error)
        raise ClientError(Code.CANCELLED, "CLIENT_CLOSED", "this client was closed")

    async def _dial(self) -> TandemError | None:
        """The error is not raised: it may be that nobody waits for it any more."""
        if self._dials:
            # DR-10; and the rest that a server asks for with LIMIT and CALM.
            ends = [other.ended for other in self._connections if other.ended]
            rest_ms = max([self._rest_ms, *(error.retry_after_ms for error in ends)])
            await asyncio.sleep(max(self._options.retry.backoff_ms(self._dials), rest_ms) / 1000)
        self._dials += 1
        new = Connection(self._role, self._methods, self._options, self._held, self._finished)
        try:
            await new.connect(self._host, self._port)
        except TandemError as error:
            self._rest_ms = 0 if error.is_never else error.retry_after_ms
            return error
        self._held, self._rest_ms = new.dictionaries, 0
        # A longer list of methods needs a connection of its own; the old one finishes its calls.
        for other in self._connections:
            other.leave()
        self._connections = [new, *(other for other in self._connections if not other.ended)]
        return None

    def _finished(self, metadata: AnswerMetadata) -> None:
        """A final frame shows that it works: the next back-off is short again (DR-10)."""
        self._dials = 1
        self._on_final(metadata)

    async def close(self) -> None:
        self._is_closed = True
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait((self._dialling,))
        for connection in self._connections:
            await connection.close()


def parse_address(address: str) -> tuple[str, int]:
    """`host:port` or `[::1]:port`. Raises ValueError."""
    parts = urlsplit(f"//{address}")
    if not parts.hostname or not parts.port:
        raise ValueError(f"{address!r} is no address; it must be host:port")
    return parts.hostname, parts.port


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
