"""What Scripts/abuse takes for borne, and what not."""

from __future__ import annotations

import json
import unittest
from dataclasses import replace
from typing import Any

from abuse import report, requests, verdict
from abuse.verdict import MIB, Seen
from tandem_conformance import messages

CLIENT: dict[str, Any] = {
    "calls": {"place": 100, "get": 200, "list": 50, "get, newly connected": 4, "read back": 100},
    "refusals": {"RESOURCE_EXHAUSTED / QUEUE_FULL": 3}, "connections_lost": 0, "failures": [],
    "failed": 0, "latencies_ms": [1.0, 2.0, 3.0, 400.0], "orders_placed": 100,
    "orders_read_back": 100,
}
GOOD = Seen(
    memory_bytes=512 * MIB, rss_peak_bytes=300 * MIB, died_with=None, exit_code=0, client=CLIENT,
    abusers={"floods": {"connections": 9, "calls": 10_000}}, serves_again=True)
FACTS: dict[str, Any] = {
    "idle_mib": 30, "cpu_share": 1.2, "statuses": [{}, {"memory": {
        "budget_bytes": 512 * MIB, "resident_bytes": 300 * MIB, "is_short": 0, "refusals": 77,
        "uses": [{"name": "commands", "bytes": 9 * MIB}]}}],
    "usage": {"rss_peak": 300 * MIB, "anon_peak": 280 * MIB, "data_peak": 400 * MIB,
              "rss_last": 290 * MIB, "threads_peak": 12, "descriptors_peak": 900},
}


def failed(seen: Seen) -> list[str]:
    """What does not hold."""
    return [finding.what for finding in verdict.findings(seen) if not finding.holds]


class VerdictTests(unittest.TestCase):
    def test_a_run_without_a_fault_passes(self) -> None:
        self.assertEqual(failed(GOOD), [])

    def test_a_server_that_died_fails(self) -> None:
        seen = replace(GOOD, died_with=-4, exit_code=-4, serves_again=None)
        self.assertEqual(failed(seen), ["the server lived", "it ended when it was told to"])

    def test_memory_fails_from_the_first_byte_beyond_the_budget(self) -> None:
        self.assertEqual(failed(replace(GOOD, rss_peak_bytes=512 * MIB)), [])
        self.assertEqual(failed(replace(GOOD, rss_peak_bytes=512 * MIB + 1)),
                         ["its memory stayed under the budget"])

    def test_one_failed_call_of_the_good_client_fails(self) -> None:
        client = CLIENT | {"failed": 1, "failures": ["get: NOT_FOUND"]}
        self.assertEqual(failed(replace(GOOD, client=client)), ["all of its calls succeeded"])

    def test_a_refusal_that_was_repeated_does_not_fail(self) -> None:
        client = CLIENT | {"refusals": {"RESOURCE_EXHAUSTED / MEMORY_FULL": 1_000}}
        self.assertEqual(failed(replace(GOOD, client=client)), [])

    def test_an_order_that_is_gone_and_a_lost_connection_fail(self) -> None:
        client = CLIENT | {"orders_read_back": 99, "connections_lost": 1}
        self.assertEqual(failed(replace(GOOD, client=client)), [
            "none of its connections was lost", "it read back all that it placed"])

    def test_a_client_that_made_no_calls_or_broke_off_fails(self) -> None:
        idle = CLIENT | {"calls": {}, "orders_placed": 0, "orders_read_back": 0}
        self.assertEqual(failed(replace(GOOD, client=idle)),
                         ["the good client made calls of all kinds"])
        self.assertEqual(failed(replace(GOOD, client=None)), ["the good client ran to the end"])

    def test_an_abuser_that_did_not_abuse_fails(self) -> None:
        seen = replace(GOOD, abusers={"floods": {"not connected": 7}, "waiters": None})
        self.assertEqual(failed(seen), ["the abuser floods got to abuse",
                                        "the abuser waiters ran to the end"])

    def test_a_server_that_does_not_start_again_fails(self) -> None:
        self.assertEqual(failed(replace(GOOD, serves_again=False)),
                         ["it started again on its data"])


class ReportTests(unittest.TestCase):
    def test_the_report_tells_the_figures_and_each_finding(self) -> None:
        text = "\n".join(report.lines(GOOD, FACTS, verdict.findings(GOOD)))
        for part in ("peak 300 MiB resident", "1.20 of a processor", "200 get", "QUEUE_FULL",
                     "p99 400.0 ms", "10,000 calls", "commands 9; 77 refusals", "ok     the server lived"):
            self.assertIn(part, text)

    def test_the_document_is_json_and_says_whether_it_passed(self) -> None:
        for seen, passed in ((GOOD, True), (replace(GOOD, client=None), False)):
            document = report.document(seen, FACTS, verdict.findings(seen))
            self.assertEqual(json.loads(json.dumps(document))["passed"], passed)
        self.assertEqual(report.document(GOOD, FACTS, [])["client"]["latency_ms_p50"], 2.0)

    def test_a_client_without_an_answer_has_no_latencies(self) -> None:
        client = CLIENT | {"latencies_ms": []}
        document = report.document(replace(GOOD, client=client), FACTS, [])
        self.assertEqual(document["client"]["latency_ms_p99"], 0)


class BodyTests(unittest.TestCase):
    def test_bodies_are_what_they_are_said_to_be(self) -> None:
        lines = requests.catalogue_lines(3, products=2)
        order = messages.decode("PlaceOrderRequest", requests.place_order(7, lines, 9))
        self.assertEqual((order["order_id"], order["user_id"], order["currency"]), (9, 7, "USD"))
        self.assertEqual([line["product_id"] for line in order["lines"]], [1, 2, 1])


if __name__ == "__main__":
    unittest.main()
