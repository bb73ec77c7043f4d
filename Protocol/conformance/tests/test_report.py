"""Reports, the known-failing list, and the command line's verdict."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

from tandem_conformance import cli, known_failing, report
from tandem_conformance.outcome import FAILED, NOT_APPLICABLE, PASSED, SKIPPED, Result

from tests.fake_server import FakeServer

RESULTS = [
    Result("one/a", 1, "one", ["FR-01"], PASSED, 0.25, figures={"p99_ms": 3.5}),
    Result("one/b", None, "one", ["FR-02", "FR-03"], FAILED, 1.0, "expected <this>\nsent 00"),
    Result("two/c", 2, "two", ["HS-01"], SKIPPED, 0.0, "needs the test service"),
    Result("two/d", 3, "two", ["HS-01"], NOT_APPLICABLE, 0.0, "no identity"),
]


class ReportTests(unittest.TestCase):
    """JSON, JUnit and the table."""

    def test_json(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "out.json"
            report.write_json(path, RESULTS, 42)
            data = json.loads(path.read_text())
        counts = {key: value for key, value in data.items() if key != "results"}
        self.assertEqual(
            counts,
            {
                "cases": 4,
                "passed": 1,
                "failed": 1,
                "skipped": 1,
                "not_applicable": 1,
                "seed": 42,
            },
        )
        self.assertEqual(
            data["results"][0],
            {
                "id": "one/a",
                "number": 1,
                "group": "one",
                "rules": ["FR-01"],
                "outcome": "passed",
                "seconds": 0.25,
                "detail": "",
                "figures": {"p99_ms": 3.5},
            },
        )

    def test_junit(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "out.xml"
            report.write_junit(path, RESULTS, "name")
            root = ElementTree.parse(path).getroot()
        suites = {suite.get("name"): suite for suite in root}
        self.assertEqual(suites["one"].get("failures"), "1")
        self.assertEqual(suites["two"].get("skipped"), "2")
        failure = suites["one"].find("testcase[@name='one/b']/failure")
        self.assertIsNotNone(failure)
        self.assertEqual(failure.get("message"), "expected <this>")  # type: ignore[union-attr]
        self.assertIn("FR-02, FR-03", failure.text or "")  # type: ignore[union-attr]

    def test_the_table_has_all_groups_and_the_sum(self) -> None:
        out = io.StringIO()
        report.write_table(RESULTS, out)
        lines = out.getvalue().splitlines()
        self.assertEqual(lines[1].split(), ["one", "1", "1", "0", "0"])
        self.assertEqual(lines[2].split(), ["two", "0", "0", "1", "1"])
        self.assertEqual(lines[3].split(), ["in", "all", "1", "1", "1", "1"])

    def test_a_known_failure_is_marked(self) -> None:
        self.assertTrue(report.line(RESULTS[1]).startswith("FAILED"))
        self.assertTrue(report.line(RESULTS[1], ["one/b"]).startswith("known"))

    def test_failures_are_told_in_full(self) -> None:
        out = io.StringIO()
        report.write_failures(RESULTS, out)
        self.assertIn("one/b (FR-02, FR-03)\n  expected <this>\n  sent 00", out.getvalue())
        self.assertNotIn("one/a", out.getvalue())


class KnownFailingTests(unittest.TestCase):
    """The list of known failures."""

    def test_comments_and_empty_lines_are_no_ids(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "list"
            path.write_text("# a comment\n\none/b  # why\n two/c\n")
            self.assertEqual(known_failing.read(path), ["one/b", "two/c"])

    def test_only_surprises_are_told(self) -> None:
        self.assertEqual(known_failing.unexpected(RESULTS, ["one/b"]), [])
        self.assertEqual(known_failing.unexpected(RESULTS, ["two/c", "one/b"]), [])
        self.assertEqual(known_failing.unexpected(RESULTS, []), ["one/b failed"])
        (problem,) = known_failing.unexpected(RESULTS, ["one/a", "one/b"])
        self.assertIn("one/a passed", problem)

    def test_an_id_that_no_case_has_is_found(self) -> None:
        self.assertEqual(known_failing.unknown(["one/a", "one/x"], ["one/a"]), ["one/x"])

    def test_the_repositorys_list_is_readable(self) -> None:
        path = Path(__file__).parent.parent / "known-failing.txt"
        self.assertIsInstance(known_failing.read(path), list)


class CommandLineTests(unittest.TestCase):
    """The exit code."""

    def run_cli(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and what was printed."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = cli.main(arguments)
        return code, out.getvalue()

    def server(self, fault: str = "") -> str:
        """The address of a small server."""
        server = FakeServer(fault)
        self.addCleanup(server.close)
        return f"{server.address[0]}:{server.address[1]}"

    def test_a_passing_case_is_0(self) -> None:
        code, text = self.run_cli(
            "server", "--query", self.server(), "--only", "stream-ids/gaps", "--seed", "5"
        )
        self.assertEqual(code, 0, text)
        self.assertIn("seed 5", text)

    def test_a_failing_case_is_1_unless_it_is_known_to_fail(self) -> None:
        arguments = ["server", "--query", self.server("wrong stream"), "--timeout", "0.5"]
        arguments += ["--only", "stream-ids/gaps", "--only", "handshake/cluster*length"]
        code, text = self.run_cli(*arguments)
        self.assertEqual(code, 1)
        self.assertIn("stream-ids/gaps failed", text)

    def test_a_known_failure_that_passes_is_1(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "known"
            arguments = ["server", "--query", self.server(), "--only", "stream-ids/gaps"]
            path.write_text("stream-ids/gaps\n")
            code, text = self.run_cli(*arguments, "--known-failing", str(path))
            self.assertEqual(code, 1)
            self.assertIn("take it out", text)
            path.write_text("stream-ids/no-such\n")
            code, text = self.run_cli(*arguments, "--known-failing", str(path))
            self.assertEqual(code, 1)
            self.assertIn("no such case", text)

    def test_nothing_but_skipped_cases_is_1(self) -> None:
        code, text = self.run_cli("server", "--query", self.server(), "--only", "unary/slots")
        self.assertEqual(code, 1)
        self.assertIn("nothing was tested", text)

    def test_a_skip_is_1_where_no_skips_are_allowed(self) -> None:
        arguments = ["server", "--query", self.server(), "--only", "stream-ids/gaps"]
        arguments += ["--only", "drain-keepalive/ping*"]
        code, text = self.run_cli(*arguments)
        self.assertEqual(code, 0, text)
        code, text = self.run_cli(*arguments, "--no-skips")
        self.assertEqual(code, 1, text)
        self.assertIn("was skipped, and no skips are allowed: needs", text)

    def test_an_option_first_means_a_server(self) -> None:
        code, text = self.run_cli("--query", self.server(), "--only", "stream-ids/gaps")
        self.assertEqual(code, 0, text)
        self.assertEqual(self.run_cli("--list", "--only", "46")[0], 0)
        self.assertEqual(self.run_cli("--query", "nowhere")[0], 2)

    def test_help_is_that_of_both_halves(self) -> None:
        for word in ("-h", "--help"):
            out = io.StringIO()
            with contextlib.redirect_stdout(out), self.assertRaises(SystemExit) as ended:
                cli.main([word])
            self.assertEqual(ended.exception.code, 0)
            self.assertIn("test a client", out.getvalue())

    def test_wrong_usage_is_2(self) -> None:
        for arguments in (
            ["server"],
            ["server", "--start", "x {data}", "--query", "127.0.0.1:1"],
            ["server", "--query", "nowhere"],
            ["server", "--query", "127.0.0.1:1", "--only", "no-such-group"],
            ["server", "--query", "127.0.0.1:1", "--known-failing", "/no/such/file"],
            ["client"],
        ):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_cli(*arguments)[0], 2)

    def test_a_server_that_does_not_start_is_a_failure(self) -> None:
        code, text = self.run_cli(
            "server", "--start", "/no/such/program {data}", "--only", "stream-ids/gaps"
        )
        self.assertEqual(code, 1)
        self.assertIn("did not start", text)

    def test_list(self) -> None:
        code, text = self.run_cli("server", "--list", "--only", "46")
        self.assertEqual(code, 0)
        self.assertIn("stream-ids/zero", text)


if __name__ == "__main__":
    unittest.main()
