"""Data of each format that a server has written, opened by today's: nothing of it is lost.

`formats/log-N.sql` is the write database of a small shop as the release with the migration
`tandem.log.N` left it, as SQLite dumps it; but its kept answers are of the year 2100, so that they
are never too old. A new format gets a file of its own; none is ever edited.
"""

from __future__ import annotations

import sqlite3
import unittest
from pathlib import Path

from shop_server import ShopServer

FORMATS = sorted((Path(__file__).parent / "formats").glob("log-*.sql"))


class Formats(unittest.TestCase):
    def open(self, dump: Path) -> ShopServer:
        """A server on the dump's data."""
        server = ShopServer()
        self.addCleanup(server.close)
        server.data.mkdir(mode=0o700)
        database = sqlite3.connect(server.data / "write.sqlite")
        database.executescript(dump.read_text(encoding="utf-8"))
        database.close()
        server.start()
        server.tandem("status", "--wait")
        return server

    def test_a_shop_of_each_format_is_served_as_it_was_and_goes_on(self) -> None:
        self.assertEqual([dump.stem for dump in FORMATS], ["log-4", "log-6"])
        for dump in FORMATS:
            with self.subTest(dump.stem):
                server = self.open(dump)
                users = server.json("user", "list")["users"]
                self.assertEqual([user["email"] for user in users],
                                 ["u1@example.org", "new@example.org", "u3@example.org"])
                orders = [server.json("order", "get", str(order)) for order in (1, 2, 3)]
                self.assertEqual([order["status"] for order in orders],
                                 ["paid", "placed", "cancelled"])
                self.assertEqual([int(order["total_minor"]) for order in orders],
                                 [10_800, 2_250, 9_900])
                self.assertEqual(server.json("product", "get", "1")["stock"], "13")
                # Answers that were given then, one of them a refusal, are given again.
                again = server.json("order", "place", "--user", "1", "--line", "1:2", "--line",
                                    "2:1", "--key", f"{0xA1:032x}")
                self.assertEqual((again["order_id"], again["replayed"]), ("1", True))
                refused = server.tandem("order", "place", "--user", "1", "--line", "1:99", "--key",
                                        f"{0xFF:032x}")
                self.assertIn("OUT_OF_STOCK", refused.stderr)
                self.assertIn("99", refused.stderr)
                self.assertEqual(server.head(), 11)
                # And it goes on from there.
                new = server.json("order", "place", "--user", "3", "--line", "1:13")
                self.assertEqual(new["order_id"], "4")
                self.assertEqual(server.json("user", "register", "--email", "u4@x", "--name",
                                             "User 4")["user_id"], "4")
                server.stop()
                self.assertIn("13 events", server.prove()["log"])


if __name__ == "__main__":
    unittest.main()
