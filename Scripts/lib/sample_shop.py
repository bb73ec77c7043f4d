"""Writes a small grocer's year as CSV: deterministic, and shaped like real orders.

A few products sell most of the time (Zipf), a few customers buy most often, and baskets are
log-normal: a median of 5 lines, a mean of about 9.4, at most 161. The same arguments always give
the same bytes.
"""

from __future__ import annotations

import argparse
import bisect
import datetime
import itertools
import math
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import shop_csv
from sample_goods import BRANDS, FIRST_NAMES, GOODS, LAST_NAMES, UNLISTED

CURRENCY = "USD"
LINES_MEDIAN = 5
# exp(sigma² / 2) is a log-normal distribution's mean over its median: 9.4 / 5 for real baskets.
LINES_SIGMA = 1.125
LINES_MAX = 161
YEAR_START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
HOURS_A_YEAR = 365 * 24
FIRST_PRODUCT_ID = 1001
FIRST_ORDER_ID = 100_001
# How busy a shop is: by day from Monday, and by hour from midnight.
DAY_WEIGHTS = (9, 8, 8, 9, 11, 15, 14)
HOUR_WEIGHTS = (1, 1, 0, 0, 0, 1, 3, 6, 9, 11, 13, 14, 14, 13, 14, 16, 19, 21, 19, 15, 11, 7, 4, 2)


@dataclass(frozen=True)
class Size:
    """How many of each to make."""

    products: int = 500
    users: int = 60
    orders: int = 2_000


class WeightedChoice:
    """Draws an index with the probability of its weight: O(log n) a draw."""

    def __init__(self, weights: list[float]) -> None:
        self._cumulative = list(itertools.accumulate(weights))

    def draw(self, source: random.Random) -> int:
        """The index of one draw."""
        point = source.random() * self._cumulative[-1]
        return min(bisect.bisect_right(self._cumulative, point), len(self._cumulative) - 1)


def products(size: Size, source: random.Random) -> list[shop_csv.Product]:
    """The catalogue, with distinct names: brands times goods times sizes."""
    names = [
        (f"{brand} {item}, {amount}", round(cents * 1.75**step * source.uniform(0.85, 1.2)))
        for brand in BRANDS
        for item, amounts, cents in GOODS
        for step, amount in enumerate(amounts)
    ]
    source.shuffle(names)
    catalogue = []
    for index in range(size.products):
        name, cents = names[index % len(names)]
        if index >= len(names):
            name = f"{name}, no. {index // len(names) + 1}"
        # Shelf prices end in 9.
        catalogue.append(shop_csv.Product(FIRST_PRODUCT_ID + index, name, cents // 10 * 10 + 9))
    return catalogue


def users(size: Size, source: random.Random) -> Iterator[tuple[int, str, str]]:
    """Customers; the id in the address keeps it unique when a name comes twice."""
    for user_id in range(1, size.users + 1):
        first, last = source.choice(FIRST_NAMES), source.choice(LAST_NAMES)
        local = "".join(letter for letter in _ascii(f"{first}.{last}").lower() if letter != "'")
        yield user_id, f"{local}.{user_id}@example.org", f"{first} {last}"


def orders(
    size: Size, catalogue: list[shop_csv.Product], source: random.Random
) -> Iterator[tuple[object, ...]]:
    """The rows of orders.csv in order of time."""
    popularity = WeightedChoice([1 / (rank + 2) ** 0.85 for rank in range(size.products)])
    by_rank = list(catalogue)
    source.shuffle(by_rank)
    loyalty = WeightedChoice([source.lognormvariate(0, 0.9) for _ in range(size.users)])
    basket = NormalDist(0, LINES_SIGMA)
    for index, placed_at in enumerate(_times(size.orders, source)):
        order_id, user_id = FIRST_ORDER_ID + index, loyalty.draw(source) + 1
        scale = basket.inv_cdf(min(max(source.random(), 1e-9), 1 - 1e-9))
        count = round(LINES_MEDIAN * math.exp(scale))
        count = max(1, min(count, LINES_MAX, size.products))
        chosen: dict[int, None] = {}
        while len(chosen) < count:
            chosen[popularity.draw(source)] = None
        for rank in chosen:
            yield (order_id, user_id, placed_at, *_line(by_rank[rank], source))


def _line(product: shop_csv.Product, source: random.Random) -> tuple[object, ...]:
    """Product id, description, quantity, price and currency of one line."""
    kind = source.random()
    if kind < 0.003:
        description, cents = source.choice(UNLISTED)
        return "", description, 0 if cents == 0 else 1, cents, CURRENCY
    if kind < 0.009:
        # Weighed or corrected at the till: it cost something, and no stock moved.
        return product.product_id, "", 0, product.price_minor // 2, CURRENCY
    quantity = 1
    while quantity < 24 and source.random() < 0.22:
        quantity += 1
    if kind < 0.35:
        # On promotion: a tenth to half off the whole line.
        price = round(product.price_minor * quantity * source.uniform(0.5, 0.9))
        return product.product_id, "", quantity, price, CURRENCY
    return product.product_id, "", quantity, "", CURRENCY


def _times(count: int, source: random.Random) -> list[str]:
    """When the orders were placed, ascending, busier in the evening and at the weekend."""
    hours = WeightedChoice(
        [DAY_WEIGHTS[hour // 24 % 7] * HOUR_WEIGHTS[hour % 24] for hour in range(HOURS_A_YEAR)]
    )
    seconds = sorted(
        hours.draw(source) * 3_600 + int(source.random() * 3_600) for _ in range(count)
    )
    return [
        (YEAR_START + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for second in seconds
    ]


def _ascii(text: str) -> str:
    """Without accents; ø has no decomposition."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o"))
    return plain.encode("ascii", "ignore").decode("ascii")


def write(folder: Path, size: Size, seed: int) -> None:
    """Writes the shop's three files into the folder, which it makes."""
    source = random.Random(seed)
    catalogue = products(size, source)
    shop_csv.write_folder(folder, {
        "products.csv": ((p.product_id, p.name, p.price_minor, CURRENCY) for p in catalogue),
        "users.csv": users(size, source),
        "orders.csv": orders(size, catalogue, source),
    })


def main() -> None:
    """The command line."""
    def at_least_one(text: str) -> int:
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
        return int(text)

    parser = argparse.ArgumentParser(description="Writes a small sample shop as CSV.")
    parser.add_argument("folder", type=Path, help="the folder to write; replaced if there")
    parser.add_argument("--products", type=at_least_one, default=Size.products)
    parser.add_argument("--users", type=at_least_one, default=Size.users)
    parser.add_argument("--orders", type=at_least_one, default=Size.orders)
    parser.add_argument("--seed", type=int, default=2017)
    options = parser.parse_args()
    write(options.folder, Size(options.products, options.users, options.orders), options.seed)


if __name__ == "__main__":
    main()
