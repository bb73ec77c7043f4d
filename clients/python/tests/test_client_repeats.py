"""TandemClient against a server that fails on purpose: retries and reconnects."""

from __future__ import annotations

import time
import unittest

from tandem_client import Code, Options, Repeat, RetryPolicy, TandemClient, TandemError
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.wire import HARD, IDEMPOTENCY_KEY

from .fake_server import KEYED, FakeServer, Peer, Script
from .client_case import GET, OPTIONS, REGISTER, ClientCase, entry


class RepeatTests(ClientCase):
    async def test_a_command_whose_answer_was_lost_is_sent_again_with_key_and_bytes(self) -> None:
        async with FakeServer(self.answering("lose"), self.answering("answer")) as server:
            reply = await self.register(server)
        self.assertEqual(reply.user_id, 1)
        first, second = self.requests
        self.assertEqual(first.body, second.body)
        key = entry(first, IDEMPOTENCY_KEY)
        assert key is not None
        self.assertEqual(key, entry(second, IDEMPOTENCY_KEY))
        self.assertEqual((len(key), key[6] >> 4), (16, 7))

    async def test_a_call_without_key_is_repeated_only_if_nothing_was_done(self) -> None:
        error = await self.call(Repeat.UNSAFE, self.answering("lose"), self.answering("answer"))
        assert error is not None
        self.assertEqual((error.code, error.outcome_unknown), (Code.UNAVAILABLE, True))
        self.assertEqual(len(self.requests), 1)
        for step in ("untouched", "hard"):
            self.assertIsNone(await self.call(Repeat.UNSAFE, self.answering(step, "answer"),
                                              self.answering("answer")))

    async def test_the_servers_word_on_idempotency_counts_too(self) -> None:
        """IK-17: whoever calls a KEYED method READ_ONLY is not believed."""
        error = await self.call(Repeat.READ_ONLY, self.answering("lose"), self.answering("answer"))
        self.assertIsNotNone(error)
        odd = control.MethodInfo.IDEMPOTENCY_UNSPECIFIED
        error = await self.call(Repeat.KEYED, self.answering("lose", idempotency=odd),
                                self.answering("answer", idempotency=odd))
        self.assertIsNotNone(error)

    async def test_retry_after_is_waited(self) -> None:
        began = time.monotonic()
        self.assertIsNone(await self.call(Repeat.KEYED, self.answering("busy", "busy", "answer")))
        # Timed: a lower bound, counted from before the wait can begin.
        self.assertGreaterEqual(time.monotonic() - began, 0.06)
        self.assertEqual(len(self.requests), 3)

    async def test_a_command_is_not_repeated_under_a_key_that_the_server_may_forget(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=KEYED, key_retention_ms=60_000)
            # After the second wait the key would be too old, on any machine.
            waits_ms = [20, 61_000]
            while (request := await peer.frame()) is not None:
                self.requests.append(request)
                peer.error(request.stream, 14, "BUSY", retry_after_ms=waits_ms.pop(0))

        error = await self.call(Repeat.KEYED, script)
        assert error is not None
        self.assertTrue(error.outcome_unknown)
        self.assertEqual(len(self.requests), 2)

    async def test_goaways_lead_to_another_connection(self) -> None:
        async with FakeServer(self.answering("soft"), self.answering("hard"),
                              self.answering("answer", "answer")) as server:
            async with TandemClient(command=server.address, options=OPTIONS) as client:
                for _ in range(3):
                    await client.command(REGISTER, orders.RegisterUserRequest(), orders.UserReply)
        self.assertEqual(len(server.peers), 3)

    async def test_attempts_are_bounded_and_reconnects_back_off(self) -> None:
        began = time.monotonic()
        error = await self.call(Repeat.KEYED, self.answering("lose"))
        assert error is not None
        self.assertEqual((error.reason, len(self.requests)), ("CONNECTION_LOST", 5))
        # Timed: a lower bound, counted from before the wait can begin.
        self.assertGreater(time.monotonic() - began, 0.02)

    async def test_calls_that_are_not_repeated_wait_all_the_same_to_reconnect(self) -> None:
        begins: list[float] = []

        def refusing(code: int) -> Script:
            async def script(peer: Peer) -> None:
                begins.append(time.monotonic())
                await peer.read_hello()
                peer.go_away(flags=HARD, code=code)
            return script

        for code, least in ((0, 0.15), (7, 1.0), (8, 1.0)):
            begins.clear()
            policy = RetryPolicy(attempts_max=1, backoff_ms_min=300)
            async with FakeServer(refusing(code)) as server:
                async with TandemClient(query=server.address,
                                        options=Options(retry=policy)) as client:
                    for _ in range(2):
                        with self.assertRaises(TandemError):
                            await client.query(GET, orders.GetUserRequest(), orders.User)
            # Timed: a lower bound, counted from before the wait can begin.
            self.assertGreaterEqual(begins[1] - begins[0], least, f"after GOAWAY {code}")

    async def test_nobody_there_is_unavailable_and_not_processed(self) -> None:
        async with FakeServer(self.answering()) as server:
            address = server.address
        async with TandemClient(query=address, options=OPTIONS) as client:
            with self.assertRaises(TandemError) as caught:
                await client.query(GET, orders.GetUserRequest(), orders.User, timeout=10)
        error = caught.exception
        self.assertEqual((error.code, error.reason, error.not_processed),
                         (Code.UNAVAILABLE, "CONNECT_FAILED", True))

if __name__ == "__main__":
    unittest.main()
