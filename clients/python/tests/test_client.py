"""TandemClient against a server that does as it is told: tokens, pages, deadlines, slots."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import unittest

from tandem_client import (
    Code, DeadlineExceeded, Extras, MalformedReply, Options, Repeat, Role,
    TandemClient, TandemError, Token,
)
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.wire import (
    AT_LEAST, HARD, MAX_STALENESS, NOT_PROCESSED, TOKEN, TRACE_PARENT, Frame, Type,
)

from .fake_server import KEYED, STREAM, FakeServer, Peer, Script
from .client_case import GET, LIST, OPTIONS, REGISTER, ClientCase, entry, user


class ClientTests(ClientCase):
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
                # Timed: nothing else ends this call, and the request gets out in that time also on
                # a machine that stands still for a moment.
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
