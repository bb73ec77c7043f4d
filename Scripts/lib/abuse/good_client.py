"""The good client: places orders and reads them back, by the Python client and SPEC's rules.

It repeats a call when section 11 says that a client does so by itself, for at most 30 seconds, and
counts each refusal. A call that has no good answer by then has failed. Now and then it makes a
call from a connection of its own, since who comes anew has to get in too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from tandem_client import Options, Repeat, RetryPolicy, TandemClient, TandemError, uuid7
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.retry import should_repeat

COMMANDS = "tandem.orders.v1.OrderCommands"
QUERIES = "tandem.orders.v1.OrderQueries"
CALL_SECONDS_MAX = 30.0
# So many calls at a time, and so many in a second.
WORKERS = 4
RATE = 40.0
NEW_CONNECTION_SECONDS = 2.0
FAILURES_TOLD = 10
NEWCOMER = "get, newly connected"
# One attempt each: the repeats are made, and counted, here.
OPTIONS = Options(timeout=CALL_SECONDS_MAX, retry=RetryPolicy(attempts_max=1))
BACKOFF = RetryPolicy()


@dataclass
class Report:
    """What became of its calls."""

    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    connections_lost: int = 0
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    orders_placed: int = 0
    orders_read_back: int = 0

    def fail(self, what: str) -> None:
        """Notes a failure; the first ones in words."""
        self.failed += 1
        if len(self.failures) < FAILURES_TOLD:
            self.failures.append(what)


class GoodClient:
    """One session, with its connections to both ports."""

    def __init__(self, ports: dict[str, str], user: int, products: int, seed: int) -> None:
        self._ports = ports
        self._user = user
        self._products = products
        self._chance = random.Random(seed)
        self._placed: dict[int, list[tuple[int, int]]] = {}
        self.report = Report()
        self._client = self._new_client()

    async def run(self, seconds: float) -> Report:
        """Calls for so long; then every order is read back."""
        end = time.monotonic() + seconds
        await asyncio.gather(*(self._work(end) for _ in range(WORKERS)), self._newcomers(end))
        await self._read_back()
        await self._client.close()
        return self.report

    def _new_client(self) -> TandemClient:
        return TandemClient(command=self._ports["command"], query=self._ports["query"],
                            options=OPTIONS)

    async def _work(self, end: float) -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            choice = self._chance.random()
            if choice < 0.3 or not self._placed:
                await self._place()
            elif choice < 0.85:
                await self._get(self._client, self._chance.choice(list(self._placed)))
            else:
                await self._list()
            await asyncio.sleep(max(0.0, WORKERS / RATE - (time.monotonic() - began)))

    async def _newcomers(self, end: float) -> None:
        while time.monotonic() < end:
            await asyncio.sleep(NEW_CONNECTION_SECONDS)
            async with self._new_client() as client:
                # Or it would be told of a read side that has not seen the order yet.
                client.token = self._client.token
                if self._placed:
                    await self._get(client, next(iter(self._placed)), NEWCOMER)

    async def _place(self) -> None:
        lines = [(self._chance.randint(1, self._products), self._chance.randint(1, 9))
                 for _ in range(self._chance.randint(1, 8))]
        request = orders.PlaceOrderRequest(user_id=self._user, currency="USD", lines=[
            orders.OrderLine(product_id=product, quantity=count) for product, count in lines])
        key = uuid7()
        reply = await self._call("place", lambda left: self._client.command(
            f"{COMMANDS}/PlaceOrder", request, orders.OrderReply, key=key, timeout=left))
        if reply is not None:
            self._placed[reply.order_id] = lines
            self.report.orders_placed += 1

    async def _get(self, client: TandemClient, order: int, what: str = "get") -> bool:
        request = orders.GetOrderRequest(order_id=order)
        found = await self._call(what, lambda left: client.query(
            f"{QUERIES}/GetOrder", request, orders.Order, timeout=left))
        if found is None:
            return False
        lines = [(item.product_id, item.quantity) for item in found.items]
        if (found.user_id, lines) != (self._user, self._placed[order]):
            self.report.fail(f"{what}: order {order} is another one: {found}"[:300])
            return False
        return True

    async def _list(self) -> None:
        request = orders.ListUserOrdersRequest(user_id=self._user, page_size=20)
        page = await self._call("list", lambda left: self._client.page(
            f"{QUERIES}/ListUserOrders", request, orders.Order, timeout=left))
        # Placed before the page was asked for, so to be seen on it.
        if page is not None and not page.items:
            self.report.fail("list: no orders at all")

    async def _read_back(self) -> None:
        todo = list(self._placed)

        async def work() -> None:
            while todo:
                if await self._get(self._client, todo.pop(), "read back"):
                    self.report.orders_read_back += 1

        await asyncio.gather(*(work() for _ in range(WORKERS)))

    async def _call(self, what: str, attempt: Any) -> Any:
        """Until it succeeds; None: it has failed."""
        began = time.monotonic()
        self.report.calls[what] += 1
        repeats = 0
        while True:
            left = CALL_SECONDS_MAX - (time.monotonic() - began)
            try:
                answer: Message | Any = await attempt(left)
                self.report.latencies_ms.append((time.monotonic() - began) * 1e3)
                return answer
            except TandemError as error:
                repeats += 1
                self.report.refusals[f"{error.code.name} / {error.reason}"] += 1
                # Who comes anew may be turned away for a while; who is there is to be kept.
                if error.domain == "client" and error.reason != "GOAWAY_LIMIT":
                    self.report.connections_lost += 1
                repeat = Repeat.KEYED if what == "place" else Repeat.READ_ONLY
                wait = max(BACKOFF.backoff_ms(repeats), error.retry_after_ms) / 1e3
                left = CALL_SECONDS_MAX - (time.monotonic() - began)
                if not should_repeat(error, repeat) or wait >= left:
                    self.report.fail(f"{what}: {error}"[:300])
                    return None
                await asyncio.sleep(wait)


def main() -> None:
    """The configuration is the one argument, as JSON; the report goes to standard output."""
    # They are counted.
    logging.getLogger("tandem_client").setLevel(logging.ERROR)
    config = json.loads(sys.argv[1])
    client = GoodClient(config["ports"], config["user"], config["products"], config["seed"])
    print(json.dumps(asyncio.run(client.run(config["seconds"])).__dict__), flush=True)


if __name__ == "__main__":
    main()
