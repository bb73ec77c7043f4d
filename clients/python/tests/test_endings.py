"""PINGs and GOAWAYs: how a connection is kept, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import unittest

from tandem_client.connection import Connection
from tandem_client.errors import Code, GoAwayCode, TandemError
from tandem_client.handshake import Options
from tandem_client.wire import HARD, Frame, Type

from .fake_server import Peer
from .connection_case import KINDS, ConnectionCase


class EndingTests(ConnectionCase):
    async def test_a_server_that_sends_on_behind_our_goaway_is_cut_off(self) -> None:
        cut_off: list[float] = []

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await asyncio.sleep(0.1)
            began = time.monotonic()
            peer.send(Type.WELCOME)
            with contextlib.suppress(ConnectionError):
                while time.monotonic() - began < 8:
                    peer.raw(bytes(1000))
                    await asyncio.sleep(0.01)
            cut_off.append(time.monotonic() - began)

        async def act(connection: Connection) -> None:
            while not cut_off:
                await asyncio.sleep(0.05)

        await self.play(script, act)
        # Timed: not before it has lingered for a second, and a client that never does it takes 8 s.
        self.assertTrue(1 <= cut_off[0] < 8, cut_off)

    async def test_pings_are_answered_in_their_order_amid_an_answer(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            peer.send(Type.ITEM, stream=1)
            for number in range(50):
                peer.send(Type.PING, body=number.to_bytes(8))
            for number in range(50):
                pong = await peer.expect(Type.PONG)
                self.assertEqual(int.from_bytes(pong.body), number)
            peer.send(Type.END, stream=1)
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Stream", b"", (), math.inf, True)
            self.assertEqual(await call.item(), b"")
            self.assertIsNone(await call.item())

        await self.play(script, act)

    async def test_a_hard_goaway_tells_which_calls_were_not_processed(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            for _ in range(2):
                await peer.expect(Type.REQUEST)
            peer.go_away(flags=HARD, code=GoAwayCode.NO_ERROR, stream=1)
            self.assertEqual(await peer.rest(), [])

        async def act(connection: Connection) -> None:
            calls = [await connection.begin("test/Unary", b"", (), math.inf, False)
                     for _ in range(2)]
            errors = []
            for call in calls:
                with self.assertRaises(TandemError) as caught:
                    await call.answer()
                errors.append(caught.exception)
            self.assertEqual([error.not_processed for error in errors], [False, True])
            self.assertEqual([error.outcome_unknown for error in errors], [True, False])

        await self.play(script, act)

    async def test_a_soft_goaway_lets_open_calls_finish_and_then_closes(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            peer.go_away(stream=1)
            peer.go_away(stream=1)
            await asyncio.sleep(0.05)
            peer.send(Type.RESPONSE, stream=1, body=b"late")
            self.assertEqual(await peer.rest(), [])

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Unary", b"", (), math.inf, False)
            answer = await call.answer()
            self.assertEqual(answer.body, b"late")
            self.assertIsNotNone(connection.ended)
            with self.assertRaises(TandemError) as caught:
                await connection.begin("test/Unary", b"", (), math.inf, False)
            self.assertTrue(caught.exception.not_processed)

        await self.play(script, act)

    async def test_silence_is_asked_about_and_then_ended(self) -> None:
        heard: list[Frame] = []

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            ping = await peer.expect(Type.PING)
            peer.send(Type.PONG, body=ping.body)
            heard.extend(await peer.rest())

        async def act(connection: Connection) -> None:
            while connection.ended is None:
                await asyncio.sleep(0.01)
            self.assertEqual((connection.ended.code, connection.ended.reason),
                             (Code.UNAVAILABLE, "TIMEOUT"))

        await self.play(script, act, Options(grease=False, ping_after=0.1, dead_after_ping=2))
        self.assertEqual([frame.type for frame in heard], [Type.PING, Type.GOAWAY])
        self.assertEqual(heard[-1].a, GoAwayCode.TIMEOUT)

if __name__ == "__main__":
    unittest.main()
