"""The three halves' reports become one, and only all of them well is well."""

import json
import shlex
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import conformance_parts
import conformance_report
import conformance_run
from conformance_parts import Outcome, Part

JUNIT = '<testsuites><testsuite name="suite"><testcase name="a"/></testsuite></testsuites>'


def outcome(
    name: str, passed: int = 1, failed: int = 0, status: int = 0, junit: Path = Path("none"),
    skipped: int = 0, known: tuple[str, ...] = (),
) -> Outcome:
    """One half with so many cases, and one that does not apply."""
    results: list[dict[str, Any]] = [{"id": "group/not", "outcome": "not_applicable"}]
    results += [{"id": f"group/{number}", "outcome": "passed"} for number in range(passed)]
    results += [{"id": f"group/bad-{number}", "outcome": "failed"} for number in range(failed)]
    results += [{"id": f"group/left-{number}", "outcome": "skipped"} for number in range(skipped)]
    report = {
        "cases": len(results), "passed": passed, "failed": failed, "skipped": skipped,
        "not_applicable": 1, "seed": 7, "results": results,
    }
    return Outcome(Part(name, name, (), known_failing=known), status, 1.5, report, junit)


def without_report(name: str) -> Outcome:
    """A half that did not get far."""
    return Outcome(Part(name, name, ()), 2, 0.1, None, Path("none"))


