"""Calls in bytes, repeated only when that is safe, with the session's consistency token."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from .calls import Answer, Call, End, Page
from .errors import ClientError, Code, DeadlineExceeded, TandemError
from .link import Link
from .metadata import (
    AT_LEAST, IDEMPOTENCY_KEY, NO_EXTRAS, AnswerMetadata, Entries, Extras, Token,
)
from .options import Options, Role
from .proto.control.v1 import control_pb2 as control
from .retry import Repeat, with_retries

Idempotency = control.MethodInfo.Idempotency
T = TypeVar("T")


_READ_ONLY, _KEYED = control.MethodInfo.READ_ONLY, control.MethodInfo.KEYED
# What WELCOME may call a method that is repeated for that reason.
_SAFE: Final[Mapping[Repeat, tuple[Idempotency, ...]]] = {
    Repeat.READ_ONLY: (_READ_ONLY,), Repeat.KEYED: (_READ_ONLY, _KEYED), Repeat.UNSAFE: ()}


class Session:
    """What TandemClient does, without its types."""

    def __init__(self, *, command: str | None = None, query: str | None = None,
                 feed: str | None = None, methods: Mapping[Role, Iterable[str]] | None = None,
                 options: Options | None = None) -> None:
        """Addresses are `host:port`. `methods` saves a reconnect when a method is first called."""
        self.token: Token | None = None
        """Set it to take up another client's session; None forgets it."""
        self._options = options or Options()
        listed = methods or {}
        self._links = {
            role: Link(role, address, list(listed.get(role, ())), self._options, self._observe)
            for role, address in ((Role.COMMAND, command), (Role.QUERY, query), (Role.FEED, feed))
            if address is not None
        }

    async def call(self, role: Role, method: str, body: bytes, *,
                   repeat: Repeat = Repeat.READ_ONLY, key: bytes | None = None,
                   timeout: float | None = None, extras: Extras = NO_EXTRAS) -> Answer:
        """A unary call in bytes, with all that an answer says. Raises TandemError."""
        if key is not None and len(key) != 16:
            raise ClientError(Code.INVALID_ARGUMENT, "KEY_MALFORMED", "a key has 16 bytes")
        return await self._run(role, method, body, repeat, key, timeout, extras, False, Call.answer)

    async def collect(self, role: Role, method: str, body: bytes, *,
                      repeat: Repeat = Repeat.READ_ONLY, timeout: float | None = None,
                      extras: Extras = NO_EXTRAS) -> Page[bytes]:
        """A stream with an end, as a whole: never a part of it. Raises TandemError."""

        async def read(call: Call) -> Page[bytes]:
            items: list[bytes] = []
            size = 0
            while not isinstance(item := await call.item(), End):
                items.append(item)
                size += len(item) + 64  # So that a flood of empty items counts, too.
                if size > self._options.page_bytes_max:
                    raise ClientError(Code.RESOURCE_EXHAUSTED, "PAGE_TOO_LARGE", "a page is longer "
                                      f"than {self._options.page_bytes_max} bytes")
            return Page(items, item.next_cursor, item.metadata)

        return await self._run(role, method, body, repeat, None, timeout, extras, True, read)

    async def stream_bytes(self, role: Role, method: str, body: bytes,
                           extras: Extras = NO_EXTRAS) -> AsyncGenerator[bytes, None]:
        """Items as they come, without a deadline. Repeated only until the first item has come."""
        call: Call | None = None

        async def first() -> bytes | End:
            nonlocal call
            connection = await self._link(role).connection(method)
            call = await connection.begin(method, body, self._entries(role, None, extras), None,
                                          True)
            return await call.item()

        try:
            one = await with_retries(first, lambda _: Repeat.READ_ONLY, self._options.retry, None)
            while not isinstance(one, End) and call is not None:
                yield one
                one = await call.item()
        finally:
            if call is not None:
                call.abandon()

    async def _run(self, role: Role, method: str, body: bytes, repeat: Repeat, key: bytes | None,
                   timeout: float | None, extras: Extras, is_stream: bool,
                   read: Callable[[Call], Coroutine[Any, Any, T]]) -> T:
        link, clock = self._link(role), asyncio.get_running_loop().time
        timeout = self._options.timeout if timeout is None else timeout
        deadline = None if timeout is None else clock() + timeout
        known: Idempotency = control.MethodInfo.IDEMPOTENCY_UNSPECIFIED
        first_sent: float | None = None

        def key_expires() -> float:
            """When the server may forget the answer: sent again, the command would run again."""
            if key is None or first_sent is None or not link.key_retention_ms:
                return math.inf
            return first_sent + link.key_retention_ms / 1000

        async def attempt() -> T:
            nonlocal known, first_sent
            call: Call | None = None
            entries = self._entries(role, key, extras)
            latest = min(math.inf if deadline is None else deadline, key_expires())
            try:
                async with asyncio.timeout_at(None if latest == math.inf else latest) as patience:
                    connection = await link.connection(method)
                    known = connection.method(method).idempotency
                    call = await connection.begin(method, body, entries, deadline, is_stream)
                    first_sent = first_sent or clock()
                    # A little longer: the server's own word says what became of it (CA-07).
                    patience.reschedule(
                        None if deadline is None else deadline + self._options.deadline_grace)
                    return await read(call)
            except TimeoutError:
                raise DeadlineExceeded(f"{method} had no answer within {timeout} s",
                                       not_processed=call is None) from None
            except TandemError as error:
                self._forget(error, entries)
                raise
            finally:
                if call is not None:
                    call.abandon()

        def safe(wait: float) -> Repeat | None:
            if clock() + wait >= key_expires():
                return None  # IK-10
            # The caller's word and the server's must agree (IK-14).
            return repeat if known in _SAFE[repeat] else Repeat.UNSAFE

        return await with_retries(attempt, safe, self._options.retry, deadline)

    def _link(self, role: Role) -> Link:
        if role not in self._links:
            raise ClientError(Code.FAILED_PRECONDITION, "NO_ADDRESS", "this client was given no "
                              f"address of a {role.name.lower()} port")
        return self._links[role]

    def _entries(self, role: Role, key: bytes | None, extras: Extras) -> Entries:
        keyed = [] if key is None else [(IDEMPOTENCY_KEY, key)]
        seen = [] if role is not Role.QUERY or self.token is None else [
            (AT_LEAST, self.token.encode())]
        return (*keyed, *seen, *extras.entries())

    def _observe(self, metadata: AnswerMetadata) -> None:
        """Keeps the highest token; one of another log replaces it."""
        new, old = metadata.token, self.token
        if new and (not old or new.epoch != old.epoch or new.position > old.position):
            self.token = new

    def _forget(self, error: TandemError, sent: Entries) -> None:
        """CS-04: the log that the token belongs to is gone."""
        if (error.reason == "EPOCH_CHANGED" and self.token is not None
                and (AT_LEAST, self.token.encode()) in sent):
            self.token = None

    async def close(self) -> None:
        """Ends all calls: those that are open fail with CANCELLED / CLIENT_CLOSED."""
        for link in self._links.values():
            await link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.close()
