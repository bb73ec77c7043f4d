"""TandemClient against a server that fails on purpose: retries, reconnects, tokens, pages."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import time
import unittest

from tandem_client import (
    Code, DeadlineExceeded, Extras, MalformedReply, Options, Repeat, RetryPolicy, Role,
    TandemClient, TandemError, Token,
)
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.wire import (
    AT_LEAST, HARD, IDEMPOTENCY_KEY, MAX_STALENESS, NOT_PROCESSED, TOKEN, TRACE_PARENT, Frame, Type,
)

from .fake_server import KEYED, STREAM, FakeServer, Peer, Script

GET, LIST = "tandem.orders.v1.OrderQueries/GetUser", "tandem.orders.v1.OrderQueries/ListUsers"
REGISTER = "tandem.orders.v1.OrderCommands/RegisterUser"
OPTIONS = Options(grease=False, retry=RetryPolicy(attempts_max=5, backoff_ms_min=2,
                                                  backoff_ms_max=20), deadline_grace=0.1)


def entry(frame: Frame, tag: int) -> bytes | None:
    return dict(frame.entries).get(tag)


def user(number: int) -> bytes:
    return orders.User(user_id=number).SerializeToString()


class ClientTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.requests: list[Frame] = []

    def answering(self, *steps: str, idempotency: control.MethodInfo.Idempotency = KEYED) -> Script:
        """For each REQUEST of a connection one step: what becomes of it."""
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=idempotency)
            for step in steps:
                request = await peer.expect(Type.REQUEST)
                self.requests.append(request)
                match step:
                    case "answer":
                        peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
                    case "lose":
                        return
                    case "busy":
                        peer.error(request.stream, 14, "BUSY", retry_after_ms=30)
                    case "untouched":
                        peer.error(request.stream, 14, "BUSY", flags=NOT_PROCESSED)
                    case "hard":
                        peer.go_away(flags=HARD, stream=request.stream - 1)
                        return
                    case "soft":
                        peer.go_away(stream=request.stream)
                        peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            await peer.rest()
        return script

    async def register(self, server: FakeServer, key: bytes | None = None) -> orders.UserReply:
        async with TandemClient(command=server.address, options=OPTIONS) as client:
            return await client.command(REGISTER, orders.RegisterUserRequest(name="Ada"),
                                        orders.UserReply, key=key)

    async def call(self, repeat: Repeat, *scripts: Script) -> TandemError | None:
        async with FakeServer(*scripts) as server:
            async with TandemClient(command=server.address, options=OPTIONS) as client:
                try:
                    await client.call(Role.COMMAND, REGISTER, b"", repeat=repeat,
                                      key=b"k" * 16 if repeat is Repeat.KEYED else None)
                except TandemError as error:
                    return error
        return None

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

    async def test_queries_carry_the_highest_token_of_all_answers(self) -> None:
        tokens = [Token(1, 5), Token(1, 3), Token(1, 9), Token(2, 1), Token(2, 2)]
        seen: list[Token | None] = []

        async def script(peer: Peer) -> None:
            await peer.greet()
            for token in tokens:
                request = await peer.expect(Type.REQUEST)
                data = entry(request, AT_LEAST)
                seen.append(Token.decode(data) if data else None)
                peer.send(Type.RESPONSE, stream=request.stream, entries=[(TOKEN, token.encode())],
                          body=user(1))
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                for _ in tokens:
                    await client.query(GET, orders.GetUserRequest(), orders.User)
        self.assertEqual(seen, [None, Token(1, 5), Token(1, 5), Token(1, 9), Token(2, 1)])

    async def test_a_token_of_a_log_that_is_gone_is_forgotten(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet()
            request = await peer.expect(Type.REQUEST)
            self.assertIsNotNone(entry(request, AT_LEAST))
            peer.error(request.stream, 9, "EPOCH_CHANGED", flags=NOT_PROCESSED,
                       retry_after_ms=0xFFFFFFFF)
            request = await peer.expect(Type.REQUEST)
            self.assertIsNone(entry(request, AT_LEAST))
            peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                client.token = Token(1, 7)
                with self.assertRaises(TandemError) as caught:
                    await client.query(GET, orders.GetUserRequest(), orders.User)
                self.assertEqual(caught.exception.reason, "EPOCH_CHANGED")
                await client.query(GET, orders.GetUserRequest(), orders.User)

    async def test_pages_follow_the_cursor_and_a_broken_page_is_read_again_whole(self) -> None:
        cursors: list[bytes] = []

        def serving(cut: bool) -> Script:
            async def script(peer: Peer) -> None:
                await peer.greet([STREAM])
                while (request := await peer.frame()) is not None:
                    cursor = orders.ListUsersRequest.FromString(request.body).cursor
                    cursors.append(cursor)
                    first = 10 * len(cursor)
                    for number in range(first, first + 3):
                        peer.send(Type.ITEM, stream=request.stream, body=user(number))
                    if cut and cursor:
                        return
                    after = b"" if len(cursor) == 2 else cursor + b"c"
                    peer.send(Type.END, stream=request.stream,
                              body=control.StreamEnd(next_cursor=after).SerializeToString())
            return script

        async with FakeServer(serving(True), serving(False)) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                request = orders.ListUsersRequest(page_size=3)
                ids = [one.user_id async for one in client.pages(LIST, request, orders.User)]
        self.assertEqual(ids, [0, 1, 2, 10, 11, 12, 20, 21, 22])
        self.assertEqual(cursors, [b"", b"c", b"c", b"cc"])
        self.assertEqual(request, orders.ListUsersRequest(page_size=3))

    async def test_a_cursor_that_leads_nowhere_is_an_error(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet([STREAM])
            while (request := await peer.frame()) is not None:
                peer.send(Type.END, stream=request.stream,
                          body=control.StreamEnd(next_cursor=b"same").SerializeToString())

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                with self.assertRaises(MalformedReply):
                    async for _ in client.pages(LIST, orders.ListUsersRequest(), orders.User):
                        self.fail("there is no item")

    async def test_a_page_without_end_or_bound_is_refused(self) -> None:
        async def endless(peer: Peer) -> None:
            await peer.greet([STREAM])
            request = await peer.expect(Type.REQUEST)
            credit = 256 << 10
            while True:
                while credit > 0:
                    peer.send(Type.ITEM, stream=request.stream, body=bytes(1000))
                    credit -= 1016
                frame = await peer.frame()
                if frame is None or frame.type != Type.CREDIT:
                    return
                credit += frame.b

        options = Options(grease=False, page_bytes_max=1 << 20)
        async with FakeServer(endless) as server:
            async with TandemClient(query=server.address, options=options) as client:
                with self.assertRaises(TandemError) as caught:
                    await client.page(LIST, orders.ListUsersRequest(), orders.User)
        self.assertEqual(caught.exception.reason, "PAGE_TOO_LARGE")

    async def test_a_stream_gives_its_items_as_they_come_and_cancels_when_left(self) -> None:
        ends: list[Frame] = []

        async def script(peer: Peer) -> None:
            await peer.greet([STREAM])
            request = await peer.expect(Type.REQUEST)
            for number in range(3):
                peer.send(Type.ITEM, stream=request.stream, body=user(number))
            ends.append(await peer.expect(Type.CANCEL))
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                stream = client.stream(Role.QUERY, LIST, orders.ListUsersRequest(), orders.User)
                async for one in stream:
                    if one.user_id == 1:
                        break
                await stream.aclose()
        self.assertEqual(len(ends), 1)

    async def test_the_deadline_is_sent_kept_and_reported_as_unknown(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=KEYED)
            request = await peer.expect(Type.REQUEST)
            self.assertTrue(1 <= request.b <= 2000, request.b)
            await peer.expect(Type.CANCEL)
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(command=server.address, options=OPTIONS) as client:
                # Timed: nothing else ends this call, and the request gets out in that time also on a
                # machine that stands still for a moment.
                timeout = 2
                with self.assertRaises(DeadlineExceeded) as caught:
                    await client.command(REGISTER, orders.RegisterUserRequest(), orders.UserReply,
                                         timeout=timeout)
                self.assertTrue(caught.exception.outcome_unknown)

    async def test_the_servers_own_word_at_the_deadline_is_waited_for(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=KEYED)
            request = await peer.expect(Type.REQUEST)
            await asyncio.sleep(request.b / 1000 + 0.03)
            peer.error(request.stream, 4, "DEADLINE_EXCEEDED", flags=NOT_PROCESSED)
            await peer.rest()

        # Timed: patient, so that a moment in which nothing runs does not end the grace first.
        timeout = 2
        options = dataclasses.replace(OPTIONS, deadline_grace=10)
        async with FakeServer(script) as server:
            async with TandemClient(command=server.address, options=options) as client:
                with self.assertRaises(TandemError) as caught:
                    await client.command(REGISTER, orders.RegisterUserRequest(), orders.UserReply,
                                         timeout=timeout)
        self.assertTrue(caught.exception.not_processed)

    async def test_extras_are_carried(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet()
            request = await peer.expect(Type.REQUEST)
            self.requests.append(request)
            peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            await peer.rest()

        extras = Extras(trace_parent="00-aa-bb-01", max_staleness_ms=700, custom=(("n", "v"),))
        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                await client.query(GET, orders.GetUserRequest(), orders.User, extras=extras)
        (request,) = self.requests
        self.assertEqual(entry(request, TRACE_PARENT), b"00-aa-bb-01")
        self.assertEqual(entry(request, MAX_STALENESS), (700).to_bytes(4))
        self.assertEqual(entry(request, 0x40), b"n\0v")

    async def test_a_method_named_later_gets_a_connection_that_knows_it(self) -> None:
        left: list[Peer] = []

        async def script(peer: Peer) -> None:
            await peer.greet()
            while (request := await peer.frame()) is not None:
                self.assertIn("GetUser", peer.hello.methods[request.a])
                peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            left.append(peer)

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                await client.query(GET, orders.GetUserRequest(), orders.User)
                await client.query(GET + "2", orders.GetUserRequest(), orders.User)
                await client.query(GET, orders.GetUserRequest(), orders.User)
                await asyncio.sleep(0.05)
                self.assertEqual(left, [server.peers[0]], "the old connection was not closed")
        self.assertEqual([len(peer.hello.methods) for peer in server.peers], [1, 2])

    async def test_dictionaries_are_kept_and_named_to_the_next_connection(self) -> None:
        words = b"words"
        name = hashlib.sha256(words).digest()

        async def script(peer: Peer) -> None:
            known = [control.Dictionary(sha256=name, content=words)]
            await peer.greet(features=["zlib"], dictionaries=known)
            request = await peer.expect(Type.REQUEST)
            peer.go_away(stream=request.stream)
            peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                for _ in range(2):
                    await client.query(GET, orders.GetUserRequest(), orders.User)
        self.assertEqual([list(peer.hello.dictionary_sha256) for peer in server.peers],
                         [[], [name]])

    async def test_an_answer_of_another_type_is_an_error_of_its_own(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=KEYED)
            request = await peer.expect(Type.REQUEST)
            peer.send(Type.RESPONSE, stream=request.stream, body=b"\xff\xff")
            await peer.rest()

        async with FakeServer(script) as server:
            with self.assertRaises(MalformedReply) as caught:
                await self.register(server)
        self.assertFalse(caught.exception.outcome_unknown)

    async def test_a_thousand_calls_share_one_connection_within_its_slots(self) -> None:
        most = 0

        async def script(peer: Peer) -> None:
            nonlocal most
            await peer.greet(limits=control.Limits(max_in_flight=7))
            waiting: list[int] = []
            for _ in range(1000):
                request = await peer.expect(Type.REQUEST)
                waiting.append(request.stream)
                most = max(most, len(waiting))
                if len(waiting) == 7 or request.stream > 990:
                    for stream in reversed(waiting):
                        peer.send(Type.RESPONSE, stream=stream, body=user(stream))
                    waiting.clear()
            await peer.rest()

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                replies = await asyncio.gather(*(
                    client.query(GET, orders.GetUserRequest(), orders.User) for _ in range(1000)))
        self.assertEqual(len({reply.user_id for reply in replies}), 1000)
        self.assertEqual((len(server.peers), most), (1, 7))

    async def test_closing_ends_open_calls(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet()
            await peer.rest()

        async with FakeServer(script) as server:
            client = TandemClient(query=server.address, options=OPTIONS)
            call = asyncio.create_task(client.query(GET, orders.GetUserRequest(), orders.User))
            await asyncio.sleep(0.1)
            await client.close()
            with self.assertRaises(TandemError) as caught:
                await call
            self.assertEqual(caught.exception.reason, "CLIENT_CLOSED")
            with self.assertRaises(TandemError):
                await client.query(GET, orders.GetUserRequest(), orders.User)

    async def test_more_names_of_methods_than_hello_has_room_for_are_refused(self) -> None:
        async def silent(peer: Peer) -> None:
            await peer.rest()

        async with FakeServer(silent) as server:
            for names in ([f"s/{number}" for number in range(256)], ["s/" + "x" * 17_000]):
                methods = {Role.QUERY: names}
                async with TandemClient(query=server.address, methods=methods) as client:
                    with self.assertRaises(TandemError) as caught:
                        await client.query("s/one-more", orders.GetUserRequest(), orders.User)
                    self.assertEqual(caught.exception.reason, "TOO_MANY_METHODS")
                    self.assertTrue(caught.exception.is_never)

    async def test_calls_that_wait_for_a_slot_move_on_when_the_connection_ends(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=KEYED, limits=control.Limits(max_in_flight=1))
            await peer.expect(Type.REQUEST)
            await asyncio.sleep(0.05)
            peer.raw(b"\xff\xff\xff\xff")
            await peer.rest()

        async with FakeServer(script, self.answering("answer", "answer", "answer")) as server:
            async with TandemClient(command=server.address, options=OPTIONS) as client:
                outcomes = await asyncio.gather(*(
                    client.call(Role.COMMAND, REGISTER, b"", repeat=Repeat.UNSAFE)
                    for _ in range(4)), return_exceptions=True)
        failed = [one for one in outcomes if isinstance(one, TandemError)]
        self.assertEqual([error.code for error in failed], [Code.INTERNAL])
        self.assertEqual(len(self.requests), 3)

    async def test_a_failed_handshake_is_reported_to_all_who_wait_for_it(self) -> None:
        async def script(peer: Peer) -> None:
            await peer.read_hello()
            await asyncio.sleep(0.05)
            peer.go_away(flags=HARD, code=2)

        async with FakeServer(script) as server:
            async with TandemClient(query=server.address, options=OPTIONS) as client:
                calls = [asyncio.create_task(client.call(Role.QUERY, GET, b"")) for _ in range(3)]
                await asyncio.sleep(0.02)
                calls[0].cancel()
                outcomes = await asyncio.gather(*calls, return_exceptions=True)
        self.assertIsInstance(outcomes[0], asyncio.CancelledError)
        for error in outcomes[1:]:
            assert isinstance(error, TandemError)
            self.assertEqual((error.code, error.reason, error.not_processed, error.is_never),
                             (Code.FAILED_PRECONDITION, "GOAWAY_VERSION", True, True))
        self.assertIsNot(outcomes[1], outcomes[2])
        self.assertEqual(len(server.peers), 1)


if __name__ == "__main__":
    unittest.main()
