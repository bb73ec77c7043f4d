"""The bodies that abusers send, by the conformance suite's codec."""

from __future__ import annotations

import random
import string

from tandem_conformance.messages import field

COMMANDS = "tandem.orders.v1.OrderCommands"
QUERIES = "tandem.orders.v1.OrderQueries"
SUBSCRIBE = "tandem.feed.v1.Feed/Subscribe"
STATUS = "tandem.meta.v1.Meta/Status"
# Of PlaceOrder's body, and of any frame's.
BODY_SIZES = (262_144, 1_048_000)
LINES_MAX = 1_000


def register_user(user: int, label: str) -> bytes:
    """RegisterUser with an id of its own."""
    return field(1, user) + field(2, f"{label}@example.org") + field(3, label)


def add_product(product: int) -> bytes:
    """AddProduct."""
    name = f"Product {product}"
    return field(1, product) + field(2, name) + field(3, 100 + product) + field(4, "USD")


def rename_user(user: int, new_name: str) -> bytes:
    """RenameUser."""
    return field(1, user) + field(2, new_name)


def place_order(user: int, lines: list[bytes], order: int = 0) -> bytes:
    """PlaceOrder; without an id the server gives one."""
    own = field(1, order) if order else b""
    return own + field(2, user) + b"".join(field(3, line) for line in lines) + field(4, "USD")


def place_orders(orders: list[bytes]) -> bytes:
    """PlaceOrders, its parts without keys of their own."""
    return b"".join(field(1, field(1, order)) for order in orders)


def catalogue_lines(count: int, products: int, first: int = 0) -> list[bytes]:
    """Lines of products that there are: 6 to 9 bytes each, and they compress well."""
    return [field(1, (first + line) % products + 1) + field(2, 1 + line % 50)
            for line in range(count)]


def described_lines(count: int, length: int, chance: random.Random) -> list[bytes]:
    """Lines without a product, with descriptions that hardly compress."""
    alphabet = string.ascii_letters + string.digits
    return [
        field(2, 1) + field(3, 100)
        + field(4, "".join(chance.choices(alphabet, k=length)))
        for _ in range(count)
    ]
