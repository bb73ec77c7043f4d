"""The client: typed calls over all ports that are repeated only when that is safe."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from .calls import Page
from .errors import MalformedReply
from .keys import uuid7
from .metadata import NO_EXTRAS, Extras
from .options import Role
from .retry import Repeat
from .session import Session

M = TypeVar("M", bound=Message)


class TandemClient(Session):
    """Use it with `async with`, or call `close`. Safe for any number of tasks of one event loop.

    It connects when first needed, and again when a connection is gone. It keeps the highest
    consistency token of all answers, and sends it with each query, so that queries see what this
    client has done and seen.
    """

    async def command(self, method: str, request: Message, reply: type[M], *,
                      key: bytes | None = None, timeout: float | None = None,
                      extras: Extras = NO_EXTRAS) -> M:
        """Does it once, however often it is sent. `key`: the one of an earlier try, or none yet."""
        body = request.SerializeToString()
        answer = await self.call(Role.COMMAND, method, body, repeat=Repeat.KEYED,
                                 key=key or uuid7(), timeout=timeout, extras=extras)
        return _parse(answer.body, reply)

    async def query(self, method: str, request: Message, reply: type[M], *,
                    timeout: float | None = None, extras: Extras = NO_EXTRAS) -> M:
        """One document, not older than anything this client has seen."""
        answer = await self.call(Role.QUERY, method, request.SerializeToString(), timeout=timeout,
                                 extras=extras)
        return _parse(answer.body, reply)

    async def pages(
        self, method: str, request: Message, item: type[M], *, timeout: float | None = None,
        extras: Extras = NO_EXTRAS,
    ) -> AsyncGenerator[M, None]:
        """All documents, page by page as they are asked for; `timeout` is that of each page."""
        rest = type(request)()
        rest.CopyFrom(request)
        while True:
            page = await self.page(method, rest, item, timeout=timeout, extras=extras)
            for document in page.items:
                yield document
            if not page.next_cursor:
                return
            if page.next_cursor == getattr(rest, "cursor", None):
                raise MalformedReply("the cursor of the next page is that of this page")
            setattr(rest, "cursor", page.next_cursor)  # noqa: B010 (Message does not declare it)

    async def page(self, method: str, request: Message, item: type[M], *,
                   timeout: float | None = None, extras: Extras = NO_EXTRAS) -> Page[M]:
        """One page, whole or not at all."""
        raw = await self.collect(Role.QUERY, method, request.SerializeToString(), timeout=timeout,
                                 extras=extras)
        items = [_parse(body, item) for body in raw.items]
        return Page(items, raw.next_cursor, raw.metadata)

    async def stream(self, role: Role, method: str, request: Message, item: type[M], *,
                     extras: Extras = NO_EXTRAS) -> AsyncGenerator[M, None]:
        """Items as they come, without a deadline. Repeated only until the first item has come."""
        body = request.SerializeToString()
        async with aclosing(self.stream_bytes(role, method, body, extras)) as items:
            async for each in items:
                yield _parse(each, item)


def _parse(body: bytes, kind: type[M]) -> M:
    message = kind()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise MalformedReply(f"the answer is no {message.DESCRIPTOR.full_name}: {error}") from None
    return message
