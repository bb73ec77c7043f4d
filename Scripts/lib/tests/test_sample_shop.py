"""The sample shop is deterministic and shaped like real orders."""

import collections
import re
import statistics
import tempfile
import unittest
from pathlib import Path

import sample_shop
import shop_csv

SEED = 2017


def written(folder: str, seed: int = SEED, **size: int) -> Path:
    """A shop in a folder of its own."""
    path = Path(folder) / f"shop-{seed}-{sorted(size.items())}"
    sample_shop.write(path, sample_shop.Size(**size), seed)
    return path


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a shop."""
    return {file.name: file.read_bytes() for file in path.iterdir()}


class SampleShopTests(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        first = contents(written(self.folder, orders=200))
        self.assertEqual(first, contents(written(self.folder, orders=200)))
        self.assertEqual(sorted(first), ["orders.csv", "products.csv", "users.csv"])

    def test_another_seed_gives_another_shop(self) -> None:
        first = contents(written(self.folder, orders=200))
        self.assertNotEqual(first, contents(written(self.folder, seed=1, orders=200)))

    def test_counts_are_as_asked(self) -> None:
        shop = written(self.folder, products=1_500, users=7, orders=31)
        catalogue = shop_csv.read_products(shop)
        self.assertEqual(len(catalogue), 1_500)
        self.assertEqual(len(list(shop_csv.rows(shop, "users.csv"))), 7)
        self.assertEqual(len(list(shop_csv.read_orders(shop, catalogue))), 31)

    def test_a_shop_of_one_of_each_ends(self) -> None:
        shop = written(self.folder, products=1, users=1, orders=1)
        orders = list(shop_csv.read_orders(shop, shop_csv.read_products(shop)))
        self.assertEqual([len(order.lines) for order in orders], [1])

    def test_names_and_addresses_are_distinct_and_within_limits(self) -> None:
        shop = written(self.folder, products=2_500, users=500, orders=1)
        names = [product.name for product in shop_csv.read_products(shop).values()]
        self.assertEqual(len(set(names)), len(names))
        self.assertLessEqual(max(len(name.encode()) for name in names), 200)
        emails = [email for _, email, _ in shop_csv.rows(shop, "users.csv")]
        self.assertEqual(len(set(emails)), len(emails))
        for email in emails:
            self.assertRegex(email, re.compile(r"^[a-z]+\.[a-z]+\.\d+@example\.org$"))


class ShapeTests(unittest.TestCase):
    orders: list[shop_csv.Order]
    raw_rows: list[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shop = written(folder)
            catalogue = shop_csv.read_products(shop)
            cls.orders = list(shop_csv.read_orders(shop, catalogue))
            cls.raw_rows = list(shop_csv.rows(shop, "orders.csv"))

    def test_baskets_are_like_real_ones(self) -> None:
        counts = [len(order.lines) for order in self.orders]
        self.assertEqual(statistics.median(counts), 5)
        self.assertAlmostEqual(statistics.mean(counts), 9.4, delta=0.6)
        self.assertEqual((min(counts), max(counts)), (1, 161))

    def test_few_products_and_few_customers_make_most_of_the_sales(self) -> None:
        sold = collections.Counter(line.product_id for o in self.orders for line in o.lines)
        top = sum(count for _, count in sold.most_common(50))
        self.assertGreater(top / sum(sold.values()), 0.3)
        buyers = collections.Counter(order.user_id for order in self.orders)
        self.assertGreater(max(buyers.values()), 3 * statistics.median(buyers.values()))

    def test_orders_come_in_order_of_time_over_a_year(self) -> None:
        times = [order.placed_at for order in self.orders]
        self.assertEqual(times, sorted(times))
        self.assertEqual((times[0][:7], times[-1][:7]), ("2024-01", "2024-12"))
        self.assertEqual(len({order.order_id for order in self.orders}), len(self.orders))

    def test_evenings_are_busier_than_nights(self) -> None:
        hours = collections.Counter(int(order.placed_at[11:13]) for order in self.orders)
        evening, night = (sum(hours[hour] for hour in part) for part in ((17, 18, 19), (3, 4, 5)))
        self.assertGreater(evening, 10 * night)

    def test_every_kind_of_line_occurs(self) -> None:
        kinds = {
            (row[3] != "", row[4] != "", row[5] == "0", row[6] != "") for row in self.raw_rows
        }
        self.assertIn((True, False, False, False), kinds, "at the catalogue's price")
        self.assertIn((True, False, False, True), kinds, "at a price of its own")
        self.assertIn((True, False, True, True), kinds, "with no quantity")
        self.assertIn((False, True, False, True), kinds, "without a product")


if __name__ == "__main__":
    unittest.main()
