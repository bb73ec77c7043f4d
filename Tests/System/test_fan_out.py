"""An event that changes every document of a user, and kills in the middle of it."""

from __future__ import annotations

import signal
import sys
import unittest

from shop_server import ROOT, ShopServer

sys.path.insert(0, str(ROOT / "Scripts/lib"))
import shop_csv  # noqa: E402

ORDERS = 3_000
USER = 1


class FanOuts(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.server.start()
        shop = self.server.work / "shop"
        shop_csv.write_folder(shop, shop_csv.one_users_orders(USER, range(1, ORDERS + 1), 1))
        self.server.json("import", shop)

    def emails(self) -> set[str]:
        """Of all orders, as the list shows them and as the first and the last are got."""
        listed = self.server.json("order", "list", "--user", str(USER), "--all")
        self.assertEqual(len(listed["orders"]), ORDERS)
        got = [self.server.json("order", "get", str(order)) for order in (1, ORDERS)]
        return {order["user_email"] for order in listed["orders"] + got}

    def test_each_order_has_the_address_at_once_and_behind_a_kill_in_the_middle(self) -> None:
        for number, how in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)):
            email = f"address-{number}@example.org"
            changed = self.server.json("user", "change-email", str(USER), email)
            last = self.server.json(
                "order", "get", str(ORDERS), "--at-least", changed["token"])
            self.assertEqual(last["user_email"], email)
            # The documents are being rewritten, or the change has not even got to the copy.
            self.server.signal(how)
            self.server.start()
            self.assertEqual(self.emails(), {email}, how)

    def test_it_comes_to_an_end_and_is_then_in_the_copy_itself(self) -> None:
        self.server.json("user", "rename", str(USER), "Zoë")
        self.server.json("status", "--wait")
        while int(self.server.json("status")["pending_fan_outs"]) > 0:
            pass
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(int(self.server.json("status")["pending_fan_outs"]), 0)
        listed = self.server.json("order", "list", "--user", str(USER), "--all")
        self.assertEqual({order["user_name"] for order in listed["orders"]}, {"Zoë"})


if __name__ == "__main__":
    unittest.main()
