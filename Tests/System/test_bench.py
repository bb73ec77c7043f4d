"""`tandem bench` against a real server: what it counts is what the server did."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
import unittest
from typing import Any

from shop_server import TANDEM, ShopServer, make_shop

REJECTED = 1
INTERRUPTED = 130
# All that is sent is measured.
SHORT = ("--duration", "500ms", "--warmup", "0s", "--connections", "2", "--in-flight", "4")


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ShopServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.json("import", make_shop(cls.server.work / "shop", 200, seed=1))
        cls.server.json("status", "--wait")

    def bench(self, *arguments: str) -> Any:
        return self.server.json("bench", *arguments, *SHORT)

    def test_orders_and_users_that_exist_are_found_and_asked_for(self) -> None:
        for kind in ("get", "list"):
            with self.subTest(kind=kind):
                head = self.server.head()
                report = self.bench(kind)
                self.assertNotEqual(report["latency_ms"]["count"], 0)
                self.assertEqual(report["errors"], [])
                self.assertEqual(self.server.head(), head)

    def test_each_order_that_is_placed_is_counted_once(self) -> None:
        head = self.server.head()
        report = self.bench("place")
        self.assertEqual(self.server.head() - head, report["latency_ms"]["count"])
        self.assertEqual(report["error_count"], 0)

    def test_a_mix_tells_of_each_kind_and_changes_what_it_says(self) -> None:
        head = self.server.head()
        report = self.bench("mixed", "--mix", "get=2,list=1,place=1", "--rate", "200")
        counts = {kind["name"]: kind["latency_ms"]["count"] for kind in report["kinds"]}
        self.assertEqual(list(counts), ["get", "list", "place"])
        self.assertEqual(self.server.head() - head, counts["place"])
        self.assertEqual(
            report["latency_ms"]["count"] + report["schedule"]["never_sent"], 100)

    def test_any_method_is_called_with_the_requests_of_a_file_each_under_a_fresh_key(
        self
    ) -> None:
        products = self.server.json("product", "list")["products"][:2]
        # A price that stays what it is makes an event all the same, unless its key was seen before.
        lines = [
            json.dumps({"productId": one["product_id"], "priceMinor": one["price_minor"]})
            for one in products
        ]
        path = self.server.work / "prices.ndjson"
        path.write_text("\n".join([lines[0], "", *lines[1:]]), encoding="utf-8")
        head = self.server.head()
        report = self.bench("call", "ChangeProductPrice", "--json-file", str(path))
        self.assertEqual(self.server.head() - head, report["latency_ms"]["count"])
        self.assertEqual([kind["name"] for kind in report["kinds"]], ["ChangeProductPrice"])

    def test_what_fails_is_counted_by_its_reason_and_shows_in_the_exit_code(self) -> None:
        done = self.server.tandem("bench", "get", "--ids", "900000:900001", *SHORT, "--json")
        self.assertEqual(done.returncode, REJECTED, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual([error["code"] for error in report["errors"]], ["NOT_FOUND"])
        self.assertEqual(report["latency_ms"]["count"], 0)

    def test_a_mistake_is_told_with_its_place(self) -> None:
        path = self.server.work / "bad.ndjson"
        path.write_text('{"userId": "1"}\n{"userId"\n', encoding="utf-8")
        done = self.server.tandem("bench", "call", "GetUser", "--json-file", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.ndjson:2: ", done.stderr)
        path.write_text("{}\n", encoding="utf-8")
        done = self.server.tandem("bench", "call", "GetUsr", "--json-file", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no method GetUsr", done.stderr)
        self.assertIn("tandem describe", done.stderr)

    def test_ctrl_c_ends_it_with_the_report_of_what_was_measured(self) -> None:
        head = self.server.head()
        running = subprocess.Popen(
            [str(TANDEM), "bench", "place", "--duration", "1h", *SHORT[2:], "--json"],
            env=self.server.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        while running.poll() is None and self.server.head() == head:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        output, problems = running.communicate(timeout=60)
        self.assertEqual(running.returncode, INTERRUPTED, problems)
        self.assertEqual(problems, "")
        report = json.loads(output)
        self.assertTrue(report["interrupted"])
        self.assertEqual(self.server.head() - head, report["latency_ms"]["count"])

    def test_only_a_terminal_is_shown_how_it_goes(self) -> None:
        own, theirs = pty.openpty()
        running = subprocess.Popen(
            [str(TANDEM), "bench", "get", *SHORT], env=self.server.environment,
            stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(own, 4096):
                shown += piece
        except OSError:
            pass  # Linux says so that the other end is closed.
        os.close(own)
        self.assertEqual(running.wait(timeout=60), 0)
        self.assertIn(b"IN FLIGHT", shown)
        self.assertIn(b"LATENCY IN MS", shown)
        self.assertEqual(self.server.tandem("bench", "get", *SHORT).stderr, "")


if __name__ == "__main__":
    unittest.main()
