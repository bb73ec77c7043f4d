"""One connection against a server that follows, or breaks, the protocol on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import time
import tracemalloc
import unittest
import zlib
from collections.abc import Awaitable, Callable, Mapping
from unittest import mock

from tandem_client.connection import Connection
from tandem_client.errors import Code, GoAwayCode, NEVER, TandemError
from tandem_client.handshake import Options, Role
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import (
    AGE, CUSTOM_BINARY, HARD, NOT_PROCESSED, REPLAYED, TOKEN, AnswerMetadata, Frame, Token, Type,
)

from .fake_server import STREAM, UNARY, FakeServer, Peer, Script, encode

METHODS = ("test/Unary", "test/Stream")
KINDS = (UNARY, STREAM)
PLAIN = Options(grease=False)
WORDS = b"a dictionary of some words"
NAME = hashlib.sha256(WORDS).digest()


class ConnectionTests(unittest.IsolatedAsyncioTestCase):
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

    async def test_the_handshake_says_who_we_are_and_what_we_want(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS, features=["zlib"], log_epoch=7, server="fake/1")
            await peer.rest()

        async def act(connection: Connection) -> None:
            self.assertEqual((connection.welcome.server, connection.welcome.log_epoch),
                             ("fake/1", 7))

        peer = await self.play(script, act, Options())
        self.assertEqual(peer.preface, bytes.fromhex("f4544e440d0a0102"))
        self.assertEqual(list(peer.hello.methods), list(METHODS))
        self.assertEqual(peer.hello.features[0], "zlib")
        self.assertTrue(peer.hello.features[1].startswith("grease-"))
        self.assertEqual(peer.hello.initial_window, 256 << 10)

    async def test_grease_comes_now_and_then_after_welcome(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(KINDS)
            await peer.rest()

        async def act(connection: Connection) -> None:
            pass

        skipped = [frame for _ in range(80)
                   for frame in (await self.play(script, act, Options())).skipped]
        # One in four of 80: 2 to 45 hold but for one time in a million.
        self.assertTrue(2 <= len(skipped) <= 45, len(skipped))
        self.assertTrue(all(frame.type >= 0xF0 for frame in skipped))

    async def test_a_welcome_that_does_not_answer_hello_is_refused(self) -> None:
        def answer(change: Callable[[control.Welcome], None]) -> Script:
            async def script(peer: Peer) -> None:
                await peer.read_hello()
                welcome = peer.welcome(KINDS)
                change(welcome)
                peer.send(Type.WELCOME, body=welcome.SerializeToString())
                goaway = await peer.expect(Type.GOAWAY)
                self.assertEqual((goaway.flags, goaway.a), (HARD, GoAwayCode.PROTOCOL_ERROR))
            return script

        many = [control.Dictionary(sha256=hashlib.sha256(bytes([n])).digest(), content=bytes([n]))
                for n in range(25)]
        bad_dictionary = control.Dictionary(sha256=NAME, content=WORDS + b"!")
        for change in (
            lambda welcome: welcome.features.append("crc32c"),
            lambda welcome: welcome.features.append("other"),
            lambda welcome: welcome.methods.add(),
            lambda welcome: welcome.methods.pop(),
            lambda welcome: setattr(welcome, "minor", 1),
            lambda welcome: setattr(welcome.methods[0], "kind", 0),
            lambda welcome: welcome.dictionaries.append(bad_dictionary),
            lambda welcome: welcome.dictionaries.append(control.Dictionary(sha256=NAME)),
            lambda welcome: welcome.dictionaries.extend(many),
        ):
            error = await self.fails(answer(change))
            self.assertEqual((error.code, error.reason), (Code.INTERNAL, "PROTOCOL_VIOLATION"))

    async def test_only_goaway_may_come_before_welcome(self) -> None:
        def sending(data: bytes) -> Script:
            async def script(peer: Peer) -> None:
                await peer.read_hello()
                peer.raw(data)
                await peer.expect(Type.GOAWAY)
            return script

        for data in (encode(Type.PING, body=bytes(8)), encode(0xF0), encode(Type.END, stream=1),
                     encode(Type.WELCOME, body=b"\xff"), b"tandem: this is no HTTP server\r\n"):
            self.assertEqual((await self.fails(sending(data))).reason, "PROTOCOL_VIOLATION")

    async def test_refusals_say_whether_to_come_again(self) -> None:
        for code, status, wait in (
            (GoAwayCode.VERSION, Code.FAILED_PRECONDITION, NEVER),
            (GoAwayCode.CLUSTER, Code.FAILED_PRECONDITION, NEVER),
            (GoAwayCode.PROTOCOL_ERROR, Code.FAILED_PRECONDITION, NEVER),
            (GoAwayCode.LIMIT, Code.UNAVAILABLE, 1000),
            (GoAwayCode.NO_ERROR, Code.UNAVAILABLE, 0),
        ):
            async def script(peer: Peer, code: GoAwayCode = code) -> None:
                await peer.read_hello()
                peer.go_away(flags=HARD, code=code)

            error = await self.fails(script)
            self.assertEqual((error.code, error.retry_after_ms), (status, wait))

    async def test_a_server_that_says_nothing_is_given_up(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.read_hello()
            await peer.rest()

        # Timed: nothing else can end it, at once or late.
        error = await self.fails(script, Options(connect_timeout=0.1))
        self.assertEqual(error.reason, "CONNECT_FAILED")

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

        await self.play(script, act, Options(grease=False, ping_after=0.1, dead_after_ping=0.2))
        self.assertEqual([frame.type for frame in heard], [Type.PING, Type.GOAWAY])
        self.assertEqual(heard[-1].a, GoAwayCode.TIMEOUT)

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
