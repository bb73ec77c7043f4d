"""What the tests of a connection have in common."""

from __future__ import annotations

import asyncio
import hashlib
import unittest
from collections.abc import Awaitable, Callable, Mapping

from tandem_client.connection import Connection
from tandem_client.errors import TandemError
from tandem_client.handshake import Options, Role
from tandem_client.wire import AnswerMetadata

from .fake_server import STREAM, UNARY, FakeServer, Peer, Script

METHODS = ("test/Unary", "test/Stream")
KINDS = (UNARY, STREAM)
PLAIN = Options(grease=False)
WORDS = b"a dictionary of some words"
NAME = hashlib.sha256(WORDS).digest()


class ConnectionCase(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.finals: list[AnswerMetadata] = []

    async def play(self, script: Script, act: Callable[[Connection], Awaitable[None]],
                   options: Options = PLAIN, held: Mapping[bytes, bytes] | None = None) -> Peer:
        async with FakeServer(script) as server:
            host, port = server.address.split(":")
            connection = Connection(Role.QUERY, METHODS, options, held or {}, self.finals.append)
            await connection.connect(host, int(port))
            # Timed: patience with what takes milliseconds; only what hangs takes that long.
            async with asyncio.timeout(10):
                await act(connection)
            await connection.close()
        return server.peers[0]

    async def fails(self, script: Script, options: Options = PLAIN) -> TandemError:
        """What opening the connection ends with."""
        async def act(_: Connection) -> None:
            self.fail("the connection was opened")

        with self.assertRaises(TandemError) as caught:
            await self.play(script, act, options)
        self.assertTrue(caught.exception.not_processed)
        return caught.exception
