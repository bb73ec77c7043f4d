"""What scripts rely on: exit codes, keys, what is said when the output can't be written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import unittest
from collections.abc import Sequence
from typing import Any

from shop_server import SERVER, TANDEM, ShopServer, make_shop

NOT_WRITTEN = 5
KEY = "0123456789ab4def8123456789abcdef"


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ShopServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.json(
            "user", "register", "--id", "1", "--email", "ada@example.org", "--name", "Ada")
        cls.server.json(
            "product", "add", "--id", "1", "--name", "Tea", "--price-minor", "450",
            "--currency", "USD")

    def unread(
        self, *arguments: str | bytes, full: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Runs tandem with a standard output that takes nothing: a pipe that nobody reads any
        more, or a full device."""
        if full:
            output = os.open("/dev/full", os.O_WRONLY)
        else:
            reading, output = os.pipe()
            os.close(reading)
        try:
            return subprocess.run(
                [str(TANDEM), *arguments], env=self.server.environment, stdout=output,
                stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        finally:
            os.close(output)

    def test_a_command_whose_receipt_is_not_read_says_what_it_did_and_its_key(self) -> None:
        for full in (False, True):
            with self.subTest(full=full):
                head = self.server.head()
                done = self.unread("order", "place", "--user", "1", "--line", "1:2", full=full)
                self.assertEqual(done.returncode, NOT_WRITTEN, done.stderr)
                self.assertEqual(self.server.head(), head + 1)
                self.assertRegex(done.stderr, r"order \d+ placed, total 9\.00 USD")
                self.assertIn(f"position {head + 1}, token ", done.stderr)
                self.assertRegex(done.stderr, r"--key [0-9a-f]{32}")

    def test_every_kind_of_command_is_done_and_says_so_when_nobody_reads(self) -> None:
        order = self.server.json("order", "place", "--user", "1", "--line", "1:1")["order_id"]
        commands: Sequence[Sequence[str]] = (
            ("user", "register", "--email", "u@example.org", "--name", "U"),
            ("user", "rename", "1", "Ada L."),
            ("user", "change-email", "1", "countess@example.org"),
            ("product", "add", "--name", "X", "--price-minor", "1", "--currency", "USD"),
            ("product", "change-price", "1", "450"),
            ("order", "pay", order), ("order", "ship", order), ("order", "deliver", order),
            ("measure", "visible", "--count", "3"),
        )
        for command in commands:
            with self.subTest(command=command):
                head = self.server.head()
                done = self.unread(*command)
                self.assertEqual(done.returncode, NOT_WRITTEN, done.stderr)
                self.assertIn("it was done", done.stderr)
                self.assertGreater(self.server.head(), head)

    def test_a_memory_that_cannot_be_is_told_what_it_can_be(self) -> None:
        for size in ("512", "abc", "64MiB", "512MB", "1.5GiB", "0", "-1GiB", "1025TiB",
                     "9999999999TiB", "MiB"):
            with self.subTest(size=size):
                done = subprocess.run(
                    [str(SERVER), "all", f"--memory={size}"], capture_output=True, text=True,
                    timeout=60, check=False)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertIn(
                    "--memory is 128MiB to 1024TiB: a whole number with KiB, MiB, GiB or TiB "
                    f"behind it, not {size}.", " ".join(done.stderr.split()))

    def test_a_start_tells_of_more_memory_than_the_machine_has(self) -> None:
        server = ShopServer()
        self.addCleanup(server.close)
        server.start(options=("--memory", "1024TiB", "--log-level", "info"))
        server.stop()
        self.assertIn("the server takes at most 1073741824MiB of memory (--memory)", server.log())
        self.assertIn("warning", server.log())
        self.assertIn("--memory is 1073741824 MiB, more than the ", server.log())

    def test_in_json_the_result_is_on_standard_error(self) -> None:
        done = self.unread("order", "place", "--user", "1", "--line", "1:2", "--json", full=True)
        self.assertEqual(done.returncode, NOT_WRITTEN, done.stderr)
        said: dict[str, Any] = json.loads(done.stderr)
        self.assertEqual(said["error"]["reason"], "OUTPUT_NOT_WRITTEN")
        self.assertEqual(said["result"]["total_minor"], "900")
        self.assertEqual(said["result"]["key"], said["error"]["key"])

    def test_a_closed_standard_output_is_noticed(self) -> None:
        head = self.server.head()
        done = subprocess.run(
            ["sh", "-c", '"$0" order place --user 1 --line 1:2 >&-', str(TANDEM)],
            env=self.server.environment, stderr=subprocess.PIPE, text=True, timeout=120,
            check=False)
        self.assertEqual(done.returncode, NOT_WRITTEN, done.stderr)
        self.assertIn(f"position {head + 1}", done.stderr)

    def test_what_was_only_asked_ends_with_the_same_code_and_no_alarm(self) -> None:
        for command in (("user", "list"), ("order", "list", "--user", "1"), ("status",),
                        ("report",), ("--help",), ("user", "get", "1", "--json")):
            with self.subTest(command=command):
                done = self.unread(*command)
                self.assertEqual((done.returncode, done.stderr), (NOT_WRITTEN, ""))
                full = self.unread(*command, full=True)
                self.assertEqual(full.returncode, NOT_WRITTEN)
                self.assertIn("No space left on device", full.stderr)

    def test_a_script_that_repeats_with_its_key_orders_once(self) -> None:
        command = ("order", "place", "--user", "1", "--line", "1:7", "--key", KEY)
        head = self.server.head()
        self.assertEqual(self.unread(*command).returncode, NOT_WRITTEN)
        self.assertEqual(self.unread(*command, full=True).returncode, NOT_WRITTEN)
        again = self.server.tandem(*command)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("it had been carried out before", again.stdout)
        self.assertEqual(self.server.head(), head + 1)
        uuid = f"{KEY[:8]}-{KEY[8:12]}-{KEY[12:16]}-{KEY[16:20]}-{KEY[20:]}"
        self.assertIs(self.server.json(*command[:-1], uuid)["replayed"], True)

    def test_a_key_can_be_made_and_used(self) -> None:
        for option in ((), ("--random",)):
            made = self.server.tandem("key", *option).stdout.strip()
            command = ("order", "place", "--user", "1", "--line", "1:1", "--key", made)
            self.assertIs(self.server.json(*command)["replayed"], False)
            self.assertIs(self.server.json(*command)["replayed"], True)

    def test_an_import_keeps_its_timeout_when_the_server_freezes(self) -> None:
        server = ShopServer()
        self.addCleanup(server.close)
        server.start()
        shop = make_shop(server.work / "shop", 1_500, 3)
        importing = server.start_import(shop, "--in-flight", "10", "--timeout", "1")
        server.wait_for_head(200, importing)
        assert server.process
        server.process.send_signal(signal.SIGSTOP)
        try:
            # Without the option it would be 60 s.
            _, errors = importing.communicate(timeout=50)
        finally:
            server.process.send_signal(signal.SIGCONT)
        self.assertEqual(importing.returncode, 3, errors)
        self.assertIn("has not answered for 1 s", errors)

    def test_an_import_whose_report_is_not_read_says_what_it_did(self) -> None:
        folder = self.shop("unread", "500,Mint,1,USD\n")
        done = self.unread("import", str(folder))
        self.assertEqual(done.returncode, NOT_WRITTEN, done.stderr)
        self.assertIn("imported 1 product, 0 users, 0 orders", done.stderr)

    def test_a_list_stops_asking_when_nobody_reads(self) -> None:
        for number in range(2, 12):
            self.server.json(
                "product", "add", "--name", f"P{number}", "--price-minor", "1", "--currency",
                "USD")
        # A page is more than a pipe holds: of a hundred, only the first can be written.
        command = f'"{TANDEM}" product list --all --page-size 1 | head -n 2'
        done = subprocess.run(
            ["bash", "-c", command], env=self.server.environment, capture_output=True, text=True,
            timeout=120, check=False)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertEqual(done.stderr, "")

    def test_an_argument_that_is_not_utf8_is_refused_by_name(self) -> None:
        head = self.server.head()
        for program, status in ((str(TANDEM), 2), (str(SERVER), 64)):
            done = subprocess.run(
                [program, "user", "rename", "1", b"Jos\xe9"], env=self.server.environment,
                capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, status)
            self.assertIn(r"argument 4 is not UTF-8: 'Jos\xE9'", done.stderr)
        environment = {**self.server.environment, "TANDEM_COMMAND_ADDRESS": "h\udce9:1"}
        done = subprocess.run(
            [str(TANDEM), "user", "rename", "1", "A"], env=environment, capture_output=True,
            text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(r"$TANDEM_COMMAND_ADDRESS is not UTF-8: 'h\xE9:1'", done.stderr)
        self.assertEqual(self.server.head(), head)

    def test_a_changed_row_is_told_with_both_values_and_left_out(self) -> None:
        folder = self.shop("changed", "600,Mint,100,USD\n601,Sage,200,USD\n")
        (folder / "users.csv").write_text("user_id,email,name\n600,m@example.org,M\n")
        self.assertEqual(self.server.tandem("import", folder).returncode, 0)
        self.assertEqual(self.server.tandem("import", folder).returncode, 0)
        head = self.server.head()
        (folder / "products.csv").write_text(
            "product_id,name,price_minor,currency\n600,Mint,175,USD\n601,Sage tea,200,USD\n")
        (folder / "users.csv").write_text("user_id,email,name\n600,m@example.org,N\n")
        done = self.server.tandem("import", folder)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("products.csv:2: product 600 is on the server already, and differs: "
                      "price_minor is 175 here, 100 on the server", done.stderr)
        self.assertIn("name is 'Sage tea' here, 'Sage' on the server", done.stderr)
        self.assertIn("users.csv:2: user 600 is on the server already", done.stderr)
        self.assertEqual(self.server.head(), head)

    def test_control_sequences_in_data_do_not_reach_the_terminal(self) -> None:
        folder = self.shop("steering", "")
        (folder / "users.csv").write_text(
            "user_id,email,name\n700,a\x1b[31m\x07\u202e@x@y,Eve\n", encoding="utf-8")
        done = self.server.tandem("import", folder, "--skip-bad")
        name = self.server.tandem("user", "get", "1\x1b[2J")
        for text in (done.stdout, done.stderr, name.stdout, name.stderr):
            self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
        self.server.json(
            "user", "register", "--id", "701", "--email", "b@x.org", "--name", "ab\u202ec")
        shown = self.server.tandem("user", "get", "701")
        self.assertIn("ab\ufffdc", shown.stdout)
        written = self.server.tandem("user", "get", "701", "--json")
        self.assertIn(r'"ab\u202ec"', written.stdout)

    def test_a_large_id_is_kept_by_readers_of_json(self) -> None:
        identity = str(2**53 + 1)
        made = self.server.json(
            "product", "add", "--id", identity, "--name", "Big", "--price-minor", "1",
            "--currency", "USD")
        self.assertEqual(made["product_id"], identity)
        shown = self.server.json("product", "get", identity)
        self.assertEqual((shown["product_id"], shown["price_minor"]), (identity, "1"))

    def test_a_value_with_a_dash_gets_a_hint(self) -> None:
        done = self.server.tandem("user", "register", "--email", "-d@x.org", "--name", "D")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--email=-d@x.org", done.stderr)

    def test_a_wrong_argument_is_json_where_json_is_asked_for(self) -> None:
        done = self.server.tandem("user", "get", "zero", "--json")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stderr)["error"]["reason"], "BAD_INPUT")

    def shop(self, name: str, products: str):
        """A shop of these products alone."""
        folder = self.server.work / name
        folder.mkdir()
        (folder / "products.csv").write_text("product_id,name,price_minor,currency\n" + products)
        (folder / "users.csv").write_text("user_id,email,name\n")
        (folder / "orders.csv").write_text(
            "order_id,user_id,placed_at,product_id,description,quantity,price_minor,currency\n")
        return folder


if __name__ == "__main__":
    unittest.main()
