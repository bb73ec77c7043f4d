"""The client: calls over all ports that are repeated only when that is safe."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from google.protobuf.message import DecodeError, Message

from .call import Answer, Call
from .errors import ClientError, Code, DeadlineExceeded, MalformedReply, TandemError
from .handshake import Options, Role
from .port import Port
from .retry import Repeat, Retries
from .wire import (
    AT_LEAST, CUSTOM_BINARY, CUSTOM_TEXT, IDEMPOTENCY_KEY, MAX_STALENESS, TRACE_PARENT,
    AnswerMetadata, Custom, Token,
)

T = TypeVar("T")
M = TypeVar("M", bound=Message)


def uuid7() -> bytes:
    """A new idempotency key: a UUID of version 7, whose age a server can tell (IK-01)."""
    value = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return value.to_bytes(16)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a call may carry besides its request. Raises ValueError for a name that cannot be."""

    trace_parent: str | None = None
    max_staleness_ms: int | None = None
    """Queries: rather fail than give an answer that is older."""
    custom: Custom = ()

    def __post_init__(self) -> None:
        if any(not name or "\0" in name for name, _ in self.custom):
            raise ValueError("the name of a custom entry is not empty and has no zero byte")

    def entries(self) -> list[tuple[int, bytes]]:
        entries = [(CUSTOM_TEXT, f"{name}\0{value}".encode()) if isinstance(value, str)
                   else (CUSTOM_BINARY, name.encode() + b"\0" + value)
                   for name, value in self.custom]
        if self.trace_parent is not None:
            entries.append((TRACE_PARENT, self.trace_parent.encode()))
        if self.max_staleness_ms is not None:
            entries.append((MAX_STALENESS, self.max_staleness_ms.to_bytes(4)))
        return entries


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """All items of one END, and where the next page begins; an empty cursor: nowhere."""

    items: list[T]
    next_cursor: bytes
    metadata: AnswerMetadata


