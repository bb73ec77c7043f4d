"""`tandem describe` and `tandem call`, which know no domain; and a client of thirty lines that has
neither protobuf nor anything else that isn't Python's own."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import unittest
from typing import Any

from shop_server import TANDEM, ShopServer

GET_USER = "tandem.orders.v1.OrderQueries/GetUser"


class AnyDomain(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ShopServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        ada = cls.server.json(
            "user", "register", "--id", "1", "--email", "ada@example.org", "--name", "Ada")
        # From here on the documents have her, whoever asks and with whatever token.
        cls.server.json("user", "get", "1", "--at-least", ada["token"], "--timeout", "60")

    def tandem(
        self, *arguments: str, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command line."""
        return subprocess.run(
            [str(TANDEM), *arguments], env=self.server.environment, capture_output=True,
            input=input, text=True, timeout=60, check=False)

    def said(self, *arguments: str) -> str:
        """What it prints, when it succeeds."""
        done = self.tandem(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_describe_lists_the_methods_of_both_ports(self) -> None:
        lines = self.said("describe").splitlines()
        self.assertTrue(any("OrderCommands/PlaceOrder" in line and "command" in line
                            for line in lines))
        self.assertTrue(any(GET_USER in line and "query" in line for line in lines))

    def test_describe_tells_fields_types_comments_and_an_example_that_works(self) -> None:
        text = self.said("describe", "RegisterUser")
        for words in ("userId: uint64, optional", "email: string", "3 to 254 bytes with one @"):
            self.assertIn(words, text)
        example = text.splitlines()[-1].strip()
        self.assertTrue(example.startswith("tandem call tandem.orders.v1.OrderCommands/Reg"))
        self.said("call", GET_USER, '{"userId": "1"}')
        told = json.loads(self.said("describe", "ListUserOrders", "--json"))
        order = next(one for one in told["messages"] if one["name"] == "tandem.orders.v1.Order")
        self.assertIn("items", [field["name"] for field in order["fields"]])
        self.assertEqual(told["example"], {"userId": "1", "pageSize": 1})

    def test_call_asks_commands_and_reads_pages(self) -> None:
        user = {"email": "b@example.org", "name": "B\u202eidi"}
        key = self.said("key").strip()
        first = json.loads(
            self.said("call", "RegisterUser", json.dumps(user), "--key", key, "--json"))
        again = json.loads(
            self.said("call", "RegisterUser", json.dumps(user), "--key", key, "--json"))
        self.assertEqual((first["replayed"], again["replayed"]), (False, True))
        self.assertEqual(first["reply"], again["reply"])
        page = self.said(
            "call", "ListUsers", '{"pageSize": 1}', "--at-least", first["token"])
        self.assertIn('"name":"Ada"', page)
        cursor = page.split('more: "cursor": ')[1].splitlines()[0].strip('"')
        last = json.loads(self.said(
            "call", "ListUsers", json.dumps({"pageSize": 5, "cursor": cursor}), "--json"))
        self.assertEqual([one["name"] for one in last["items"]], [user["name"]])
        self.assertIsNone(last["next_cursor"])
        shown = self.said("call", "GetUser", json.dumps({"userId": first["reply"]["userId"]}))
        self.assertNotIn("\u202e", shown, "what turns the reading direction is escaped")

    def test_call_reads_a_long_request_from_standard_input(self) -> None:
        user = json.loads(self.said(
            "call", "RegisterUser", '{"email": "long@example.org", "name": "L"}', "--json"))
        line = {"description": "Bag", "quantity": 1, "unitPriceMinor": "10"}
        order = {"userId": user["reply"]["userId"], "currency": "USD", "lines": [line]}
        # More than an argument can have.
        text = json.dumps({"parts": [{"request": order}] * 1_000}, indent=2)
        self.assertGreater(len(text), 128 << 10)
        done = self.tandem("call", "PlaceOrders", "-", "--json", input=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        outcomes = json.loads(done.stdout)["reply"]["outcomes"]
        self.assertEqual(sum("reply" in outcome for outcome in outcomes), 1_000)

    def test_mistakes_are_told(self) -> None:
        for arguments, status, words in (
            (("call", "Nothing"), 2, "no method Nothing"),
            (("describe", "Nothing"), 2, "no method Nothing"),
            (("call", "GetUser", '{"userid": "1"}'), 1, "no field userid"),
            (("call", "GetUser", "{"), 1, "JSON"),
            (("call", "GetUser", '{"userId": "99"}'), 1, "NOT_FOUND"),
            (("call", "GetUser", "{}", "--key", "0" * 32), 2, "takes no --key"),
        ):
            with self.subTest(arguments=arguments):
                done = self.tandem(*arguments)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(words, done.stderr)

    def test_a_client_without_protobuf_is_short(self) -> None:
        host, port = self.server.addresses["query"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            stream = connection.makefile("rb")

            def send(kind: int, body: dict[str, Any], number: int = 0) -> None:
                text = json.dumps(body).encode()
                connection.sendall(
                    struct.pack(">IBBHII", 12 + len(text), kind, 0, 0, number, 0) + text)

            def receive() -> tuple[int, dict[str, Any]]:
                length, kind, flags, _, _, _ = struct.unpack(">IBBHII", stream.read(16))
                payload = stream.read(length - 12)
                if flags & 1:
                    payload = payload[2 + int.from_bytes(payload[:2], "big"):]
                return kind, json.loads(payload)

            connection.sendall(b"\xf4TND\r\n\x01\x02")
            send(1, {"features": ["json"], "methods": [GET_USER]})
            self.assertEqual(receive()[1]["features"], ["json"])
            send(3, {"userId": "1"}, number=1)
            kind, user = receive()
            self.assertEqual((kind, user["name"]), (4, "Ada"))


if __name__ == "__main__":
    unittest.main()
