"""Whatever a server sends: a typed error soon, no other exception, and no memory without bound."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tracemalloc
import unittest
import zlib

from tandem_client import Options, RetryPolicy, Role, TandemClient, TandemError
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import AGE, TOKEN, Frame, Type

from .fake_server import STREAM, FakeServer, Peer, Script, encode

ONCE = Options(grease=False, timeout=5.0, deadline_grace=0.0, connect_timeout=1.0,
               retry=RetryPolicy(attempts_max=1), page_bytes_max=8 << 20)
ROUNDS = 300


def answers() -> bytes:
    """One of everything that a server may send to a stream."""
    end = control.StreamEnd(next_cursor=b"c").SerializeToString()
    error = control.ErrorDetails(message="m", info=control.ErrorInfo(
        reason="R", domain="d", metadata={"k": "v"})).SerializeToString()
    raw = b"a document " * 9
    return (encode(Type.PING, body=bytes(8)) + encode(0xF1, body=b"grease")
            + encode(Type.ITEM, stream=1, entries=[(AGE, b"\0\0\0\1")], body=b"item")
            + encode(Type.ITEM, a=1, stream=1, b=len(raw), body=zlib.compress(raw))
            + encode(Type.END, stream=1, entries=[(TOKEN, bytes(16))], body=end)
            + encode(Type.ERROR, a=5, stream=2, b=7, body=error)
            + encode(Type.GOAWAY, stream=2, body=b"\x0a\x03bye"))


class HostileTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.problems: list[str] = []

    async def call(self, *scripts: Script) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: self.problems.append(str(context)))
        async with FakeServer(*scripts) as server:
            async with TandemClient(query=server.address, options=ONCE) as client:
                try:
                    await client.collect(Role.QUERY, "test/Stream", b"")
                except TandemError:
                    pass
        self.assertEqual(self.problems, [])

    async def test_mutated_answers(self) -> None:
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for number in range(ROUNDS):
            data = bytearray(answers())
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)

            async def script(peer: Peer, data: bytes = bytes(data)) -> None:
                await peer.greet([STREAM], features=["zlib"])
                await peer.expect(Type.REQUEST)
                peer.raw(data)
                peer.close()

            with self.subTest(seed=seed, number=number):
                await self.call(script)

    async def test_mutated_welcomes(self) -> None:
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for number in range(ROUNDS):
            async def script(peer: Peer) -> None:
                await peer.read_hello()
                data = bytearray(encode(Type.WELCOME,
                                        body=peer.welcome([STREAM]).SerializeToString()))
                for _ in range(chance.randrange(1, 6)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                peer.raw(bytes(data) + answers())
                peer.close()

            with self.subTest(seed=seed, number=number):
                await self.call(script)

    async def test_floods_are_cut_off_by_goaway_within_bounded_memory(self) -> None:
        flood = {
            "pings": encode(Type.PING, body=bytes(8)) * 1000,
            "pongs": encode(Type.PONG, body=bytes(8)) * 1000,
            "grease": encode(0xF0, body=bytes(6_000)) * 10,
            "soft goaways": encode(Type.GOAWAY) * 1000,
            "empty items": encode(Type.ITEM, stream=1) * 1000,
            "large items": encode(Type.ITEM, stream=1, body=bytes(200_000)),
            "frames too long": encode(Type.ITEM, stream=1, body=bytes(5_000_000)),
            "bombs": encode(Type.ITEM, a=1, stream=1, b=100, body=zlib.compress(bytes(4 << 20))),
            "promises": encode(Type.ITEM, a=1, stream=1, b=0xFFFFFFFF, body=b"x" * 100),
        }
        for name, data in flood.items():
            seen: list[Frame] = []

            async def script(peer: Peer, data: bytes = data, seen: list[Frame] = seen) -> None:
                await peer.greet([STREAM], features=["zlib"])
                await peer.expect(Type.REQUEST)
                reading = asyncio.create_task(peer.rest())
                with contextlib.suppress(ConnectionError):
                    for _ in range(2000):
                        if reading.done():
                            break
                        peer.raw(data)
                        await peer.flush()
                seen.extend(await reading)

            with self.subTest(name):
                tracemalloc.start()
                await self.call(script)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                # Items beyond what a page may hold are no violation, but nobody wants them.
                expected = Type.CANCEL if name == "large items" else Type.GOAWAY
                self.assertIn(expected, [frame.type for frame in seen])
                self.assertLess(peak, 24 << 20)


if __name__ == "__main__":
    unittest.main()
