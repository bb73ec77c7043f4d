"""The bodies that abusers send, by the conformance suite's codec."""

from __future__ import annotations

import random
import string

from tandem_conformance import messages

COMMANDS = "tandem.orders.v1.OrderCommands"
QUERIES = "tandem.orders.v1.OrderQueries"
SUBSCRIBE = "tandem.feed.v1.Feed/Subscribe"
STATUS = "tandem.meta.v1.Meta/Status"
# Of PlaceOrder's body, and of any frame's.
MAX_SIZE, FRAME_SIZE = 262_144, 1_048_000
LINES_MAX = 1_000


def field(number: int, value: bytes | int) -> bytes:
    """A field of a message, by its number."""
    if isinstance(value, int):
        return messages.varint(number << 3) + messages.varint(value)
    return messages.varint(number << 3 | 2) + messages.varint(len(value)) + value


def register_user(user: int, label: str) -> bytes:
    """RegisterUser with an id of its own."""
    return field(1, user) + field(2, f"{label}@example.org".encode()) + field(3, label.encode())


def add_product(product: int) -> bytes:
    """AddProduct."""
    name = f"Product {product}".encode()
    return field(1, product) + field(2, name) + field(3, 100 + product) + field(4, b"USD")


def rename_user(user: int, new_name: str) -> bytes:
    """RenameUser."""
    return field(1, user) + field(2, new_name.encode())


def place_order(user: int, lines: list[bytes], order: int = 0) -> bytes:
    """PlaceOrder; without an id the server gives one."""
    own = field(1, order) if order else b""
    return own + field(2, user) + b"".join(field(3, line) for line in lines) + field(4, b"USD")


def catalogue_lines(count: int, products: int, first: int = 0) -> list[bytes]:
    """Lines of products that there are: 6 to 9 bytes each, and they compress well."""
    return [field(1, (first + line) % products + 1) + field(2, 1 + line % 50)
            for line in range(count)]


def described_lines(count: int, length: int, chance: random.Random) -> list[bytes]:
    """Lines without a product, with descriptions that hardly compress."""
    alphabet = string.ascii_letters + string.digits
    return [
        field(2, 1) + field(3, 100)
        + field(4, "".join(chance.choices(alphabet, k=length)).encode())
        for _ in range(count)
    ]


def hostile_bodies(size: int = MAX_SIZE) -> dict[str, bytes]:
    """Bodies of a size, that cost their reader far more than their sender."""
    head = field(2, 1) + field(4, b"USD")
    room = size - len(head) - 16
    deep = 50_000
    nested = b"\x0b" * deep + b"\x0c" * deep
    return {
        "empty lines": head + b"\x1a\x00" * (room // 2),
        "groups": head + b"\x7b\x7c" * (room // 2),
        "unknown fields": head + b"\x78\x01" * (room // 2),
        "unknown fields in lines": head + field(3, b"\x78\x01" * (room // 2)),
        "deep groups": head + nested * (room // len(nested)),
        "one long text": head + field(3, field(4, b"x" * (room - 16))),
        "not UTF-8": head + field(3, field(4, b"\xff" * (room - 16))),
    }