class MergeTests(unittest.TestCase):
    def test_counts_are_summed_and_each_case_names_its_half(self) -> None:
        merged = conformance_report.merge([outcome("server", 3, 1, 1), outcome("swift-client", 2)])
        self.assertEqual((merged["cases"], merged["passed"], merged["failed"]), (8, 5, 1))
        self.assertEqual(
            [result["half"] for result in merged["results"]], ["server"] * 5 + ["swift-client"] * 3
        )
        self.assertEqual(merged["parts"]["server"]["status"], 1)
        self.assertEqual(merged["parts"]["swift-client"]["seconds"], 1.5)
        json.dumps(merged)

    def test_a_half_without_a_report_counts_no_case_and_shows_its_status(self) -> None:
        merged = conformance_report.merge([outcome("server"), without_report("python-client")])
        self.assertEqual(merged["cases"], 2)
        self.assertEqual(merged["parts"]["python-client"]["status"], 2)

    def test_the_suites_are_named_for_their_halves(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "junit.xml"
            file.write_text(JUNIT, encoding="utf-8")
            tree = conformance_report.merge_junit(
                [outcome("server", junit=file), outcome("swift-client", junit=file)]
            )
        names = [suite.get("name") for suite in tree.iter("testsuite")]
        self.assertEqual(names, ["server.suite", "swift-client.suite"])
        self.assertEqual(len(list(ElementTree.ElementTree(tree.getroot()).iter("testcase"))), 2)


class VerdictTests(unittest.TestCase):
    def test_all_well_is_well(self) -> None:
        self.assertTrue(conformance_report.is_well([outcome("server"), outcome("swift-client")]))

    def test_a_failure_a_status_and_a_missing_report_are_not(self) -> None:
        for bad in (outcome("a", failed=1, status=1), outcome("a", status=1), without_report("a")):
            with self.subTest(bad=bad):
                self.assertFalse(conformance_report.is_well([outcome("server"), bad]))

    def test_nothing_that_ran_is_not(self) -> None:
        self.assertFalse(conformance_report.is_well([]))
        self.assertFalse(conformance_report.is_well([outcome("server", passed=0)]))

    def test_the_summary_ends_with_the_verdict(self) -> None:
        halves = [outcome("server", 3, 1, 1), without_report("python-client")]
        text = conformance_report.summary(halves)
        self.assertIn("3 passed, 1 failed, 1 not applicable, in 2 s (ended with 1)", text)
        self.assertIn("failed: group/bad-0 (server)", text)
        self.assertIn("no report; ended with 2", text)
        self.assertTrue(text.endswith("NOT as it should be"))


class SkipTests(unittest.TestCase):
    def test_a_skip_is_well_unless_no_skips_are_allowed(self) -> None:
        self.assertTrue(conformance_report.is_well([outcome("server", skipped=1)]))
        self.assertFalse(conformance_report.is_well([outcome("server", skipped=1)], True))

    def test_what_does_not_apply_is_no_skip(self) -> None:
        self.assertTrue(conformance_report.is_well([outcome("server")], True))

    def test_the_summary_names_what_was_skipped(self) -> None:
        text = conformance_report.summary([outcome("server", skipped=2)], True)
        self.assertIn("skipped, and no skips are allowed: group/left-1 (server)", text)
        self.assertTrue(text.endswith("NOT as it should be"))
        self.assertNotIn("left-1", conformance_report.summary([outcome("server", skipped=2)]))

    def test_the_runner_is_told(self) -> None:
        part = Part("server", "server", ("server", "--query", "127.0.0.1:1"))
        part = conformance_parts.with_cases(part, ["drain-keepalive/subscription"])
        for no_skips in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                found = conformance_run.run(part, Path(folder), no_skips)
            self.assertEqual(found.ids("skipped"), ["drain-keepalive/subscription"])
            self.assertEqual("no skips are allowed" in found.output, no_skips, found.output)


class KnownFailingTests(unittest.TestCase):
    HALVES = ("server", "swift-client", "python-client")

    def known(self, text: str, half: str) -> tuple[str, ...]:
        return conformance_parts.known_failing(text, half, self.HALVES)

    def test_a_known_failure_is_well(self) -> None:
        self.assertTrue(conformance_report.is_well(
            [outcome("server", failed=1, known=("group/bad-0",))]
        ))
        self.assertFalse(conformance_report.is_well(
            [outcome("server", failed=2, known=("group/bad-0",))]
        ))
        self.assertTrue(conformance_report.is_well(
            [outcome("server", skipped=1, known=("group/left-0",))], True
        ))

    def test_a_line_is_about_all_halves_or_those_that_it_names(self) -> None:
        text = "# why\n\na/b\nclient/c swift-client  # slow\n"
        self.assertEqual(self.known(text, "server"), ("a/b",))
        self.assertEqual(self.known(text, "swift-client"), ("a/b", "client/c"))
        self.assertEqual(self.known(text, "python-client"), ("a/b",))

    def test_a_half_that_there_is_not_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            self.known("client/c swift-klient\n", "server")

    def test_the_repositorys_list_is_readable_and_used(self) -> None:
        text = conformance_run.KNOWN_FAILING.read_text(encoding="utf-8")
        for half in self.HALVES:
            self.assertIsInstance(self.known(text, half), tuple)

    def test_the_runner_is_given_the_list(self) -> None:
        part = Part("server", "server", ("server", "--query", "127.0.0.1:1"),
                    known_failing=("stream-ids/zero", "no/such-case"))
        part = conformance_parts.with_cases(part, ["stream-ids/zero"])
        with tempfile.TemporaryDirectory() as folder:
            found = conformance_run.run(part, Path(folder), False)
        self.assertIn("known", found.output)
        self.assertIn("no/such-case is in the known-failing list", found.output)
        self.assertNotIn("stream-ids/zero failed", found.output)


class AbuseTableTests(unittest.TestCase):
    def test_each_case_that_measured_has_a_line(self) -> None:
        found = outcome("abuse", passed=2)
        assert found.report is not None
        found.report["results"][1]["figures"] = {
            "quiet_p99_ms": 1.5, "abuse_p99_ms": 3.0, "idle_p99_ms": 0.5, "p99_bound_ms": 20.0,
            "abuse_waited_ms": 4.5, "rss_growth_kib": 100, "rss_bound_kib": 16384,
        }
        table = conformance_report.abuse_table([found])
        self.assertEqual(
            table[1].split(), ["group/0", "0.5", "1.5", "3.0", "4.5", "20.0", "100", "16384"]
        )
        self.assertEqual(len(table), 3)
        self.assertLessEqual({len(line) for line in table[:2]}, {len(table[0])})

    def test_without_measurements_there_is_no_table(self) -> None:
        self.assertEqual(conformance_report.abuse_table([outcome("server")]), [])


class PartsTests(unittest.TestCase):
    def test_paths_with_spaces_stay_one_word(self) -> None:
        parts = conformance_parts.all_parts(Path("/a b"), long=True)
        words = {part.name: part.arguments[2] for part in parts}
        self.assertIn("'/a b/tandem-test-server' all --data", words["server"])
        self.assertIn("--data {data}", words["server"])
        self.assertEqual(words["swift-client"], "'/a b/tandem-client-harness'")
        python = shlex.quote(sys.executable)
        self.assertEqual(words["python-client"], f"{python} -m tandem_client.harness")

    def test_only_abuse_is_long_and_runs_alone(self) -> None:
        parts = conformance_parts.all_parts(Path("/a"), long=True)
        self.assertEqual([part.name for part in parts if part.runs_alone], ["abuse"])
        long = [part.name for part in parts if conformance_parts.LONG_SWITCH in part.environment]
        self.assertEqual(long, ["abuse"])

    def test_a_listing_gives_ids(self) -> None:
        listing = " 106  abuse/cancel-loop   REQUEST and/or CANCEL.\n      meta/by-itself  Each.\n"
        self.assertEqual(conformance_parts.listed(listing), ["abuse/cancel-loop", "meta/by-itself"])

    def test_the_server_half_is_shared_out_and_nothing_is_lost(self) -> None:
        parts = [
            conformance_parts.with_cases(part, [])
            for part in conformance_parts.all_parts(Path("/a"), long=False)
        ]
        cases = {part.name: set(part.cases) for part in parts}
        self.assertTrue(all(case.startswith("abuse/") for case in cases["abuse"]))
        shares = [cases[share] for share in conformance_parts.SHARES]
        self.assertFalse(any(case.startswith("abuse/") for case in set().union(*shares)))
        self.assertLessEqual(max(map(len, shares)) - min(map(len, shares)), 1)
        whole = Part("whole", "server", ("server", "--query", "127.0.0.1:1"))
        self.assertEqual(
            set().union(*shares, cases["abuse"]),
            set(conformance_parts.with_cases(whole, []).cases) | cases["abuse"],
        )
        self.assertEqual(sum(map(len, shares)), len(set().union(*shares)))
        self.assertGreater(min(len(found) for found in cases.values()), 10)
        self.assertEqual(cases["swift-client"], cases["python-client"])

    def test_a_pattern_of_one_half_leaves_the_others_out(self) -> None:
        parts = conformance_parts.all_parts(Path("/a"), long=False)
        only = ["client/any-order", "abuse/ping-flood"]
        cases = {part.name: conformance_parts.with_cases(part, only).cases for part in parts}
        self.assertEqual(cases["server"], ())
        self.assertEqual(cases["abuse"], ("abuse/ping-flood",))
        self.assertEqual(cases["swift-client"], ("client/any-order",))


if __name__ == "__main__":
    unittest.main()
