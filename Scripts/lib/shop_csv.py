"""The three CSV files of a shop, as `tandem import` reads them.

products.csv  product_id,name,price_minor,currency
users.csv     user_id,email,name
orders.csv    order_id,user_id,placed_at,product_id,description,quantity,price_minor,currency

orders.csv has a row for each line; the rows of an order are consecutive. price_minor is what the
whole line costs; empty means the catalogue's unit price times the quantity. product_id is empty
for what is not in the catalogue; then description and price_minor are there.
"""

from __future__ import annotations

import csv
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HEADERS: dict[str, tuple[str, ...]] = {
    "products.csv": ("product_id", "name", "price_minor", "currency"),
    "users.csv": ("user_id", "email", "name"),
    "orders.csv": (
        "order_id", "user_id", "placed_at", "product_id",
        "description", "quantity", "price_minor", "currency",
    ),
}


@dataclass(frozen=True)
class Product:
    """A row of products.csv."""

    product_id: int
    name: str
    price_minor: int


@dataclass(frozen=True)
class Line:
    """A line of an order with its price settled: price_minor is what the whole line costs."""

    product_id: int | None
    name: str
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class Order:
    """An order with all its lines, in the file's order."""

    order_id: int
    user_id: int
    placed_at: str
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """The sum of what the lines cost."""
        return sum(line.price_minor for line in self.lines)


def write_file(folder: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    """Writes one of the three files, header first; lines end with a line feed."""
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS[name])
        writer.writerows(rows)


def write_folder(folder: Path, files: dict[str, Iterable[Sequence[object]]]) -> None:
    """Writes a whole shop: the folder appears under its name only when every file is complete."""
    partial = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        for name, rows in files.items():
            write_file(partial, name, rows)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def one_users_orders(
    user: int, orders: range, line_count: int
) -> dict[str, Iterable[Sequence[object]]]:
    """A shop of one user: what ``write_folder`` takes."""
    return {
        "products.csv": (
            (number, f"Product {number}", 100 + number, "USD") for number in range(1, 101)),
        "users.csv": [(user, f"user-{user}@example.org", f"User {user}")],
        "orders.csv": (
            (order, user, "2026-01-01T00:00:00Z", (order + line) % 100 + 1, "", 1 + line, "", "USD")
            for order in orders for line in range(line_count)
        ),
    }


def rows(folder: Path, name: str) -> Iterator[list[str]]:
    """The rows of one file after its header, which must be the expected one."""
    with open(folder / name, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if tuple(header) != HEADERS[name]:
            raise ValueError(f"{folder / name}: the header is {header}, not {HEADERS[name]}")
        yield from reader


def read_products(folder: Path) -> dict[int, Product]:
    """The catalogue by product id."""
    return {
        int(product_id): Product(int(product_id), name, int(price_minor))
        for product_id, name, price_minor, _ in rows(folder, "products.csv")
    }


def read_orders(
    folder: Path, catalogue: dict[int, Product], users: frozenset[int] | None = None
) -> Iterator[Order]:
    """The orders one by one, as the file has them; of the given users only, if given."""
    grouped = itertools.groupby(rows(folder, "orders.csv"), key=lambda row: (row[0], row[1]))
    for (order_id, user_id), group in grouped:
        if users is not None and int(user_id) not in users:
            continue
        order_rows = list(group)
        lines = tuple(_line(row, catalogue) for row in order_rows)
        yield Order(int(order_id), int(user_id), order_rows[0][2], lines)


def _line(row: list[str], catalogue: dict[int, Product]) -> Line:
    quantity = int(row[5])
    if not row[3]:
        return Line(None, row[4], quantity, int(row[6]))
    product = catalogue[int(row[3])]
    price = int(row[6]) if row[6] else product.price_minor * quantity
    return Line(product.product_id, product.name, quantity, price)
