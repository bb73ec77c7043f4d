"""The CSV files are written whole or not at all, and read as they were written."""

import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

import shop_csv

PRODUCTS = [(7, 'Pizza, 12"', 450, "USD"), (8, "Jalapeño", 99, "USD")]
USERS = [(1, "a@example.org", "Ada")]
ORDERS = [
    (11, 1, "2017-01-01T11:53:26Z", 7, "", 2, "", "USD"),
    (11, 1, "2017-01-01T11:53:26Z", 8, "", 3, 250, "USD"),
    (11, 1, "2017-01-01T11:53:26Z", "", "Deposit, glass", 0, 15, "USD"),
    (12, 2, "2017-01-02T00:00:00Z", 8, "", 0, "", "USD"),
]


def broken() -> Iterator[tuple[object, ...]]:
    """Rows that end in a failure."""
    yield PRODUCTS[0]
    raise OSError("the disk is full")


class ShopCSVTests(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.parent = Path(temporary.name)
        self.shop = self.parent / "shop"

    def write(self) -> None:
        shop_csv.write_folder(
            self.shop, {"products.csv": PRODUCTS, "users.csv": USERS, "orders.csv": ORDERS}
        )

    def test_orders_are_read_with_settled_prices(self) -> None:
        self.write()
        first, second = shop_csv.read_orders(self.shop, shop_csv.read_products(self.shop))
        self.assertEqual(first.lines, (
            shop_csv.Line(7, 'Pizza, 12"', 2, 900),
            shop_csv.Line(8, "Jalapeño", 3, 250),
            shop_csv.Line(None, "Deposit, glass", 0, 15),
        ))
        self.assertEqual(first.total_minor, 1165)
        self.assertEqual((second.order_id, second.user_id, second.total_minor), (12, 2, 0))

    def test_only_the_wanted_users_orders_are_read(self) -> None:
        self.write()
        catalogue = shop_csv.read_products(self.shop)
        orders = list(shop_csv.read_orders(self.shop, catalogue, frozenset({2})))
        self.assertEqual([order.order_id for order in orders], [12])

    def test_a_failure_halfway_leaves_nothing_behind(self) -> None:
        with self.assertRaises(OSError):
            shop_csv.write_folder(self.shop, {"products.csv": broken()})
        self.assertEqual(list(self.parent.iterdir()), [])

    def test_a_failure_leaves_an_earlier_shop_as_it_was(self) -> None:
        self.write()
        before = (self.shop / "products.csv").read_bytes()
        with self.assertRaises(OSError):
            shop_csv.write_folder(self.shop, {"products.csv": broken()})
        self.assertEqual((self.shop / "products.csv").read_bytes(), before)

    def test_a_file_with_another_header_is_refused(self) -> None:
        self.write()
        (self.shop / "users.csv").write_text("id,mail\n1,a@example.org\n", encoding="utf-8")
        with self.assertRaisesRegex(ValueError, "users.csv: the header is"):
            list(shop_csv.rows(self.shop, "users.csv"))


if __name__ == "__main__":
    unittest.main()
