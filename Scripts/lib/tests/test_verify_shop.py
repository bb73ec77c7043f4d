"""The verification passes what is right, and names what is wrong."""

import contextlib
import copy
import io
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sample_shop
import shop_csv
import verify_shop


def answers_for(folder: Path) -> dict[str, Any]:
    """What a faultless server answers, by the words of the command."""
    catalogue = shop_csv.read_products(folder)
    users = {int(row[0]): row for row in shop_csv.rows(folder, "users.csv")}
    orders = list(shop_csv.read_orders(folder, catalogue))
    answers: dict[str, Any] = {"report --json": {
        "orders": len(orders), "lines": sum(len(order.lines) for order in orders),
        "users": len(users), "products": len(catalogue),
        "total_minor": str(sum(order.total_minor for order in orders)),
    }}
    for user_id, (_, email, name) in users.items():
        own = [order for order in orders if order.user_id == user_id]
        own.sort(key=lambda order: (order.placed_at, order.order_id), reverse=True)
        answers[f"order list --user {user_id} --all --json"] = {"position": 1, "orders": [
            {
                "order_id": str(order.order_id), "user_id": str(user_id), "user_email": email,
                "user_name": name, "status": "placed", "total_minor": str(order.total_minor),
                "currency": "USD", "created_at": order.placed_at,
                "items": [
                    {
                        "product_id": str(line.product_id) if line.product_id else None,
                        "product_name": line.name, "quantity": line.quantity,
                        "price_minor": str(line.price_minor),
                    }
                    for line in order.lines
                ],
            }
            for order in own
        ]}
    return answers


# Tampers with a report and a list of orders.
Spoil = Callable[[dict[str, Any], list[dict[str, Any]]], object]


def wrong_order(place: int, name: str, value: object) -> Spoil:
    """Sets one fact of an order in the list."""
    return lambda report, orders: orders[place].__setitem__(name, value)


def wrong_item(name: str) -> Spoil:
    """Sets one fact of the newest order's first item."""
    return lambda report, orders: orders[0]["items"][0].__setitem__(name, 123_456)


class VerifyShopTests(unittest.TestCase):
    folder: Path
    right: dict[str, Any]
    busiest: int

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name) / "shop"
        sample_shop.write(cls.folder, sample_shop.Size(products=40, users=5, orders=60), seed=3)
        cls.right = answers_for(cls.folder)
        sizes = Counter({
            user: len(cls.right[f"order list --user {user} --all --json"]["orders"])
            for user in range(1, 6)
        })
        cls.busiest = sizes.most_common(1)[0][0]

    def differences(self, spoil: Spoil) -> str:
        """What is found when the report and the busiest customer's list are tampered with."""
        answers = copy.deepcopy(self.right)
        listed = answers[f"order list --user {self.busiest} --all --json"]
        spoil(answers["report --json"], listed["orders"])

        def tandem(arguments: Sequence[str]) -> Any:
            return answers[" ".join(arguments)]

        with contextlib.redirect_stdout(io.StringIO()) as output:
            _, differences = verify_shop.verify(self.folder, tandem)
        self.assertIn("the most orders", output.getvalue())
        return "\n".join(differences)

    def test_a_faultless_answer_is_verified(self) -> None:
        self.assertEqual(self.differences(lambda report, orders: None), "")

    def test_each_wrong_sum_is_named(self) -> None:
        for name in ("orders", "lines", "users", "products", "total_minor"):
            def spoil(report: dict[str, Any], _: list[dict[str, Any]], name: str = name) -> None:
                report[name] = int(report[name]) + 1
            self.assertRegex(self.differences(spoil), f"^{name}: the CSV has")

    def test_a_missing_sum_is_named(self) -> None:
        found = self.differences(lambda report, _: report.__delitem__("lines"))
        self.assertRegex(found, "^lines: .* query port none")

    def test_a_lost_order_is_found(self) -> None:
        self.assertIn("orders, the query port", self.differences(lambda _, orders: orders.pop(2)))

    def test_an_order_out_of_place_is_found(self) -> None:
        found = self.differences(lambda _, orders: orders.append(orders.pop(0)))
        self.assertIn("order 1 in the list", found)

    def test_each_wrong_fact_of_an_order_is_found(self) -> None:
        wrong = {
            "status": "paid", "total_minor": -1, "created_at": "2024-01-01T00:00:00Z",
            "user_email": "x@example.org", "user_name": "X", "currency": "EUR",
        }
        for name, value in wrong.items():
            found = self.differences(wrong_order(1, name, value))
            self.assertRegex(found, rf"order 2 in the list \(the CSV's \d+\): {name} is")

    def test_each_wrong_fact_of_an_item_is_found(self) -> None:
        for name in ("product_name", "quantity", "price_minor", "product_id"):
            self.assertIn("items is", self.differences(wrong_item(name)))

    def test_three_customers_are_chosen_by_their_number_of_orders(self) -> None:
        chosen = verify_shop.chosen_users(Counter({1: 4, 2: 9, 3: 2, 4: 5, 5: 9}))
        self.assertEqual(chosen, [("most", 2), ("median", 4), ("fewest", 3)])
        self.assertEqual(len(verify_shop.chosen_users(Counter({8: 1}))), 1)
        self.assertEqual(verify_shop.chosen_users(Counter()), [])

    def test_times_are_compared_as_moments(self) -> None:
        whole = verify_shop.microseconds("2017-01-01T11:53:26Z")
        self.assertEqual(whole, 1_483_271_606_000_000)
        self.assertEqual(verify_shop.microseconds("2017-01-01T11:53:26.000000Z"), whole)


if __name__ == "__main__":
    unittest.main()
