"""Mistakes and hostile bytes: a clear error each, and nothing lost."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from shop_server import SERVER, ShopServer, end, make_shop

from tandem_conformance import messages, wire
from tandem_conformance.names import FrameType, Role

PREFACE = wire.preface(Role.QUERY)


def read_everything(connection) -> bytes:
    """Until the server ends the connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ShopServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.shop = make_shop(cls.server.work / "shop", 50, 7)
        cls.server.json("import", cls.shop)

    def rejected(self, *arguments: str, status: int = 1) -> str:
        """Runs a command that must fail without a change, and answers what it says."""
        head = self.server.head()
        result = self.server.tandem(*arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(self.server.head(), head, "a rejected command left an event")
        return result.stderr

    def test_an_unknown_product_is_named(self) -> None:
        error = self.rejected("order", "place", "--user", "1", "--line", "987654:1:100")
        self.assertIn("987654", error)
        self.assertIn("UNKNOWN_PRODUCT", error)

    def test_a_quantity_out_of_range_is_refused_with_the_range(self) -> None:
        product = str(self.server.json("product", "list")["products"][0]["product_id"])
        error = self.rejected(
            "order", "place", "--user", "1", "--line", f"{product}:2000000:100")
        self.assertIn("QUANTITY_OUT_OF_RANGE", error)
        self.assertIn("1000000", error.replace(",", ""))

    def test_a_duplicate_email_is_refused(self) -> None:
        email = self.server.json("user", "list")["users"][0]["email"]
        error = self.rejected("user", "register", "--email", email.upper(), "--name", "Again")
        self.assertIn("DUPLICATE_EMAIL", error)

    def test_an_order_cannot_be_shipped_before_it_is_paid(self) -> None:
        order = str(
            self.server.json("order", "list", "--user", "1")["orders"][0]["order_id"])
        error = self.rejected("order", "ship", order)
        self.assertIn("WRONG_ORDER_STATUS", error)

    def test_a_command_sent_to_the_query_port_is_told_where_to_go(self) -> None:
        query = self.server.addresses["query"]
        error = self.rejected(
            "--command-address", query, "user", "rename", "1", "Nobody", status=3)
        self.assertIn("query port", error)

    def test_nobody_at_the_address_is_an_exit_status_of_its_own(self) -> None:
        result = self.server.tandem("--query-address", "127.0.0.1:1", "user", "get", "1")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("127.0.0.1:1", result.stderr)

    def test_a_malformed_line_stops_the_import_and_is_named(self) -> None:
        folder = self.broken_shop("stops")
        result = self.server.tandem("import", folder)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("users.csv", result.stderr)
        self.assertRegex(result.stderr, r"(line |:)3\b")

    def test_why_an_import_stopped_is_json_if_that_was_asked_for(self) -> None:
        folder = self.broken_shop("stops_as_json")
        result = self.server.tandem("import", folder, "--json")
        self.assertEqual(result.returncode, 2, result.stderr)
        error = json.loads(result.stderr.splitlines()[-1])["error"]
        self.assertEqual(error["reason"], "BAD_INPUT")
        self.assertRegex(error["message"], r"users\.csv:3\b")
        self.assertEqual(json.loads(result.stdout)["problems"][0]["line"], 3)

    def test_bad_lines_can_be_skipped_and_are_counted(self) -> None:
        folder = self.broken_shop("skips")
        result = self.server.tandem("import", folder, "--skip-bad", "--json")
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn('"bad"', result.stdout)
        names = {user["name"] for user in self.server.json("user", "list", "--all")["users"]}
        self.assertIn("After skips", names, "the line behind the bad one was lost")

    def broken_shop(self, name: str) -> Path:
        folder = self.server.work / name
        folder.mkdir()
        (folder / "products.csv").write_text("product_id,name,price_minor,currency\n")
        (folder / "users.csv").write_text(
            "user_id,email,name\n"
            f"90001,before-{name}@example.org,Before {name}\n"
            f"ninety,bad-{name}@example.org,Bad {name}\n"
            f"90{len(name)}3,after-{name}@example.org,After {name}\n")
        (folder / "orders.csv").write_text(
            "order_id,user_id,placed_at,product_id,description,quantity,price_minor,currency\n")
        return folder

    def test_text_typed_at_a_port_gets_a_line_that_a_person_can_read(self) -> None:
        for port in ("command", "query", "feed"):
            with self.server.connect(port) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = read_everything(connection)
            self.assertIn(f"Tandem {port} port".encode(), answer)
        self.assert_serving()

    def test_a_hostile_length_ends_the_connection_with_a_reason(self) -> None:
        for length in (0xFFFFFFFF, 0x7FFFFFFF, 1 << 24, 11, 0):
            with self.server.connect("query") as connection:
                connection.sendall(PREFACE + length.to_bytes(4))
                answer = read_everything(connection)
            self.assertEqual(answer[4], FrameType.GOAWAY)
            self.assertIn(b"length", answer)
        self.assert_serving()

    def test_a_query_connection_on_the_command_port_is_refused(self) -> None:
        with self.server.connect("command") as connection:
            connection.sendall(PREFACE + wire.encode(FrameType.HELLO))
            answer = read_everything(connection)
        self.assertEqual(answer[4], FrameType.GOAWAY)
        self.assertIn(b"command port", answer)
        self.assert_serving()

    def test_what_a_feed_server_says_cannot_forge_a_line_of_the_log(self) -> None:
        said = "bye\x1b[2J\x07\n2026 critical: forged\u202e"
        goaway = wire.encode(FrameType.GOAWAY, body=messages.encode("GoAway", {"message": said}))
        with tempfile.TemporaryDirectory() as folder, socket.create_server(
            ("127.0.0.1", 0)
        ) as feed:
            feed.settimeout(20)
            process = subprocess.Popen(
                [str(SERVER), "read", "--data", folder, "--query-address", "127.0.0.1:0",
                 "--feed-address", f"127.0.0.1:{feed.getsockname()[1]}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                connection, _ = feed.accept()
                with connection:
                    connection.sendall(goaway)
                assert process.stderr
                line = process.stderr.readline()
            finally:
                end(process, signal.SIGTERM)
        self.assertIn("critical: forged", line)
        self.assertNotRegex(line.rstrip("\n"), "[\x00-\x1f\x7f\u202e]")
        if process.stderr:
            process.stderr.close()

    def test_a_usage_error_cannot_steer_the_terminal(self) -> None:
        for arguments in (["--limit", "a\x1b[2J\u202e=1"], ["--log-level", "\x1b[2J\u202e"],
                          ["\x1b[2J\u202e"]):
            result = subprocess.run(
                [str(SERVER), "all", *arguments], capture_output=True, text=True, timeout=60,
                check=False)
            self.assertEqual(result.returncode, 64)
            self.assertNotRegex(result.stderr, "[\x00-\x09\x0b-\x1f\x7f\u202e]")

    def assert_serving(self) -> None:
        self.assertEqual(self.server.tandem("user", "get", "1").returncode, 0)


if __name__ == "__main__":
    unittest.main()
