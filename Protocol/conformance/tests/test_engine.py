"""The engine against a small server: it passes what is right, and finds each fault."""

from __future__ import annotations

import unittest
from typing import Any

from tandem_conformance.cases import Case
from tandem_conformance.engine import Engine, Target
from tandem_conformance.outcome import FAILED, NOT_APPLICABLE, PASSED, SKIPPED, Result

from tests.fake_server import FakeServer

Step = dict[str, Any]

STATUS: Step = {"request": {"method": "Status"}}
ANSWER: Step = {"expect": {"type": "RESPONSE", "message": {"role": "read"}}}
UNKNOWN: Step = {"frame": {"type": "REQUEST", "a": 999}}
REFUSED: Step = {"expect_error": {"code": "UNIMPLEMENTED", "reason": "UNKNOWN_METHOD"}}
VIOLATION: Step = {"frame": {"type": 127}}
GOODBYE: Step = {"expect_goaway": {"code": "PROTOCOL_ERROR", "last_stream": 0}}


def case(*steps: Step, **fields: Any) -> Case:
    """A case of these steps."""
    return Case(
        id="group/case",
        group="group",
        title="A case of the tests.",
        rules=["FR-01"],
        role="query",
        steps=list(steps),
        **fields,
    )


class EngineTests(unittest.TestCase):
    """What a case comes to."""

    def play(
        self, one: Case, fault: str = "", *, strict: bool = True, timeout: float = 5.0
    ) -> Result:
        """Runs a case against a fresh server with this fault."""
        server = FakeServer(fault)
        self.addCleanup(server.close)
        addresses = {"query": server.address, "command": server.address}
        target = Target(addresses)
        return Engine(target, strict=strict, timeout=timeout, seed=1).run(one)

    def test_what_is_right_passes(self) -> None:
        steps: list[Step] = [
            {"open": {}},
            STATUS,
            ANSWER,
            UNKNOWN,
            REFUSED,
            {"ping": {}},
            {"expect_pong": {}},
        ]
        result = self.play(case(*steps))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))

    def test_a_violation_answered_by_goaway_passes(self) -> None:
        result = self.play(case({"open": {}}, VIOLATION, GOODBYE))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))

    def test_checksums_pass(self) -> None:
        result = self.play(case({"open": {"hello": {"features": ["crc32c"]}}}, STATUS, ANSWER))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))

    def test_each_fault_is_found(self) -> None:
        opened: Step = {"open": {}}
        with_crc: Step = {"open": {"hello": {"features": ["crc32c"]}}}
        plain_welcome: Step = {"open": {"welcome": {"features": []}}}
        faults: dict[str, tuple[list[Step], str]] = {
            "wrong checksums": ([with_crc, STATUS, ANSWER], "CRC-32C"),
            "invented feature": ([plain_welcome], "WELCOME.features"),
            "swaps pings": ([opened, {"ping": {}}, {"expect_pong": {}}], "PONG"),
            "wrong stream": ([opened, STATUS, ANSWER], "calls that were made"),
            "wrong status": ([opened, UNKNOWN, REFUSED], "12 UNIMPLEMENTED"),
            "item on unary": ([opened, STATUS, ANSWER], "no ITEM on a unary call"),
            "undefined flag": ([opened, STATUS, ANSWER], "flags 10"),
            "two finals": ([opened, STATUS, ANSWER, STATUS, ANSWER], "behind its final frame"),
            "wrong code": ([opened, VIOLATION, GOODBYE], "1 PROTOCOL_ERROR"),
            "bare close": ([opened, VIOLATION, GOODBYE], "without it"),
        }
        for fault, (steps, text) in faults.items():
            with self.subTest(fault=fault):
                result = self.play(case(*steps, after="nothing"), fault)
                self.assertEqual(result.outcome, FAILED)
                self.assertIn(text, result.detail)

    def test_each_time_out_is_found(self) -> None:
        faults: dict[str, list[Step]] = {
            "silent": [{"open": {}}],
            "never answers": [{"open": {}}, STATUS, ANSWER],
            "soft goaway": [{"open": {}}, VIOLATION, GOODBYE],
            "stays open": [{"open": {}}, VIOLATION, GOODBYE],
        }
        for fault, steps in faults.items():
            with self.subTest(fault=fault):
                # Timed: none of these servers ever answers, and any end of the wait will do.
                result = self.play(case(*steps, after="nothing"), fault, timeout=0.3)
                self.assertEqual(result.outcome, FAILED)

    def test_a_bare_close_passes_unless_strict(self) -> None:
        violation = case({"open": {}}, VIOLATION, GOODBYE)
        self.assertEqual(self.play(violation, "bare close", strict=False).outcome, PASSED)
        self.assertEqual(self.play(violation, "wrong code", strict=False).outcome, FAILED)

    def test_the_server_has_to_answer_after_the_case(self) -> None:
        # Timed: the server never answers, and any end of the wait will do.
        result = self.play(case({"connect": {}}), "never answers", timeout=0.3)
        self.assertEqual(result.outcome, FAILED)
        self.assertIn("after the case", result.detail)

    def test_a_failure_says_where_and_shows_the_bytes(self) -> None:
        looped = {"for_each": {"name": "n", "in": [1], "steps": [STATUS, REFUSED]}}
        result = self.play(case({"open": {}}, looped))
        self.assertIn("step 2, for_each, with n = 1, step 2, expect_error", result.detail)
        self.assertIn("expected stream 1: ERROR 12 UNIMPLEMENTED, got RESPONSE", result.detail)
        self.assertIn("received", result.detail)

    def test_no_server_is_a_failure(self) -> None:
        server = FakeServer()
        server.close()
        # Timed: nobody listens, which is told at once.
        engine = Engine(Target({"query": server.address}), strict=True, timeout=1, seed=1)
        self.assertEqual(engine.run(case({"open": {}})).outcome, FAILED)

    def test_what_cannot_be_run_is_skipped(self) -> None:
        step: Step = {"open": {}}
        cannot: list[tuple[dict[str, Any], str]] = [
            ({"needs": ["test-service"]}, "needs test-service"),
            ({"needs": ["start"]}, "--start"),
            ({"needs": ["memory"]}, "--pid"),
            ({"limits": {"handshake-ms": 5}}, "handshake-ms=5"),
        ]
        for fields, text in cannot:
            with self.subTest(**fields):
                result = self.play(case(step, **fields))
                self.assertEqual(result.outcome, SKIPPED)
                self.assertIn(text, result.detail)
        self.assertEqual(self.play(case({"open": {"role": "feed"}})).outcome, SKIPPED)

    def test_not_applicable_is_told_apart(self) -> None:
        result = self.play(case(not_applicable="no identity yet"))
        self.assertEqual((result.outcome, result.detail), (NOT_APPLICABLE, "no identity yet"))

    def test_a_wrong_case_is_a_failure_that_says_so(self) -> None:
        steps: tuple[Step, ...] = (
            {"no_such_verb": {}},
            {"open": {}, "close": {}},
            {"request": {"method": "NoSuchMethod"}},
            {"procedure": {"name": "calls.no_such"}},
            {"procedure": {"name": "nowhere.at_all"}},
            {"ping": {"body": {"no_such_form": 1}}},
        )
        for step in steps:
            with self.subTest(step=step):
                result = self.play(case({"open": {}}, step))
                self.assertEqual(result.outcome, FAILED)
                self.assertIn("the case is wrong", result.detail)

    def test_a_method_is_called_by_its_place_in_hello(self) -> None:
        names = ["no.such/Method", "tandem.meta.v1.Meta/Status"]
        steps: list[Step] = [
            {"open": {"hello": {"methods": names}}},
            {"frame": {"type": "REQUEST", "method": "Status", "stream": 1}},
            {"expect": {"type": "RESPONSE", "message": {"role": "read"}}},
            {"frame": {"type": "REQUEST", "a": 1}},
            ANSWER,
            {"probe": {}},
        ]
        server = FakeServer()
        self.addCleanup(server.close)
        engine = Engine(Target({"query": server.address}), strict=True, timeout=5, seed=1)
        result = engine.run(case(*steps))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))
        # Three calls and the probe behind the case: none of them was a PING.
        self.assertEqual(len(server.bodies), 4)

    def test_what_an_answer_holds_can_be_sent_again(self) -> None:
        steps: list[Step] = [
            {"open": {}},
            STATUS,
            {"expect": {"type": "RESPONSE", "save": {
                "epoch": "log_epoch", "count": "collections.0.documents",
                "name": "collections.0.name"}}},
            {"request": {"method": "GetOrder", "message": {"order_id": {"saved": "count"}}}},
            {"request": {"method": "GetOrder", "message": {"order_id": {"hex": "0102"}}}},
            {"request": {"method": "FindUserByEmail", "message": {
                "email": {"concat": [{"saved": "name"}, "@", {"saved": "epoch"}]}}}},
            {"expect": {"type": "RESPONSE"}},
        ]
        server = FakeServer()
        self.addCleanup(server.close)
        engine = Engine(Target({"query": server.address}), strict=True, timeout=5, seed=1)
        result = engine.run(case(*steps))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))
        self.assertEqual(server.bodies[1:4], [b"\x08\x09", b"\x08\x82\x02", b"\x0a\x07users@7"])
        for part in ("collections.1.name", "no_such", "collections.0.no_such"):
            missing: Step = {"expect": {"type": "RESPONSE", "save": {"it": part}}}
            result = self.play(case({"open": {}}, STATUS, missing))
            self.assertEqual(result.outcome, FAILED)
            self.assertIn(f"RESPONSE with {part}", result.detail)

    def test_connections_by_name(self) -> None:
        steps: list[Step] = [
            {"open": {}, "as": "one"},
            {"open": {}, "as": "two"},
            {**STATUS, "on": "one"},
            {"ping": {}, "on": "two"},
            {"expect_pong": {}},
            {**ANSWER, "on": "one"},
        ]
        result = self.play(case(*steps))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))

    def test_split_and_together_reach_the_server_whole(self) -> None:
        steps: list[Step] = [
            {"connect": {}},
            {"together": {"steps": [{"preface": {}}, {"hello": {}}, STATUS]}},
            {"welcome": {}},
            ANSWER,
            {"split": {"method": "Status"}},
            {"split": {"handshake": True}},
        ]
        result = self.play(case(*steps))
        self.assertEqual((result.outcome, result.detail), (PASSED, ""))

    def test_retry_goes_on_until_the_steps_pass(self) -> None:
        never = {"retry": {"within_ms": 50, "steps": [UNKNOWN, {"expect": {"type": "RESPONSE"}}]}}
        self.assertEqual(self.play(case({"open": {}}, never)).outcome, FAILED)
        once = {"retry": {"within_ms": 50, "steps": [STATUS, ANSWER]}}
        self.assertEqual(self.play(case({"open": {}}, once)).outcome, PASSED)

    def test_chance_comes_from_the_seed_and_the_case(self) -> None:
        noise = {"request": {"method": "Status", "body": {"random": 8}}}
        one = case({"open": {}}, noise, {"expect": {"type": "RESPONSE"}})
        sent = []
        for seed in (1, 1, 2):
            server = FakeServer()
            self.addCleanup(server.close)
            engine = Engine(Target({"query": server.address}), strict=True, timeout=5, seed=seed)
            self.assertEqual(engine.run(one).outcome, PASSED)
            sent.append(server.bodies[0])
        self.assertEqual(sent[0], sent[1])
        self.assertNotEqual(sent[0], sent[2])


if __name__ == "__main__":
    unittest.main()
