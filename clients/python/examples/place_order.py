"""Registers a user, adds a product, places an order, and reads it back at once.

    python examples/place_order.py [COMMAND_ADDRESS QUERY_ADDRESS]

The query sees the order although commands and queries are answered by different servers: the
client sends the consistency token of its last answer along, and the query server waits for it.
"""

from __future__ import annotations

import asyncio
import secrets
import sys

from tandem_client import TandemClient, TandemError
from tandem_client.proto.orders.v1 import orders_pb2 as orders

COMMANDS = "tandem.orders.v1.OrderCommands"
QUERIES = "tandem.orders.v1.OrderQueries"


async def main(command: str, query: str) -> None:
    async with TandemClient(command=command, query=query) as client:
        user = await client.command(
            f"{COMMANDS}/RegisterUser",
            orders.RegisterUserRequest(email=f"ada-{secrets.token_hex(4)}@example.org", name="Ada"),
            orders.UserReply)
        product = await client.command(
            f"{COMMANDS}/AddProduct",
            orders.AddProductRequest(name="Teapot", price_minor=2495, currency="EUR"),
            orders.ProductReply)
        placed = await client.command(
            f"{COMMANDS}/PlaceOrder",
            orders.PlaceOrderRequest(
                user_id=user.user_id, currency="EUR",
                lines=[orders.OrderLine(product_id=product.product_id, quantity=2)]),
            orders.OrderReply)
        print(f"placed order {placed.order_id}: {placed.total_minor / 100:.2f} {placed.currency}")

        order = await client.query(
            f"{QUERIES}/GetOrder", orders.GetOrderRequest(order_id=placed.order_id), orders.Order)
        for item in order.items:
            print(f"read back: {item.quantity} × {item.product_name} for {order.user_name}")

        mine = orders.ListUserOrdersRequest(user_id=user.user_id)
        async for each in client.pages(f"{QUERIES}/ListUserOrders", mine, orders.Order):
            print(f"in the list: order {each.order_id}, {orders.OrderStatus.Name(each.status)}")

        try:
            await client.command(f"{COMMANDS}/ShipOrder",
                                 orders.ShipOrderRequest(order_id=placed.order_id),
                                 orders.OrderReply)
        except TandemError as error:
            print(f"as expected, {error.reason}: {error.message}")


if __name__ == "__main__":
    addresses = sys.argv[1:] or ["127.0.0.1:7401", "127.0.0.1:7402"]
    asyncio.run(main(*addresses))
