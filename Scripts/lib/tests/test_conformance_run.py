"""The three halves' reports become one, and only all of them well is well."""

import json
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import conformance_run
from conformance_run import Outcome, Part

JUNIT = '<testsuites><testsuite name="suite"><testcase name="a"/></testsuite></testsuites>'


def outcome(
    name: str, passed: int = 1, failed: int = 0, status: int = 0, junit: Path = Path("none")
) -> Outcome:
    """One half with so many cases."""
    results = [{"id": f"group/{number}", "outcome": "passed"} for number in range(passed)]
    results += [{"id": f"group/bad-{number}", "outcome": "failed"} for number in range(failed)]
    report = {
        "cases": passed + failed, "passed": passed, "failed": failed, "skipped": 0,
        "not_applicable": 0, "seed": 7, "results": results,
    }
    return Outcome(Part(name, name, ()), status, 1.5, report, junit)


def without_report(name: str) -> Outcome:
    """A half that did not get far."""
    return Outcome(Part(name, name, ()), 2, 0.1, None, Path("none"))


class MergeTests(unittest.TestCase):
    def test_counts_are_summed_and_each_case_names_its_half(self) -> None:
        merged = conformance_run.merge([outcome("server", 3, 1, 1), outcome("swift-client", 2)])
        self.assertEqual((merged["cases"], merged["passed"], merged["failed"]), (6, 5, 1))
        self.assertEqual(
            [result["half"] for result in merged["results"]], ["server"] * 4 + ["swift-client"] * 2
        )
        self.assertEqual(merged["parts"]["server"]["status"], 1)
        self.assertEqual(merged["parts"]["swift-client"]["seconds"], 1.5)
        json.dumps(merged)

    def test_a_half_without_a_report_counts_no_case_and_shows_its_status(self) -> None:
        merged = conformance_run.merge([outcome("server"), without_report("python-client")])
        self.assertEqual(merged["cases"], 1)
        self.assertEqual(merged["parts"]["python-client"]["status"], 2)

    def test_the_suites_are_named_for_their_halves(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "junit.xml"
            file.write_text(JUNIT, encoding="utf-8")
            tree = conformance_run.merge_junit(
                [outcome("server", junit=file), outcome("swift-client", junit=file)]
            )
        names = [suite.get("name") for suite in tree.iter("testsuite")]
        self.assertEqual(names, ["server.suite", "swift-client.suite"])
        self.assertEqual(len(list(ElementTree.ElementTree(tree.getroot()).iter("testcase"))), 2)


class VerdictTests(unittest.TestCase):
    def test_all_well_is_well(self) -> None:
        self.assertTrue(conformance_run.is_well([outcome("server"), outcome("swift-client")]))

    def test_a_failure_a_status_and_a_missing_report_are_not(self) -> None:
        for bad in (outcome("a", failed=1, status=1), outcome("a", status=1), without_report("a")):
            with self.subTest(bad=bad):
                self.assertFalse(conformance_run.is_well([outcome("server"), bad]))

    def test_nothing_that_ran_is_not(self) -> None:
        self.assertFalse(conformance_run.is_well([]))
        self.assertFalse(conformance_run.is_well([outcome("server", passed=0)]))

    def test_the_summary_ends_with_the_verdict(self) -> None:
        halves = [outcome("server", 3, 1, 1), without_report("python-client")]
        text = conformance_run.summary(halves)
        self.assertIn("3 passed, 1 failed, in 2 s (ended with 1)", text)
        self.assertIn("no report; ended with 2", text)
        self.assertTrue(text.endswith("NOT as it should be"))


class PartsTests(unittest.TestCase):
    def test_paths_with_spaces_stay_one_word(self) -> None:
        parts = conformance_run.all_parts(Path("/a b"), Path("/v/bin/python"), long=True)
        words = {part.name: part.arguments[2] for part in parts}
        self.assertIn("'/a b/tandem-server' all --test-service", words["server"])
        self.assertIn("--data {data}", words["server"])
        self.assertEqual(words["swift-client"], "'/a b/tandem-client-harness'")
        self.assertEqual(words["python-client"], "/v/bin/python -m tandem_client.harness")

    def test_only_abuse_is_long_and_runs_alone(self) -> None:
        parts = conformance_run.all_parts(Path("/a"), Path("/v"), long=True)
        self.assertEqual([part.name for part in parts if part.runs_alone], ["abuse"])
        long = [part.name for part in parts if conformance_run.LONG_SWITCH in part.environment]
        self.assertEqual(long, ["abuse"])

    def test_a_listing_gives_ids(self) -> None:
        listing = " 106  abuse/cancel-loop   REQUEST and/or CANCEL.\n      meta/by-itself  Each.\n"
        self.assertEqual(conformance_run.listed(listing), ["abuse/cancel-loop", "meta/by-itself"])

    def test_the_server_half_is_shared_out_and_nothing_is_lost(self) -> None:
        parts = [
            conformance_run.with_cases(part, [])
            for part in conformance_run.all_parts(Path("/a"), Path("/v"), long=False)
        ]
        cases = {part.name: set(part.cases) for part in parts}
        self.assertTrue(all(case.startswith("abuse/") for case in cases["abuse"]))
        self.assertFalse(any(case.startswith("abuse/") for case in cases["server"]))
        self.assertGreater(min(len(found) for found in cases.values()), 10)
        self.assertEqual(cases["swift-client"], cases["python-client"])

    def test_a_pattern_of_one_half_leaves_the_others_out(self) -> None:
        parts = conformance_run.all_parts(Path("/a"), Path("/v"), long=False)
        only = ["client/any-order", "abuse/ping-flood"]
        cases = {part.name: conformance_run.with_cases(part, only).cases for part in parts}
        self.assertEqual(cases["server"], ())
        self.assertEqual(cases["abuse"], ("abuse/ping-flood",))
        self.assertEqual(cases["swift-client"], ("client/any-order",))


if __name__ == "__main__":
    unittest.main()
