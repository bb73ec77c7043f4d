"""`tandem-server write` and `tandem-server read` apart: either goes, and comes back."""

from __future__ import annotations

import signal
import unittest

from split_servers import SplitServers


class LostWriteServer(unittest.TestCase):
    def setUp(self) -> None:
        self.servers = SplitServers()
        self.addCleanup(self.servers.close)
        self.servers.start()
        self.servers.json("user", "register", "--email", "ada@example.org", "--name", "Ada")
        self.servers.json("status", "--wait")

    def rename(self, name: str) -> str:
        """Renames the user; the token of that."""
        return str(self.servers.json("user", "rename", "1", name)["token"])

    def assert_is_seen(self, name: str, token: str) -> None:
        """The read server comes to reflect what the token says, without having gone astray."""
        user = self.servers.json("user", "get", "1", "--at-least", token, "--timeout", "60")
        self.assertEqual(user["name"], name)
        status = self.servers.json("status", "--wait", "--timeout", "60")
        self.assertTrue(status["feed_connected"])
        self.assertEqual(status["read_position"], status["head_position"])
        self.assertNotIn("left events out", self.servers.read.log())

    def test_a_read_server_goes_on_when_its_write_server_is_back(self) -> None:
        for name in ("after the first loss", "after the second"):
            addresses = dict(self.servers.write.addresses)
            self.servers.write.end(signal.SIGKILL)
            before = self.servers.json("user", "get", "1")
            self.servers.write.start(addresses)
            self.assertEqual(self.servers.json("user", "get", "1"), before)
            self.assert_is_seen(name, self.rename(name))

    def test_what_happened_while_a_read_server_was_away_is_seen_when_it_is_back(self) -> None:
        self.servers.read.signal(signal.SIGSTOP)
        addresses = dict(self.servers.write.addresses)
        self.servers.write.end(signal.SIGKILL)
        self.servers.write.start(addresses)
        for number in range(3):
            token = self.rename(f"name {number}")
        self.servers.read.signal(signal.SIGCONT)
        self.assert_is_seen("name 2", token)

    def test_a_read_server_that_is_killed_goes_on_after_its_copy(self) -> None:
        addresses = dict(self.servers.read.addresses)
        self.servers.read.end(signal.SIGKILL)
        token = self.rename("meanwhile")
        self.servers.read.start(addresses)
        self.assert_is_seen("meanwhile", token)


if __name__ == "__main__":
    unittest.main()
