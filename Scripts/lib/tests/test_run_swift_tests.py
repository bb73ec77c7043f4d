"""A crashed test is named, one that waits in vain too, and all others are counted."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path

import run_swift_tests
from run_swift_tests import Ending, run_all
from swift_events import SwiftRun, pattern_of


def test_line(name: str, kind: str = "function") -> str:
    return json.dumps({"kind": "test", "payload": {
        "kind": kind, "id": name, "displayName": f"<{name}>", "name": name,
        "sourceLocation": {"fileID": "A/B.swift"}}})


def event(kind: str, name: str | None = None, symbol: str | None = None) -> str:
    payload: dict[str, object] = {"kind": kind}
    if name:
        payload["testID"] = name
    if symbol:
        payload["messages"] = [{"symbol": symbol, "text": ""}]
    return json.dumps({"kind": "event", "payload": payload})


def run_of(*lines: str) -> SwiftRun:
    run = SwiftRun()
    for line in lines:
        run.read(line)
    return run


def whole(*names: str, failing: Sequence[str] = ()) -> Ending:
    """A run that comes to its end."""
    lines = [test_line(name) for name in names]
    for name in names:
        lines.append(event("testStarted", name))
        lines.append(event("testEnded", name, "fail" if name in failing else "pass"))
    return Ending(run_of(*lines, event("runEnded")), 1 if failing else 0)


def broken(ended: Sequence[str], begun: Sequence[str], is_hung: bool = False) -> Ending:
    """A run that something ends while tests are at work."""
    lines = [test_line(name) for name in (*ended, *begun)]
    lines += [event("testStarted", name) for name in (*ended, *begun)]
    lines += [event("testEnded", name, "pass") for name in ended]
    return Ending(run_of(*lines), 1, is_hung)


class EventTests(unittest.TestCase):
    def test_tests_are_counted_and_suites_and_broken_lines_are_not(self) -> None:
        run = run_of(
            test_line("S", "suite"), test_line("a"), test_line("b"), test_line("c"),
            event("testStarted", "S"), event("testStarted", "a"), event("testStarted", "b"),
            event("testSkipped", "c"), event("issueRecorded", "a", "fail"),
            event("testEnded", "a", "fail"), event("testEnded", "S", "fail"),
            '{"kind": "event", "payl')
        self.assertEqual(run.outcomes, {"a": "failed", "c": "skipped"})
        self.assertEqual(run.unfinished, ["b"])
        self.assertFalse(run.has_ended)

    def test_a_skipped_test_is_matched_by_its_pattern_whatever_its_sentence_says(self) -> None:
        test = "T.S/`it's (so) [far], a+b | c`()/F.swift:1:2"
        self.assertTrue(re.search(pattern_of(test), test))
        self.assertFalse(re.search(pattern_of(test), "T.S/`it's so far`()/F.swift:1:2"))


class RunTests(unittest.TestCase):
    def runner(self, *endings: Ending) -> run_swift_tests.Runner:
        """Gives these endings in turn, and notes what was asked for."""
        self.asked: list[list[str]] = []
        left = list(endings)

        def run(arguments: Sequence[str]) -> Ending:
            self.asked.append(list(arguments))
            return left.pop(0)

        return run

    def test_a_run_that_ends_is_counted_and_not_repeated(self) -> None:
        report = run_all(self.runner(whole("a", "b", "c", failing=["b"])))
        self.assertEqual(report.counts(), {"passed": 2, "failed": 1, "skipped": 0})
        self.assertEqual(self.asked, [["--parallel"]])

    def test_a_crashed_test_is_named_and_the_others_are_counted(self) -> None:
        report = run_all(self.runner(
            broken(["a"], ["b", "c", "d"]), broken(["a", "b"], ["c"]), whole("a", "b", "d")))
        self.assertEqual(report.counts(), {"passed": 3, "failed": 1, "skipped": 0})
        self.assertEqual(report.complaints, ["crashed: A/B.swift: <c>"])
        self.assertEqual(self.asked[2], ["--no-parallel", "--skip", "c"])

    def test_a_crash_that_comes_only_side_by_side_is_a_failure_of_its_own(self) -> None:
        report = run_all(self.runner(broken(["a"], ["b"]), whole("a", "b")))
        self.assertEqual(report.counts(), {"passed": 2, "failed": 1, "skipped": 0})
        self.assertIn("<b>", report.complaints[0])

    def test_crashes_without_end_are_given_up(self) -> None:
        crashes = [broken(["a"], [str(number)]) for number in range(5)]
        report = run_all(self.runner(broken(["a"], ["0"]), *crashes))
        self.assertEqual(report.counts(), {"passed": 1, "failed": 6, "skipped": 0})

    def test_a_test_that_waits_in_vain_is_named_and_the_others_are_counted(self) -> None:
        report = run_all(self.runner(broken(["a", "b"], ["c"], is_hung=True)))
        self.assertEqual(report.counts(), {"passed": 2, "failed": 1, "skipped": 0})
        self.assertIn("<c>", report.complaints[0])

    def test_a_run_that_no_test_began_in_fails_unless_it_ended_well(self) -> None:
        self.assertEqual(run_all(self.runner(Ending(SwiftRun(), 1))).counts()["failed"], 1)
        self.assertEqual(run_all(self.runner(Ending(SwiftRun(), 0))).counts()["failed"], 0)

    def test_an_issue_that_belongs_to_no_test_fails_the_run(self) -> None:
        ending = whole("a")
        ending.status = 1
        self.assertEqual(run_all(self.runner(ending)).counts()["failed"], 1)


class FollowTests(unittest.TestCase):
    def test_a_silent_process_is_ended(self) -> None:
        patience, run_swift_tests.PATIENCE_S = run_swift_tests.PATIENCE_S, 0.0
        self.addCleanup(setattr, run_swift_tests, "PATIENCE_S", patience)
        with tempfile.TemporaryDirectory() as folder:
            stream = Path(folder) / "events"
            stream.write_text(test_line("a") + "\n" + event("testStarted", "a") + "\n")
            process = subprocess.Popen(
                [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
            ending = Ending(SwiftRun())
            with open(stream, encoding="utf-8") as lines:
                run_swift_tests.follow(process, lines, ending)
        self.assertTrue(ending.is_hung)
        self.assertEqual(ending.run.unfinished, ["a"])


if __name__ == "__main__":
    unittest.main()
