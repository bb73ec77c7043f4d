"""The client against tandem-server itself."""

from __future__ import annotations

import asyncio
import pathlib
import sys
import unittest

from tandem_client import (
    Code, Extras, Options, Repeat, Role, ServerError, TandemClient, TandemError, Token, uuid7,
)
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.proto.feed.v1 import feed_pb2 as feed
from tandem_client.proto.meta.v1 import meta_pb2 as meta
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.proto.test.v1 import test_pb2 as test

from .real_server import REASON, RealServer, is_there

COMMANDS, QUERIES = "tandem.orders.v1.OrderCommands", "tandem.orders.v1.OrderQueries"
TEST = "tandem.test.v1.Test"


@unittest.skipUnless(is_there(), REASON)
class ServerTests(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.server = RealServer()
        await self.server.start()
        self.addAsyncCleanup(self.server.__aexit__, None, None, None)

    def client(self, options: Options | None = None) -> TandemClient:
        return TandemClient(command=self.server.command, query=self.server.query,
                            feed=self.server.feed, options=options)

    async def register(self, client: TandemClient, name: str, key: bytes | None = None) -> int:
        reply = await client.command(
            f"{COMMANDS}/RegisterUser",
            orders.RegisterUserRequest(email=f"{name}@example.org", name=name), orders.UserReply,
            key=key)
        return int(reply.user_id)

    async def test_the_example_runs(self) -> None:
        example = pathlib.Path(__file__).parents[1] / "examples" / "place_order.py"
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(example), self.server.command, self.server.query,
            stdout=asyncio.subprocess.PIPE)
        # Timed: patience with what takes milliseconds; only what hangs takes that long.
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        self.assertEqual(process.returncode, 0)
        self.assertIn("placed order 1: 49.90 EUR", output.decode())
        self.assertIn("2 × Teapot for Ada", output.decode())

    async def test_what_lost_to_another_command_is_told_at_once(self) -> None:
        async with self.client() as client:
            user_id = await self.register(client, "raced")
            rename = orders.RenameUserRequest(user_id=user_id, name="Late", expected_version=2)
            with self.assertRaises(ServerError) as caught:
                await client.command(f"{COMMANDS}/RenameUser", rename, orders.UserReply)
            self.assertEqual(caught.exception.reason, "VERSION_CONFLICT")
            self.assertTrue(caught.exception.is_never)
            self.assertEqual(caught.exception.metadata["actual_version"], "1")
            rename.expected_version = 1
            reply = await client.command(f"{COMMANDS}/RenameUser", rename, orders.UserReply)
            self.assertEqual(reply.version, 2)

    async def test_each_user_is_read_back_at_once(self) -> None:
        async with self.client() as client:
            for number in range(50):
                user_id = await self.register(client, f"user{number}")
                user = await client.query(f"{QUERIES}/GetUser",
                                          orders.GetUserRequest(user_id=user_id), orders.User)
                self.assertEqual(user.name, f"user{number}")
            self.assertIsNotNone(client.token)
            listed = [user.name async for user in client.pages(
                f"{QUERIES}/ListUsers", orders.ListUsersRequest(page_size=7), orders.User)]
            self.assertEqual(listed, [f"user{number}" for number in range(50)])

    async def test_what_was_sold_is_added_up(self) -> None:
        async with self.client() as client:
            user_id = await self.register(client, "ada")
            await client.command(
                f"{COMMANDS}/AddProduct",
                orders.AddProductRequest(product_id=7, name="Tea", price_minor=450,
                                         currency="EUR"), orders.ProductReply)
            for order_id in (1, 2):
                await client.command(
                    f"{COMMANDS}/PlaceOrder",
                    orders.PlaceOrderRequest(
                        order_id=order_id, user_id=user_id, currency="EUR",
                        created_at_us=order_id * 86_400_000_000,
                        lines=[orders.OrderLine(product_id=7, quantity=order_id)]),
                    orders.OrderReply)
            summary = await client.query(
                f"{QUERIES}/GetUserSummary", orders.GetUserSummaryRequest(user_id=user_id),
                orders.UserSummary)
            self.assertEqual(summary, orders.UserSummary(
                user_id=user_id, order_count=2, first_order_at_us=86_400_000_000,
                last_order_at_us=172_800_000_000,
                spent=[orders.CurrencyAmount(currency="EUR", amount_minor=1350)]))
            top = [sales async for sales in client.pages(
                f"{QUERIES}/ListTopProducts", orders.ListTopProductsRequest(currency="EUR"),
                orders.ProductSales)]
            self.assertEqual(top, [orders.ProductSales(product_id=7, currency="EUR", units=3,
                                                       revenue_minor=1350)])
            days = [sales async for sales in client.pages(
                f"{QUERIES}/ListDailySales", orders.ListDailySalesRequest(from_day=2, page_size=1),
                orders.DailySales)]
            self.assertEqual(days, [orders.DailySales(
                day=2, status=orders.ORDER_STATUS_PLACED, currency="EUR", order_count=1,
                total_minor=900)])
            found = [order.order_id async for order in client.pages(
                f"{QUERIES}/ListOrdersByEmail",
                orders.ListOrdersByEmailRequest(email="ADA@example.org", page_size=1),
                orders.Order)]
            self.assertEqual(found, [2, 1])

    async def test_a_key_is_done_once_from_any_client(self) -> None:
        key = uuid7()
        async with self.client() as first, self.client() as second:
            ids = {await self.register(client, "ada", key) for client in (first, second, first)}
            self.assertEqual(len(ids), 1)
            body = orders.RegisterUserRequest(email="ada@example.org", name="ada")
            again = await second.call(Role.COMMAND, f"{COMMANDS}/RegisterUser",
                                      body.SerializeToString(), repeat=Repeat.KEYED, key=key)
            self.assertTrue(again.replayed)
            with self.assertRaises(TandemError) as caught:
                await self.register(second, "eve", key)
            self.assertEqual(caught.exception.reason, "KEY_REUSED")

    async def test_commands_survive_a_server_that_is_killed_and_comes_back(self) -> None:
        async with self.client() as client:
            await self.register(client, "before")
            await self.server.stop(kill=True)
            calls = [asyncio.create_task(self.register(client, f"during{n}")) for n in range(5)]
            await asyncio.sleep(0.2)
            await self.server.start()
            self.assertEqual(len(set(await asyncio.gather(*calls))), 5)

    async def test_the_test_service_with_checksums_and_metadata(self) -> None:
        async with self.client(Options(crc32c=True)) as client:
            extras = Extras(trace_parent="00-aa-bb-01", custom=(("n", "v"), ("b", b"\0\xff")))
            body = test.EchoRequest(payload=b"hello").SerializeToString()
            answer = await client.call(Role.QUERY, f"{TEST}/Echo", body, extras=extras, timeout=5)
            reply = test.EchoReply.FromString(answer.body)
            self.assertEqual((reply.payload, reply.trace_parent), (b"hello", "00-aa-bb-01"))
            # Timed: what is left of 5 s, in which a call is made and answered.
            self.assertTrue(0 < reply.deadline_ms <= 5000)
            self.assertEqual(answer.metadata.custom, extras.custom)

            sizes = [31415, 9, 2653, 58979, 0, 600_000]
            request = test.StreamRequest(sizes=sizes).SerializeToString()
            page = await client.collect(Role.QUERY, f"{TEST}/Stream", request)
            self.assertEqual(page.items, [bytes((i + k) % 251 for k in range(size))
                                          for i, size in enumerate(sizes)])

    async def test_every_status_comes_as_it_was_asked_for(self) -> None:
        async with self.client() as client:
            for code in range(1, 17):
                asked = test.FailRequest(code=code, message="text ä", reason="WHY",
                                         metadata={"k": "v"}, retry_after_ms=0xFFFFFFFF)
                with self.assertRaises(TandemError) as caught:
                    await client.call(Role.QUERY, f"{TEST}/Fail", asked.SerializeToString())
                error = caught.exception
                self.assertEqual((error.code, error.message, error.reason, error.metadata),
                                 (Code(code), "text ä", "WHY", {"k": "v"}))

    async def test_a_deadline_ends_a_sleep_by_the_servers_own_word(self) -> None:
        # Timed: patient, so that a moment in which nothing runs does not end the grace first.
        timeout = 2
        async with self.client(Options(deadline_grace=10)) as client:
            with self.assertRaises(TandemError) as caught:
                await client.query(f"{TEST}/Sleep", test.SleepRequest(ms=60_000), test.SleepReply,
                                   timeout=timeout)
            self.assertEqual((caught.exception.code, caught.exception.domain),
                             (Code.DEADLINE_EXCEEDED, "tandem"))

    async def test_attempts_that_fail_are_repeated_until_they_succeed(self) -> None:
        async with self.client() as client:
            reply = await client.command(
                "tandem.test.v1.TestCommands/Attempt",
                test.AttemptRequest(name="a", fail_times=3, code=Code.UNAVAILABLE),
                test.AttemptReply)
            self.assertEqual(reply.attempt, 4)

    async def test_health_describe_and_status_answer_on_every_port(self) -> None:
        async with self.client() as client:
            for role in Role:
                async def ask(method: str, role: Role = role) -> bytes:
                    return (await client.call(role, f"tandem.meta.v1.Meta/{method}", b"")).body

                self.assertEqual(meta.HealthReply.FromString(await ask("Health")).state,
                                 meta.HealthReply.SERVING)
                described = meta.DescribeReply.FromString(await ask("Describe"))
                self.assertEqual(described.port, role.name.lower())
                status = meta.StatusReply.FromString(await ask("Status"))
                self.assertIn(status.role, ("write", "read"))

    async def test_the_feed_gives_the_events_and_heartbeats(self) -> None:
        async with self.client() as client:
            await self.register(client, "ada")
            stream = client.stream(Role.FEED, "tandem.feed.v1.Feed/Subscribe",
                                   feed.SubscribeRequest(), feed.FeedBatch)
            positions: list[int] = []
            async for batch in stream:
                positions += [event.position for event in batch.events]
                if positions and not batch.events:
                    break
            await stream.aclose()
            self.assertEqual(positions[0], 1)

    async def test_a_token_of_another_log_is_refused_and_forgotten(self) -> None:
        async with self.client() as client:
            client.token = Token(12345, 1)
            with self.assertRaises(TandemError) as caught:
                await client.query(f"{QUERIES}/GetUser", orders.GetUserRequest(user_id=1),
                                   orders.User)
            self.assertEqual(caught.exception.reason, "EPOCH_CHANGED")
            self.assertNotEqual(client.token and client.token.epoch, 12345)
            user_id = await self.register(client, "ada")
            await client.query(f"{QUERIES}/GetUser", orders.GetUserRequest(user_id=user_id),
                               orders.User)

    async def test_another_cluster_is_refused_for_good(self) -> None:
        async with self.client(Options(cluster_id=bytes(16))) as client:
            with self.assertRaises(TandemError) as caught:
                await self.register(client, "ada")
            self.assertEqual((caught.exception.reason, caught.exception.is_never),
                             ("GOAWAY_CLUSTER", True))

    async def test_a_port_of_another_role_is_refused_for_good(self) -> None:
        async with TandemClient(command=self.server.query) as client:
            with self.assertRaises(TandemError) as caught:
                await self.register(client, "ada")
            self.assertEqual(caught.exception.reason, "GOAWAY_PROTOCOL_ERROR")

    async def test_unknown_methods_are_unimplemented(self) -> None:
        async with self.client() as client:
            with self.assertRaises(TandemError) as caught:
                await client.query("tandem.orders.v1.OrderQueries/Nothing", control.Hello(),
                                   control.Hello)
            self.assertEqual((caught.exception.code, caught.exception.reason),
                             (Code.UNIMPLEMENTED, "UNKNOWN_METHOD"))


if __name__ == "__main__":
    unittest.main()
