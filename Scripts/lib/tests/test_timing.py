"""Whatever asserts a time says why no machine breaks it: Tests/TIMING.md has the rule."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MARKER = re.compile(r"(//|#) Timed: \S+( \S+){2,}")
COMMENT = re.compile(r"\s*(///?|#)( |$)")
TIME = (
    r"(monotonic|perf_counter|elapsed|took|waited|lived|latenc|seconds\b|cut_off|p99|began\b|\.now\b"
    r"|\.milliseconds\(|\.seconds\(|_ms\b(?![\x22])|Duration|\bafter [<>])"
)
COMPARED = r" [<>]=? "
SWIFT = re.compile(rf"#(expect|require)\((?=.*{COMPARED}).*{TIME}|\.timeLimit\(")
PYTHON_TEST = re.compile(
    rf"assert(Less|Greater)\w*\(.*{TIME}|assertTrue\((?=.*{COMPARED}).*{TIME}"
    r"|\btimeout=[0-4](\.\d+)?\b|asyncio\.(timeout|wait_for)\("
)
PYTHON_RUNNER = re.compile(rf"^\s*(el)?if (?=.*{COMPARED}).*{TIME}")
SCRIPT = re.compile(
    r"\btimeout (-\S+ )*\d|-timeout=\d|--timeout \d|\bwaited < \d"
)
# What is looked through, and for what.
KINDS: list[tuple[re.Pattern[str], Sequence[str]]] = [
    (SWIFT, ["Tests/**/*.swift"]),
    (
        PYTHON_TEST,
        [
            "Tests/System/*.py", "Scripts/lib/tests/*.py", "clients/python/tests/*.py",
            "Protocol/conformance/tests/*.py", "Fuzzing/*.py",
        ],
    ),
    (PYTHON_RUNNER, ["Protocol/conformance/tandem_conformance/**/*.py", "Scripts/lib/*.py"]),
    (SCRIPT, [".ci/*", "Scripts/*", "Scripts/lib/*.sh"]),
]


def unexplained(lines: Sequence[str], pattern: re.Pattern[str]) -> list[int]:
    """The numbers of lines that assert a time and have no marker, on them or in the comment right
    above."""
    found = []
    for number, line in enumerate(lines, start=1):
        if COMMENT.match(line) or not pattern.search(line):
            continue
        first = number - 1
        while first > 0 and COMMENT.match(lines[first - 1]):
            first -= 1
        if not any(MARKER.search(one) for one in lines[first:number]):
            found.append(number)
    return found


class RepositoryTests(unittest.TestCase):
    def assert_explained(self, pattern: re.Pattern[str], globs: Iterable[str]) -> None:
        """Fails for each line that says nothing."""
        paths = [
            path for glob in globs for path in sorted(ROOT.glob(glob))
            if path.is_file() and path != Path(__file__)
        ]
        self.assertTrue(paths)
        for path in paths:
            lines = path.read_text(encoding="utf-8").splitlines()
            where = [f"{path.relative_to(ROOT)}:{number}" for number in unexplained(lines, pattern)]
            with self.subTest(path=path.name):
                self.assertEqual(where, [], "asserts a time: take it out, or see Tests/TIMING.md")

    def test_whatever_asserts_a_time_says_why_no_machine_breaks_it(self) -> None:
        for pattern, globs in KINDS:
            self.assert_explained(pattern, globs)


class PatternTests(unittest.TestCase):
    ASSERTING: list[tuple[re.Pattern[str], str]] = [
        (SWIFT, "        #expect(clock.now - start < .milliseconds(300))"),
        (SWIFT, "        #expect(after >= .milliseconds(400))"),
        (SWIFT, "    @Test(.timeLimit(.minutes(1)))"),
        (PYTHON_TEST, "        self.assertLess(time.monotonic() - began, 0.5)"),
        (PYTHON_TEST, "        self.assertTrue(0.5 < cut_off[0] < 3, cut_off)"),
        (PYTHON_TEST, "            self.assertGreater(max(latencies), 80)"),
        (PYTHON_TEST, "            async with asyncio.timeout(0.5):"),
        (PYTHON_TEST, "    await client.query(GET, request, User, timeout=0.3)"),
        (PYTHON_RUNNER, "    if seconds > seconds_most:"),
        (PYTHON_RUNNER, "        if not 0.8 * limit_ms <= took_ms <= limit_ms + 2000:"),
        (SCRIPT, "timed timeout --kill-after=60 900 Scripts/demo"),
        (SCRIPT, "        -rss_limit_mb=1024 -timeout=10 -print_final_stats=1"),
    ]

    def test_a_timed_assertion_is_seen_until_it_has_its_reason(self) -> None:
        for pattern, line in self.ASSERTING:
            mark = "//" if pattern is SWIFT else "#"
            reason = f"{mark} Timed: it hangs otherwise."
            with self.subTest(line=line):
                self.assertEqual(unexplained([line], pattern), [1])
                self.assertEqual(unexplained([f"{mark} It is slow.", line], pattern), [2])
                self.assertEqual(unexplained([f"{mark} Timed:", line], pattern), [2])
                self.assertEqual(unexplained([f"{line}  {reason}"], pattern), [])
                self.assertEqual(unexplained([reason, f"{mark} And so on.", line], pattern), [])

    def test_what_asserts_no_time_is_left_alone(self) -> None:
        for pattern, line in [
            (SWIFT, "        #expect(count.now == 0)"), (SWIFT, "        #expect(items.count < 3)"),
            (PYTHON_TEST, "        self.assertLess(len(shown), 300)"),
            (PYTHON_TEST, "    wait(timeout=60)"), (PYTHON_RUNNER, "    if len(items) > 3:"),
            (SCRIPT, "        --timeout) shift ;;"),
        ]:
            with self.subTest(line=line):
                self.assertEqual(unexplained([line], pattern), [])


if __name__ == "__main__":
    unittest.main()
