"""A shop's orders as the JSON texts that a peer keeps: what Tandem's documents of them hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import shop_csv


@dataclass(frozen=True)
class OrderText:
    """An order, and by what it is found."""

    order_id: int
    user_id: int
    created_at_us: int
    text: str


def read(folder: Path) -> Iterator[OrderText]:
    """The orders one by one, compact, with the members of proto's `Order` that are not empty.

    `unit_price_minor` is left out, and 64-bit integers are plain numbers: both only make the text
    shorter.
    """
    users = {int(user): (email, name) for user, email, name in shop_csv.rows(folder, "users.csv")}
    for order in shop_csv.read_orders(folder, shop_csv.read_products(folder)):
        created_at_us = round(datetime.fromisoformat(order.placed_at).timestamp() * 1e6)
        email, name = users[order.user_id]
        document = {
            "order_id": order.order_id, "user_id": order.user_id, "user_email": email,
            "user_name": name, "status": "placed", "total_minor": order.total_minor,
            "currency": "USD", "created_at_us": created_at_us,
            "items": [_item(line, number) for number, line in enumerate(order.lines, 1)],
            "version": 1,
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        yield OrderText(order.order_id, order.user_id, created_at_us, text)


def _item(line: shop_csv.Line, number: int) -> dict[str, object]:
    product = {} if line.product_id is None else {"product_id": line.product_id}
    return product | {
        "product_name": line.name, "quantity": line.quantity, "price_minor": line.price_minor,
        "number": number,
    }


@dataclass(frozen=True)
class KeyFiles:
    """Ids, one a line, for the load generator."""

    orders: Path
    users: Path


def key_files(shop: Path, work: Path) -> KeyFiles:
    """All orders' ids, and those of the users who have ordered."""
    orders: dict[str, None] = {}
    users: dict[str, None] = {}
    for row in shop_csv.rows(shop, "orders.csv"):
        orders[row[0]] = None
        users[row[1]] = None
    files = KeyFiles(work / "order-keys", work / "user-keys")
    for path, keys in ((files.orders, orders), (files.users, users)):
        path.write_text("\n".join(keys) + "\n", encoding="ascii")
    return files
