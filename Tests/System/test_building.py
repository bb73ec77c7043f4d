"""A read server that is behind its log at the start: what it answers before its documents are
whole, with and without `--answer-while-building`. Nothing here depends on how long that takes,
since the events are held back until the test lets them go."""

from __future__ import annotations

import json
import unittest

from held_feed import HeldFeed
from split_servers import SplitServers

PATIENCE_SECONDS = 60


class Building(unittest.TestCase):
    def setUp(self) -> None:
        self.servers = SplitServers()
        self.addCleanup(self.servers.close)
        self.servers.write.start({"command": "127.0.0.1:0", "feed": "127.0.0.1:0"})
        # Where queries go does not matter yet.
        self.servers.read.addresses = {"query": "127.0.0.1:1"}
        self.servers.json("user", "register", "--email", "ada@example.org", "--name", "Ada")
        self.servers.json("user", "rename", "1", "Ada Lovelace")
        self.feed = HeldFeed(self.servers.write.addresses["feed"])
        self.addCleanup(self.feed.close)

    def start(self, *options: str) -> None:
        """Starts a read server without a copy, which gets no event before `let_go`."""
        self.servers.read.start(
            {"query": "127.0.0.1:0", "feed": self.feed.address},
            "--limit", "position-wait-ms=100", *options)
        self.assertTrue(self.feed.subscription_is_held.wait(PATIENCE_SECONDS))

    def refusal(self) -> str:
        """What a query's failure says, which is the server's word and not the client's own that
        time is up: that one wins where the machine stands still for the whole timeout."""
        for seconds in (1, 2, 4, 8, 16, 32, 64):
            refused = self.servers.tandem("user", "get", "1", "--timeout", str(seconds))
            self.assertEqual(refused.returncode, 3, refused.stdout)
            if "DEADLINE_EXCEEDED" not in refused.stderr:
                break
        self.assertIn("READ_MODEL_BUILDING", refused.stderr)
        return refused.stderr

    def assert_is_whole_after_letting_go(self) -> None:
        self.feed.let_go()
        self.servers.json("status", "--wait", "--timeout", str(PATIENCE_SECONDS))
        self.assertEqual(self.servers.json("user", "get", "1")["name"], "Ada Lovelace")
        self.assertIsNone(self.servers.json("status")["building_until_position"])

    def test_without_the_flag_nothing_is_answered_before_it_is_whole(self) -> None:
        self.start()
        self.assertIn("`tandem status` shows how far it is", self.refusal())
        status = self.servers.json("status")
        self.assertEqual(status["building_until_position"], status["head_position"])
        self.assertIn("BEING BUILT: 0 % of the log", self.servers.tandem("status").stdout)
        self.assert_is_whole_after_letting_go()

    def test_with_the_flag_it_answers_from_what_it_has(self) -> None:
        self.start("--answer-while-building")
        missing = self.servers.tandem("user", "get", "1", "--json")
        self.assertEqual(missing.returncode, 1, missing.stdout)
        self.assertEqual(json.loads(missing.stderr)["error"]["reason"], "NOT_FOUND")
        self.assertEqual(self.servers.json("user", "list")["users"], [])
        self.assertIsNone(self.servers.json("status")["building_until_position"])
        self.assert_is_whole_after_letting_go()


if __name__ == "__main__":
    unittest.main()
