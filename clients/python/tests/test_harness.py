"""The harness of the conformance suite, as the suite runs it: a program of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import unittest
from typing import Any

from tandem_client.wire import (
    AGE, CUSTOM_BINARY, CUSTOM_TEXT, MAX_STALENESS, TOKEN, TRACE_PARENT, Type,
)

from .fake_server import READ_ONLY, STREAM, UNARY, FakeServer, Peer


class HarnessTests(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tandem_client.harness", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        self.addAsyncCleanup(self.end)

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        # Timed: patience with what takes milliseconds; only what hangs takes that long.
        self.assertEqual(await asyncio.wait_for(self.process.wait(), 10), 0)

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")

    async def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        # Timed: patience with what takes milliseconds; only what hangs takes that long.
        line = await asyncio.wait_for(self.process.stdout.readline(), 10)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def test_calls_streams_errors_and_cancels_are_reported(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet([UNARY, STREAM], READ_ONLY)
            request = await peer.expect(Type.REQUEST)
            peer.send(Type.RESPONSE, stream=request.stream, body=request.body + b"!",
                      entries=[(TOKEN, bytes(15) + b"\x07"), (AGE, bytes(3) + b"\x0c")])
            self.assertEqual(list(request.entries), [
                (CUSTOM_TEXT, b"n\0t"), (CUSTOM_BINARY, b"n\0\xff"), (TRACE_PARENT, b"00-trace"),
                (MAX_STALENESS, bytes(3) + b"\x09")])
            request = await peer.expect(Type.REQUEST)
            for body in (b"one", b""):
                peer.send(Type.ITEM, stream=request.stream, body=body)
            peer.send(Type.END, stream=request.stream)
            request = await peer.expect(Type.REQUEST)
            peer.error(request.stream, 5, "NOT_FOUND", flags=0x02)
            await peer.expect(Type.REQUEST)
            await peer.expect(Type.CANCEL)
            await peer.rest()

        def call(number: int, method: str, kind: str, **extras: Any) -> None:
            self.send(id=number, do="call", port="query", method=method, kind=kind, body="6869",
                      key=None, read_only=True, timeout_ms=5000, **extras)

        async with FakeServer(script) as server:
            self.send(id=1, do="open", command=None, query=server.address,
                      methods={"command": [], "query": ["t/U", "t/S"]})
            self.assertEqual(await self.receive(), {"id": 1, "outcome": "ok"})
            call(2, "t/U", "unary", trace_parent="00-trace", max_staleness_ms=9,
                 custom=[{"name": "n", "text": "t"}, {"name": "n", "bytes": "ff"}])
            self.assertEqual(await self.receive(), {
                "id": 2, "outcome": "ok", "body": "686921", "items": [], "replayed": False,
                "token": "00" * 15 + "07", "age_ms": 12})
            call(3, "t/S", "stream")
            self.assertEqual((await self.receive())["items"], ["6f6e65", ""])
            call(4, "t/U", "unary")
            self.assertEqual(await self.receive(), {
                "id": 4, "outcome": "error", "code": 5, "reason": "NOT_FOUND",
                "not_processed": True})
            call(5, "t/U", "unary")
            await asyncio.sleep(0.2)
            self.send(id=6, do="cancel", call=5)
            answers = [await self.receive(), await self.receive()]
            self.assertEqual(sorted(answer["id"] for answer in answers), [5, 6])
            self.assertEqual(next(a for a in answers if a["id"] == 5)["code"], 1)
            self.send(id=7, do="close")
            self.assertEqual(await self.receive(), {"id": 7, "outcome": "ok"})


if __name__ == "__main__":
    unittest.main()
