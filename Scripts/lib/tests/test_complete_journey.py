"""The conversion of the Complete Journey data, on a few lines of it."""

import csv
import tempfile
import unittest
from pathlib import Path

import complete_journey
from complete_journey import Goods, Sales

GOODS = [
    Goods(1, "GROCERY", "FRZN ICE", "ICE - CRUSHED/CUBED", "22 LB"),
    Goods(2, "MISCELLANEOUS", None, None, None),
    Goods(3, None, None, None, None),
]
# Basket 20 was rung up before basket 10; its lines are not next to each other.
SALES = Sales(
    household_id=[5, 4, 5, 5],
    basket_id=[20, 10, 20, 20],
    product_id=[1, 1, 99, 2],
    quantity=[2, 3, 0, 0],
    sales_minor=[100, 400, 0, 35],
    seconds=[1_483_271_606, 1_483_271_607, 1_483_271_606, 1_483_271_606],
)


def converted() -> dict[str, list[list[str]]]:
    """The rows of each file, without headers."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        complete_journey.convert(SALES, GOODS, shop)
        return {
            file.name: list(csv.reader(file.read_text(encoding="utf-8").splitlines()))[1:]
            for file in shop.iterdir()
        }


class CompleteJourneyTests(unittest.TestCase):
    def test_orders_come_in_order_of_time_with_their_lines_together(self) -> None:
        self.assertEqual(converted()["orders.csv"], [
            ["20", "5", "2017-01-01T11:53:26Z", "1", "", "2", "100", "USD"],
            ["20", "5", "2017-01-01T11:53:26Z", "", "Unlisted item 99", "0", "0", "USD"],
            ["20", "5", "2017-01-01T11:53:26Z", "2", "", "0", "35", "USD"],
            ["10", "4", "2017-01-01T11:53:27Z", "1", "", "3", "400", "USD"],
        ])

    def test_a_product_is_priced_by_its_own_sales_and_free_if_never_sold(self) -> None:
        self.assertEqual(converted()["products.csv"], [
            # The middle of 100/2 and 400/3 cents a unit.
            ["1", "ICE - CRUSHED/CUBED 22 LB", "92", "USD"],
            ["2", "MISCELLANEOUS", "0", "USD"],
            ["3", "Product 3", "0", "USD"],
        ])

    def test_every_household_is_a_user_once(self) -> None:
        self.assertEqual(converted()["users.csv"], [
            ["4", "household-4@example.org", "Household 4"],
            ["5", "household-5@example.org", "Household 5"],
        ])

    def test_only_the_latest_sales_make_the_price(self) -> None:
        count = complete_journey.LATEST_SALES_COUNT
        old, new = 5, count
        sales = Sales(
            [1] * (old + new), list(range(old + new)), [7] * (old + new), [1] * (old + new),
            [1_000] * old + [250] * new, list(range(old + new)),
        )
        prices = complete_journey.unit_prices(sales, complete_journey.baskets(sales))
        self.assertEqual(prices, {7: 250})

    def test_a_long_name_is_cut_between_characters(self) -> None:
        name = complete_journey.product_name(Goods(1, None, None, "é" * 150, "1 LB"))
        self.assertEqual(name, "é" * 100)

    def test_a_basket_of_two_households_is_refused(self) -> None:
        sales = Sales([1, 2], [9, 9], [1, 1], [1, 1], [1, 1], [0, 0])
        with self.assertRaisesRegex(ValueError, "basket 9 has several households"):
            complete_journey.baskets(sales)


if __name__ == "__main__":
    unittest.main()
