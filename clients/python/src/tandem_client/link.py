"""The connection to one port, made anew whenever it is needed and gone (SPEC.md, DR-10, HS-12)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from .connection import Connection
from .errors import ClientError, Code, TandemError
from .handshake import METHODS_MAX
from .metadata import AnswerMetadata
from .options import Options, Role


def parse_address(address: str) -> tuple[str, int]:
    """`host:port` or `[::1]:port`. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{address!r} is no address; it must be host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Link:
    """At most one connection that takes new calls, and those that only finish theirs."""

    def __init__(self, role: Role, address: str, methods: Sequence[str], options: Options,
                 on_final: Callable[[AnswerMetadata], None]) -> None:
        self.role: Final = role
        self._host, self._port = parse_address(address)
        self._methods = list(dict.fromkeys(methods))
        crc32c = not is_loopback(self._host) if options.crc32c is None else options.crc32c
        self._options, self._on_final = replace(options, crc32c=crc32c), on_final
        self._connections: list[Connection] = []
        self._dialling: asyncio.Task[Connection] | None = None
        self._held: dict[bytes, bytes] = {}
        self._failures = 0
        self._has_dialled = False
        self._rest_ms = 0
        self.key_retention_ms = 0
        """As the last WELCOME said; 0 before."""
        self._is_closed = False
        if len(self._methods) > METHODS_MAX:
            raise ValueError(f"a connection has at most {METHODS_MAX} methods")

    async def connection(self, method: str) -> Connection:
        """A connection that knows the method. Raises TandemError: nothing was processed."""
        if method not in self._methods:
            if len(self._methods) == METHODS_MAX:
                raise ClientError(Code.RESOURCE_EXHAUSTED, "TOO_MANY_METHODS",
                                  f"a client calls at most {METHODS_MAX} methods of a port")
            self._methods.append(method)
        while True:
            if self._is_closed:
                raise ClientError(Code.CANCELLED, "CLIENT_CLOSED", "this client was closed")
            for connection in self._connections:
                if connection.is_usable and method in connection.methods:
                    return connection
            if self._dialling is None:
                self._dialling = asyncio.create_task(self._dial())
                self._dialling.add_done_callback(self._dialled)
            try:
                # Shared by all who wait: one of them giving up must not end it for the others.
                connection = await asyncio.shield(self._dialling)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if self._is_closed and (task is None or not task.cancelling()):
                    continue
                raise
            if method in connection.methods:
                return connection

    async def _dial(self) -> Connection:
        if self._has_dialled:
            backoff_ms = self._options.retry.backoff_ms(max(self._failures, 1))
            await asyncio.sleep(max(backoff_ms, self._take_rest_ms()) / 1000)
        self._has_dialled = True
        self._failures += 1  # Until a call has ended well enough to show that it works.
        return await Connection.open(self.role, self._host, self._port, tuple(self._methods),
                                     self._options, self._held, self._finished)

    def _take_rest_ms(self) -> int:
        """What the server asked for when it ended a connection, or refused one; only once."""
        rest, self._rest_ms = self._rest_ms, 0
        for connection in self._connections:
            if connection.ended is not None and not connection.ended.is_never:
                rest = max(rest, connection.ended.retry_after_ms)
        self._connections = [other for other in self._connections if other.ended is None]
        return rest

    def _dialled(self, task: asyncio.Task[Connection]) -> None:
        self._dialling = None
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            if isinstance(error, TandemError) and not error.is_never:
                self._rest_ms = error.retry_after_ms
            return
        connection = task.result()
        self._held = dict(connection.settled.dictionaries)
        self.key_retention_ms = connection.settled.key_retention_ms
        # A longer list of methods needs a connection of its own; the old one finishes its calls.
        for other in self._connections:
            other.leave()
        self._connections.append(connection)

    def _finished(self, metadata: AnswerMetadata) -> None:
        self._failures = 0
        self._on_final(metadata)

    async def close(self) -> None:
        self._is_closed = True
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.gather(self._dialling, return_exceptions=True)
        for connection in self._connections:
            await connection.close()
        self._connections.clear()
