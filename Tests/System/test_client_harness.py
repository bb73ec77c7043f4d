"""The Swift client as the conformance suite drives it, against a server with the test service."""

from __future__ import annotations

import json
import subprocess
import unittest
from typing import Any

from shop_server import BIN, ShopServer
from tandem_conformance.messages import field

TEST = "tandem.test.v1.Test/"
ATTEMPT = "tandem.test.v1.TestCommands/Attempt"
METHODS = [TEST + name for name in ("Echo", "Sleep", "Fail", "Stream")]


class Harness:
    """The running program; replies are kept until they are asked for."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(BIN / "tandem-client-harness")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.replies: dict[int, dict[str, Any]] = {}
        self.order: list[int] = []
        self.last_id = 0

    def send(self, **request: Any) -> int:
        self.last_id += 1
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"id": self.last_id, **request}) + "\n")
        self.process.stdin.flush()
        return self.last_id

    def call(self, method: str, body: bytes, **more: Any) -> int:
        return self.send(**{
            "do": "call", "port": "query", "method": method, "kind": "unary", "body": body.hex(),
            "key": None, "read_only": True, "timeout_ms": 20_000, **more})

    def reply(self, number: int) -> dict[str, Any]:
        assert self.process.stdout
        while number not in self.replies:
            reply = json.loads(self.process.stdout.readline())
            self.replies[reply["id"]] = reply
            self.order.append(reply["id"])
        return self.replies[number]

    def end(self) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        return status

    def close(self) -> None:
        """Ends it, whatever state it is in."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                pipe.close()


class ClientHarness(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.server.start(test_service=True)
        self.harness = Harness()
        self.addCleanup(self.harness.close)
        self.open(self.server.addresses)

    def open(self, addresses: dict[str, str]) -> None:
        opened = self.harness.send(**{
            "do": "open", "command": addresses["command"], "query": addresses["query"],
            "methods": {"command": [ATTEMPT], "query": METHODS}})
        self.assertEqual(self.harness.reply(opened)["outcome"], "ok")

    def test_a_unary_call_gives_its_body_and_a_stream_its_items(self) -> None:
        echo = self.harness.call(TEST + "Echo", field(1, b"hello"))
        stream = self.harness.call(
            TEST + "Stream", field(1, 3) + field(1, 0) + field(1, 2), kind="stream")
        self.assertTrue(
            self.harness.reply(echo)["body"].startswith(field(1, b"hello").hex()))
        self.assertEqual(self.harness.reply(stream)["items"], ["000102", "", "0203"])

    def test_calls_end_in_any_order(self) -> None:
        slow = self.harness.call(TEST + "Sleep", field(1, 400))
        quick = self.harness.call(TEST + "Sleep", field(1, 1))
        self.harness.reply(slow)
        self.assertEqual(self.harness.order[-2:], [quick, slow])

    def test_a_failure_is_told_as_it_came(self) -> None:
        failed = self.harness.call(
            TEST + "Fail", field(1, 9) + field(3, b"WHY") + field(6, 1))
        reply = self.harness.reply(failed)
        self.assertEqual(
            (reply["outcome"], reply["code"], reply["reason"], reply["not_processed"]),
            ("error", 9, "WHY", True))

    def test_a_cancelled_call_ends_as_such(self) -> None:
        asleep = self.harness.call(TEST + "Sleep", field(1, 60_000))
        self.assertEqual(
            self.harness.reply(self.harness.send(do="cancel", call=asleep))["outcome"], "ok")
        self.assertEqual(self.harness.reply(asleep)["code"], 1)

    def test_a_command_is_repeated_under_its_key_until_it_succeeds(self) -> None:
        attempt = field(1, b"again") + field(2, 2) + field(3, 14)
        for replayed in (False, True):
            call = self.harness.call(
                ATTEMPT, attempt, port="command", key="0f" * 16, read_only=False)
            reply = self.harness.reply(call)
            self.assertEqual((reply["outcome"], reply["body"]), ("ok", field(1, 3).hex()))
            self.assertEqual(reply["replayed"], replayed)
            self.assertEqual(len(reply["token"]), 32)

    def test_a_server_that_comes_back_is_found_again(self) -> None:
        addresses = dict(self.server.addresses)
        self.harness.reply(self.harness.call(TEST + "Echo", b""))
        self.server.kill()
        waiting = self.harness.call(TEST + "Echo", b"")
        self.server.start_on(addresses, test_service=True)
        self.assertEqual(self.harness.reply(waiting)["outcome"], "ok")

    def test_it_ends_when_its_input_does(self) -> None:
        closed = self.harness.send(do="close")
        self.assertEqual(self.harness.reply(closed)["outcome"], "ok")
        self.assertEqual(self.harness.end(), 0)


if __name__ == "__main__":
    unittest.main()
