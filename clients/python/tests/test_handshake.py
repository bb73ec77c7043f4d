"""The handshake with a server that follows, or breaks, the protocol on purpose."""

from __future__ import annotations

import hashlib
import unittest
from collections.abc import Callable

from tandem_client.connection import Connection
from tandem_client.errors import Code, GoAwayCode, NEVER
from tandem_client.handshake import Options
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import HARD, Type

from .fake_server import Peer, Script, encode
from .connection_case import KINDS, METHODS, NAME, WORDS, ConnectionCase


class HandshakeTests(ConnectionCase):
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

if __name__ == "__main__":
    unittest.main()
