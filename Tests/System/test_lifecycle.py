"""Starting, stopping, and two servers in each other's way."""

from __future__ import annotations

import os
import subprocess
import unittest

from shop_server import SERVER, ShopServer, make_shop, unreachable, verify


class Lifecycle(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)

    def test_sigterm_drains_an_import_and_a_restart_goes_on_with_it(self) -> None:
        shop = make_shop(self.server.work / "shop", 2_000, 11)
        self.server.start()
        addresses = dict(self.server.addresses)
        importing = self.server.start_import(shop, "--in-flight", "100")
        self.server.wait_for_head(1_000, importing)
        self.assertIsNone(importing.poll(), "the import ended before it was interrupted")
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.server.start_on(addresses)
        _, errors = importing.communicate(timeout=120)
        self.assertEqual(importing.returncode, 0, errors)
        verify(self.server, shop)

    def test_an_orderly_stop_warns_of_nothing(self) -> None:
        self.server.start()
        self.server.json("user", "register", "--email", "a@x", "--name", "A")
        self.server.json("status", "--wait")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.log(), "")

    def test_a_second_server_on_the_same_data_is_refused(self) -> None:
        self.server.start()
        second = subprocess.run(
            [str(SERVER), "all", "--data", str(self.server.data)]
            + [part for port in ("command", "query", "feed")
               for part in (f"--{port}-address", "127.0.0.1:0")],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("in use", second.stderr)

    @unittest.skipIf(os.geteuid() != 0, "becoming another user takes root")
    def test_neither_program_needs_to_be_root(self) -> None:
        nobody = 65534
        if not os.access(SERVER, os.X_OK) or unreachable(nobody):
            self.skipTest("the build folder is closed to other users")
        self.server.data.mkdir()
        os.chown(self.server.data, nobody, nobody)
        os.chmod(self.server.work, 0o755)
        self.server.start(user=nobody)
        result = self.server.tandem("status", user=nobody)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_an_address_that_others_can_reach_needs_to_be_asked_for(self) -> None:
        result = subprocess.run(
            [str(SERVER), "all", "--data", str(self.server.data),
             "--query-address", "0.0.0.0:0"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("--insecure", result.stderr)

    def test_a_lost_read_copy_is_rebuilt_from_the_log(self) -> None:
        shop = make_shop(self.server.work / "shop", 300, 13)
        self.server.start()
        self.server.json("import", shop)
        self.server.stop()
        for file in self.server.data.glob("read.sqlite*"):
            file.unlink()
        self.server.start()
        verify(self.server, shop)

    def test_a_damaged_read_copy_is_said_so_and_rebuilt(self) -> None:
        shop = make_shop(self.server.work / "shop", 300, 17)
        self.server.start()
        self.server.json("import", shop)
        self.server.stop()
        copy = self.server.data / "read.sqlite"
        content = bytearray(copy.read_bytes())
        for offset in range(4096, len(content), 512):
            content[offset] ^= 0xFF
        copy.write_bytes(content)
        self.server.start()
        self.assertIn("the durable copy is set aside", self.server.log())
        self.assertEqual(
            (self.server.data / "read.sqlite.damaged").read_bytes()[4096:], content[4096:])
        verify(self.server, shop)


if __name__ == "__main__":
    unittest.main()