class TandemClient:
    """Use it with `async with`, or call `close`. Safe for any number of tasks of one event loop.

    It connects when first needed, and again when a connection is gone. It keeps the highest
    consistency token of all answers, and sends it with each query, so that queries see what this
    client has done and seen (section 10).
    """

    def __init__(self, *, command: str | None = None, query: str | None = None,
                 feed: str | None = None, methods: Mapping[Role, Iterable[str]] | None = None,
                 options: Options | None = None) -> None:
        """Addresses are `host:port`. `methods` saves a reconnect when a method is first called."""
        self.token: Token | None = None
        """Set it to take up another client's session; None forgets it."""
        self._options, listed = options or Options(), methods or {}
        self._ports = {
            role: Port(role, address, listed.get(role, ()), self._options, self._observe)
            for role, address in zip(Role, (command, query, feed)) if address is not None}

    async def command(self, method: str, request: Message, reply: type[M], *,
                      key: bytes | None = None, timeout: float | None = None,
                      extras: Extras = Extras()) -> M:
        """Does it once, however often it is sent. `key`: the one of an earlier try, or none yet."""
        answer = await self.call(Role.COMMAND, method, request.SerializeToString(),
                                 repeat=Repeat.KEYED, key=key or uuid7(), timeout=timeout,
                                 extras=extras)
        return _parse(answer.body, reply)

    async def query(self, method: str, request: Message, reply: type[M], *,
                    timeout: float | None = None, extras: Extras = Extras()) -> M:
        """One document, not older than anything this client has seen."""
        answer = await self.call(Role.QUERY, method, request.SerializeToString(), timeout=timeout,
                                 extras=extras)
        return _parse(answer.body, reply)

    async def pages(self, method: str, request: Message, item: type[M], *,
                    timeout: float | None = None,
                    extras: Extras = Extras()) -> AsyncGenerator[M, None]:
        """All documents, page by page as they are asked for; `timeout` is that of each page."""
        rest: Any = type(request).FromString(request.SerializeToString())
        while True:
            page = await self.page(method, rest, item, timeout=timeout, extras=extras)
            for document in page.items:
                yield document
            if not page.next_cursor:  # ST-08
                return
            if page.next_cursor == rest.cursor:
                raise MalformedReply("the cursor of the next page is that of this page")
            rest.cursor = page.next_cursor

    async def page(self, method: str, request: Message, item: type[M], *,
                   timeout: float | None = None, extras: Extras = Extras()) -> Page[M]:
        """One page, whole or not at all."""
        raw = await self.collect(Role.QUERY, method, request.SerializeToString(), timeout=timeout,
                                 extras=extras)
        return Page([_parse(body, item) for body in raw.items], raw.next_cursor, raw.metadata)

    async def stream(self, role: Role, method: str, request: Message, item: type[M], *,
                     extras: Extras = Extras()) -> AsyncGenerator[M, None]:
        """Items as they come, without a deadline. Repeated only until the first item has come."""

        async def first(call: Call) -> tuple[Call, bytes | None]:
            return call, await call.item()

        call, body = await self._run(role, method, request.SerializeToString(), first,
                                     is_stream=True, timeout=math.inf, extras=extras)
        try:
            while body is not None:
                yield _parse(body, item)
                body = await call.item()
        finally:
            call.abandon()

    async def call(self, role: Role, method: str, body: bytes, *,
                   repeat: Repeat = Repeat.READ_ONLY, key: bytes | None = None,
                   timeout: float | None = None, extras: Extras = Extras()) -> Answer:
        """A unary call in bytes, with all that an answer says. Raises TandemError."""
        return await self._run(role, method, body, Call.answer, repeat=repeat, key=key,
                               timeout=timeout, extras=extras)

    async def collect(self, role: Role, method: str, body: bytes, *,
                      repeat: Repeat = Repeat.READ_ONLY, timeout: float | None = None,
                      extras: Extras = Extras()) -> Page[bytes]:
        """A stream with an end, as a whole: never a part of it (ST-07). Raises TandemError."""

        async def read(call: Call) -> Page[bytes]:
            items, size = list[bytes](), 0
            while (item := await call.item()) is not None:
                items.append(item)
                size += len(item) + 64  # So that a flood of empty items counts, too.
                if size > self._options.page_bytes_max:
                    raise ClientError(Code.RESOURCE_EXHAUSTED, "PAGE_TOO_LARGE", "a page is longer "
                                      f"than {self._options.page_bytes_max} bytes")
            return Page(items, call.next_cursor, call.metadata)

        return await self._run(role, method, body, read, is_stream=True, repeat=repeat,
                               timeout=timeout, extras=extras)

    async def close(self) -> None:
        """Ends all calls: those that are open fail with CANCELLED / CLIENT_CLOSED."""
        for port in self._ports.values():
            await port.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, role: Role, method: str, body: bytes,
                   read: Callable[[Call], Awaitable[T]], *, is_stream: bool = False,
                   repeat: Repeat = Repeat.READ_ONLY, key: bytes | None = None,
                   timeout: float | None, extras: Extras) -> T:
        """Sends the same bytes under the same key (IK-06) until `read` has what it wants."""
        port = self._ports.get(role)
        if port is None:
            raise ClientError(Code.FAILED_PRECONDITION, "NO_ADDRESS", "this client was given no "
                              f"address of a {role.name.lower()} port")
        if key is not None and len(key) != 16:
            raise ClientError(Code.INVALID_ARGUMENT, "KEY_MALFORMED", "a key has 16 bytes")
        timeout = self._options.timeout if timeout is None else timeout
        deadline = math.inf if timeout is None else asyncio.get_running_loop().time() + timeout
        retries = Retries(self._options.retry, repeat, deadline)
        while True:
            call: Call | None = None
            entries, token = extras.entries(), self.token if role is Role.QUERY else None
            if key is not None:
                entries.append((IDEMPOTENCY_KEY, key))
            if token is not None:
                entries.append((AT_LEAST, token.encode()))
            try:
                async with asyncio.timeout_at(_finite(retries.latest)) as patience:
                    connection = await port.connection(method)
                    call = await connection.begin(method, body, entries, deadline, is_stream)
                    retries.sent(connection.method(method).idempotency,
                                 connection.key_retention_ms if key is not None else 0)
                    # A little longer: the server's own word says what became of it (CA-07).
                    patience.reschedule(_finite(deadline + self._options.deadline_grace))
                    return await read(call)
            except BaseException as error:
                if call is not None:
                    call.abandon()
                if isinstance(error, TandemError):
                    failure = error
                elif isinstance(error, TimeoutError):
                    failure = DeadlineExceeded(
                        Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
                        f"{method} had no answer within {timeout} s", not_processed=call is None)
                else:
                    raise
            if failure.reason == "EPOCH_CHANGED" and self.token == token:
                self.token = None  # Its log is gone (CS-09).
            await retries.wait_after(failure)

    def _observe(self, metadata: AnswerMetadata) -> None:
        """Keeps the highest token; one of another log replaces it."""
        new, old = metadata.token, self.token
        if new and (not old or new.epoch != old.epoch or new.position > old.position):
            self.token = new


def _finite(when: float) -> float | None:
    """As asyncio says it: None is no deadline."""
    return None if when == math.inf else when


def _parse(body: bytes, kind: type[M]) -> M:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise MalformedReply(f"the answer is no {kind.DESCRIPTOR.full_name}: {error}") from None
