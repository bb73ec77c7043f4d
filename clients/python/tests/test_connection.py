"""Calls of one connection to a server that follows, or breaks, the protocol on purpose."""

from __future__ import annotations

import asyncio
import math
import tracemalloc
import unittest
import zlib
from unittest import mock

from tandem_client.connection import Connection
from tandem_client.errors import Code, GoAwayCode, TandemError
from tandem_client.handshake import Options
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import AGE, CUSTOM_BINARY, HARD, NOT_PROCESSED, REPLAYED, TOKEN, Token, Type

from .fake_server import Peer, encode
from .connection_case import KINDS, NAME, WORDS, ConnectionCase


class CallTests(ConnectionCase):
    async def test_an_answer_has_body_token_age_and_whether_it_is_replayed(self) -> None:
        token = Token(9, 3)

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            request = await peer.expect(Type.REQUEST)
            self.assertEqual((request.a, request.stream, request.b, request.body),
                             (0, 1, 0, b"request"))
            peer.send(Type.RESPONSE, flags=REPLAYED, stream=1, body=b"reply",
                      entries=[(TOKEN, token.encode()), (AGE, b"\0\0\0\x0c")])
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Unary", b"request", (), math.inf, False)
            answer = await call.answer()
            self.assertEqual((answer.body, answer.replayed), (b"reply", True))
            self.assertEqual((answer.metadata.token, answer.metadata.age_ms), (token, 12))
            self.assertEqual(self.finals, [answer.metadata])

        await self.play(script, act)

    async def test_credit_is_given_back_in_portions_of_half_a_window(self) -> None:
        window, item = 16 << 10, 1000

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            credit, sent = window, 0
            while sent < 100:
                while credit > 0 and sent < 100:
                    peer.send(Type.ITEM, stream=1, body=bytes(item - 16))
                    credit, sent = credit - item, sent + 1
                if sent < 100:
                    more = await peer.expect(Type.CREDIT)
                    self.assertGreaterEqual(more.b, window // 2)
                    credit += more.b
                    self.assertLessEqual(credit, window)
            peer.send(Type.END, stream=1,
                      body=control.StreamEnd(next_cursor=b"more").SerializeToString())
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Stream", b"", (), math.inf, True)
            items = 0
            while await call.item() is not None:
                items += 1
            self.assertEqual((items, call.next_cursor), (100, b"more"))

        await self.play(script, act, Options(grease=False, initial_window=window))

    async def test_each_item_has_an_encoding_of_its_own(self) -> None:
        raw = WORDS * 10
        with_words = zlib.compressobj(zdict=WORDS)

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS, features=["zlib"], dictionaries=[
                control.Dictionary(sha256=NAME)])
            self.assertEqual(list(peer.hello.dictionary_sha256), [NAME])
            await peer.expect(Type.REQUEST)
            bodies = ((0, raw), (1, zlib.compress(raw)),
                      (2, with_words.compress(raw) + with_words.flush()))
            for encoding, body in bodies:
                peer.send(Type.ITEM, a=encoding, stream=1, b=len(raw), body=body)
            peer.send(Type.END, stream=1)
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Stream", b"", (), math.inf, True)
            for _ in range(3):
                self.assertEqual(await call.item(), raw)
            self.assertIsNone(await call.item())

        await self.play(script, act, held={NAME: WORDS})

    async def test_what_the_server_must_not_send_ends_the_connection(self) -> None:
        item = encode(Type.ITEM, stream=1, body=bytes(20_000))
        cases: list[tuple[str, bytes, GoAwayCode]] = [
            ("test/Unary", encode(Type.ITEM, stream=1), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.END, stream=1), GoAwayCode.PROTOCOL_ERROR),
            ("test/Stream", encode(Type.RESPONSE, stream=1), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.RESPONSE, stream=9), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.RESPONSE, a=1, stream=1), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.REQUEST, stream=1), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.WELCOME), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(Type.ERROR, a=3, stream=1, body=b"\xff"),
             GoAwayCode.PROTOCOL_ERROR),
            ("test/Stream", encode(Type.END, stream=1, body=b"\xff"), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", encode(0x70), GoAwayCode.PROTOCOL_ERROR),
            ("test/Unary", b"\xff\xff\xff\xff", GoAwayCode.SIZE),
            ("test/Stream", item + item, GoAwayCode.FLOW),
            ("test/Unary", encode(0xF0) * 3000, GoAwayCode.CALM),
        ]
        for method, data, code in cases:
            await self.ends(method, data, code)

    async def ends(self, method: str, data: bytes, code: GoAwayCode) -> None:
        is_over = asyncio.Event()

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            peer.raw(data)
            goaway = await peer.expect(Type.GOAWAY)
            self.assertEqual((goaway.flags, goaway.a), (HARD, code))
            self.assertEqual(await peer.rest(), [], "something came behind GOAWAY")
            is_over.set()

        async def act(connection: Connection) -> None:
            call = await connection.begin(method, b"", (), math.inf, method == "test/Stream")
            with self.assertRaises(TandemError) as caught:
                if method == "test/Stream":
                    # Nobody reads the items of the one without credit: the window stays spent.
                    while data.count(bytes(20_000)) and connection.ended is None:
                        await asyncio.sleep(0.01)
                    while await call.item() is not None:
                        pass
                else:
                    await call.answer()
            self.assertEqual((caught.exception.code, caught.exception.reason),
                             (Code.INTERNAL, "PROTOCOL_VIOLATION"))
            await is_over.wait()

        # The end of the client's direction comes by itself, and not when it is done with lingering.
        with (self.subTest(method=method, data=data[:40].hex()),
              mock.patch("tandem_client.connection.LINGER", 60)):
            await self.play(script, act, Options(grease=False, initial_window=16 << 10))

    async def test_cancel_keeps_the_slot_until_the_final_frame(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS, limits=control.Limits(max_in_flight=1))
            await peer.expect(Type.REQUEST)
            cancel = await peer.expect(Type.CANCEL)
            self.assertEqual(cancel.stream, 1)
            with self.assertRaises(TimeoutError):
                # Timed: nothing may come, and what comes later does not come now.
                await asyncio.wait_for(peer.frame(), 0.1)
            peer.send(Type.ITEM, stream=1, body=b"still on its way")
            peer.error(1, Code.CANCELLED, "CANCELLED")
            second = await peer.expect(Type.REQUEST)
            peer.send(Type.RESPONSE, stream=second.stream)
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Stream", b"", (), math.inf, True)
            call.abandon()
            call.abandon()
            second = await connection.begin("test/Unary", b"", (), math.inf, False)
            await second.answer()

        await self.play(script, act)

    async def test_items_of_an_abandoned_call_are_dropped(self) -> None:
        size, count = 50_000, 5

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            await peer.expect(Type.CANCEL)
            for _ in range(count):
                peer.send(Type.ITEM, stream=1, body=bytes(size))
            peer.send(Type.PING, body=bytes(8))
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Stream", b"", (), math.inf, True)
            call.abandon()
            tracemalloc.start()
            await asyncio.sleep(0.3)
            kept = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            self.assertLess(kept, size * (count - 1))

        await self.play(script, act)

    async def test_checksums_are_on_every_frame_once_agreed(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS, features=["crc32c"])
            await peer.expect(Type.REQUEST)  # The peer's decoder refuses one without.
            peer.send(Type.RESPONSE, stream=1, body=b"checked")
            peer.crc = False
            peer.send(Type.PING, body=bytes(8))
            goaway = await peer.expect(Type.GOAWAY)
            self.assertEqual(goaway.a, GoAwayCode.CHECKSUM)

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Unary", b"", (), math.inf, False)
            self.assertEqual((await call.answer()).body, b"checked")
            while connection.ended is None:
                await asyncio.sleep(0.01)

        await self.play(script, act, Options(crc32c=True))

    async def test_what_would_be_a_violation_is_refused_before_it_is_sent(self) -> None:
        limits = control.Limits(max_frame=1000, max_metadata=100)

        async def script(peer: Peer) -> None:
            await peer.greet(KINDS, limits=limits)
            frames = await peer.rest()
            self.assertEqual([frame.size for frame in frames if frame.type == Type.REQUEST], [1004])

        async def act(connection: Connection) -> None:
            async def refused(method: str, body: bytes, entry: bytes, is_stream: bool) -> str:
                with self.assertRaises(TandemError) as caught:
                    await connection.begin(method, body, [(CUSTOM_BINARY, entry)] if entry else (),
                                           math.inf, is_stream)
                self.assertTrue(caught.exception.not_processed and caught.exception.is_never)
                return caught.exception.reason

            self.assertEqual(await refused("test/Unary", bytes(989), b"", False),
                             "REQUEST_TOO_LARGE")
            self.assertEqual(await refused("test/Unary", b"", bytes(98), False),
                             "METADATA_TOO_LARGE")
            self.assertEqual(await refused("test/Unary", b"", b"", True), "WRONG_KIND")
            await connection.begin("test/Unary", bytes(988), (), math.inf, False)

        await self.play(script, act)

    async def test_an_error_says_all_that_the_server_said(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.expect(Type.REQUEST)
            details = control.ErrorDetails(message="text", info=control.ErrorInfo(
                reason="BUSY", domain="tandem", metadata={"k": "v"}))
            peer.send(Type.ERROR, flags=NOT_PROCESSED, a=14, stream=1, b=70,
                      body=details.SerializeToString())
            await peer.expect(Type.REQUEST)
            peer.error(2, 99, "ODD")
            await peer.rest()

        async def act(connection: Connection) -> None:
            call = await connection.begin("test/Unary", b"", (), math.inf, False)
            with self.assertRaises(TandemError) as caught:
                await call.answer()
            error = caught.exception
            self.assertEqual((error.code, error.reason, error.domain, error.message),
                             (Code.UNAVAILABLE, "BUSY", "tandem", "text"))
            self.assertEqual((error.metadata, error.not_processed, error.retry_after_ms),
                             ({"k": "v"}, True, 70))
            call = await connection.begin("test/Unary", b"", (), math.inf, False)
            with self.assertRaises(TandemError) as caught:
                await call.answer()
            self.assertEqual(caught.exception.code, Code.UNKNOWN)

        await self.play(script, act)


if __name__ == "__main__":
    unittest.main()
