"""What a client is told when it is made, and what it makes of that."""

from __future__ import annotations

import unittest

from tandem_client import Options, TandemClient, TandemError
from tandem_client.handshake import make_hello
from tandem_client.port import is_loopback
from tandem_client.proto.orders.v1 import orders_pb2 as orders

REGISTER = "tandem.orders.v1.OrderCommands/RegisterUser"


class OptionTests(unittest.IsolatedAsyncioTestCase):
    def test_checksums_are_asked_for_between_machines_only(self) -> None:
        for host, expected in (("127.0.0.1", False), ("::1", False), ("localhost", False),
                               ("10.0.0.7", True), ("server.example", True)):
            self.assertEqual(not is_loopback(host), expected)

    def test_no_more_dictionaries_are_named_than_a_server_lists(self) -> None:
        held = {bytes([number]) * 32: b"" for number in range(40)}
        self.assertEqual(list(make_hello([], Options(), held).dictionary_sha256), list(held)[:24])
        unused = Options(compression=False)
        self.assertEqual(list(make_hello([], unused, held).dictionary_sha256), [])

    async def test_addresses_must_be_such(self) -> None:
        for address in ("localhost", ":1", "h:", "h:0", "h:70000", "h:x"):
            with self.assertRaises(ValueError):
                TandemClient(query=address)
        with self.assertRaises(TandemError):
            async with TandemClient(query="[::1]:1") as client:
                await client.command(REGISTER, orders.RegisterUserRequest(), orders.UserReply)


if __name__ == "__main__":
    unittest.main()
