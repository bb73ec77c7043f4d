"""kill -9 in the middle of an import, again and again, and nothing lost or doubled."""

from __future__ import annotations

import os
import random
import unittest

from shop_server import ShopServer, make_shop, verify

ORDERS = int(os.environ.get("TANDEM_CRASH_ORDERS", "3000"))
CYCLES = int(os.environ.get("TANDEM_CRASH_CYCLES", "4"))
SEED = int(os.environ.get("TANDEM_CRASH_SEED", "20170101"))


class Crashes(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)

    def test_an_import_that_kills_interrupt_ends_with_each_order_exactly_once(self) -> None:
        print(f"seed {SEED}, {CYCLES} kills, {ORDERS} orders")
        chance = random.Random(SEED)
        shop = make_shop(self.server.work / "shop", ORDERS, SEED)
        kills = 0
        for _ in range(CYCLES):
            self.server.start()
            before = self.server.head()
            importing = self.server.start_import(shop, "--in-flight", "200")
            self.server.wait_for_head(before + chance.randrange(1, ORDERS // CYCLES), importing)
            if importing.poll() is None:
                kills += 1
            self.server.kill()
            # The server is gone: the import is stopped too, and begun anew after the restart.
            importing.kill()
            importing.communicate()
            self.server.prove()
        self.assertEqual(kills, CYCLES, "an import ended before it was interrupted")

        self.server.start()
        report = self.server.json("import", shop)
        self.assertEqual(report["orders"], ORDERS)
        self.assertGreater(report["replayed"], 0, "nothing had been stored before the kills")
        verify(self.server, shop)

        again = self.server.json("import", shop)
        self.assertEqual(again["replayed"], again["orders"] + again["products"] + again["users"])
        self.assertEqual(again["head_position"], report["head_position"])
        verify(self.server, shop)
        self.server.stop()
        self.assertIn(f"{report['head_position']} events", self.server.prove()["log"])

    def test_an_import_goes_on_by_itself_when_the_server_comes_back(self) -> None:
        shop = make_shop(self.server.work / "shop", 1_500, SEED + 1)
        self.server.start()
        addresses = dict(self.server.addresses)
        importing = self.server.start_import(shop, "--in-flight", "100")
        self.server.wait_for_head(800, importing)
        self.assertIsNone(importing.poll(), "the import ended before it was interrupted")
        self.server.kill()
        self.server.start_on(addresses)
        output, errors = importing.communicate(timeout=120)
        self.assertEqual(importing.returncode, 0, errors)
        verify(self.server, shop)

    def test_documents_survive_a_kill_and_a_restart_reads_them_back(self) -> None:
        shop = make_shop(self.server.work / "shop", 500, SEED + 2)
        self.server.start()
        self.server.json("import", shop)
        self.server.kill()
        self.server.start()
        verify(self.server, shop)


if __name__ == "__main__":
    unittest.main()
