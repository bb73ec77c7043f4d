"""What comes of rows: JSON, the terminal's table, RESULTS.md and the charts."""

from __future__ import annotations

import json
import unittest
import xml.etree.ElementTree as ElementTree

from bench import charts, report, results
from bench.report import Conditions, Report
from bench.row import Row, Spread

CONDITIONS = Conditions(
    {"processor": "Abacus 1", "file_system": "ext4"}, {"Tandem": "commit abc", "Cache": "7"},
    "a made-up shop's", 5, False, "2026-11-28")
ROWS = [
    Row("get_64", "one order", 3_000, "/s", "Cache 7", 1_000, ours_cpu_us=1.5, peer_cpu_us=4.5,
        ours_spread=Spread(2_900, 3_100), peer_spread=Spread(990, 1_010),
        durability="reads only", note="As long an answer.", details={"ours_us_p99": 12.5}),
    Row("get_1", "one order alone", 50, "/s", "Cache 7", 100, ours_cpu_us=9, peer_cpu_us=4.5,
        durability="reads only"),
    Row("restart_1m", "start <fast> & well", 1.25, "s", more_is_better=False),
    Row("bytes_per_order", "memory", 462, "bytes", "Cache 7", 1_371, more_is_better=False),
]
REPORT = Report(CONDITIONS, ROWS, {"import": "the disk is full"})


class JSONTests(unittest.TestCase):
    def test_it_is_an_array_of_rows_with_their_conditions(self) -> None:
        objects = json.loads(report.as_json(REPORT))
        self.assertEqual([each["name"] for each in objects], [row.name for row in ROWS])
        first = objects[0]
        expected = {
            "name": "get_64", "ours": 3_000, "unit": "/s", "peer": "Cache 7", "peer_value": 1_000,
            "ratio": 3, "ours_cpu_us": 1.5, "peer_cpu_us": 4.5, "ours_spread": [2_900, 3_100],
            "peer_spread": [990, 1_010], "note": "As long an answer.", "met": True,
            "target": "≥ 2.5x peer, CPU ≤ 0.4x peer", "details": {"ours_us_p99": 12.5},
        }
        self.assertLessEqual(expected.items(), first.items())
        self.assertEqual(first["conditions"]["durability"], "reads only")
        self.assertEqual(first["conditions"]["machine"]["processor"], "Abacus 1")
        self.assertEqual(first["conditions"]["versions"]["Cache"], "7")
        self.assertIs(first["conditions"]["quick"], False)

    def test_what_is_not_there_is_null(self) -> None:
        row = json.loads(report.as_json(REPORT))[2]
        for name in ("peer", "peer_value", "ratio", "ours_cpu_us", "peer_cpu_us", "ours_spread"):
            self.assertIsNone(row[name], name)


class TableTests(unittest.TestCase):
    def test_a_terminal_gets_a_line_a_row(self) -> None:
        lines = report.terminal_table(ROWS).splitlines()
        self.assertEqual(len(lines), len(ROWS) + 1)
        self.assertRegex(lines[1], r"^get_64 +3,000/s +1,000/s +3.00x +1.50 +4.50 +yes +≥ 2.5x")
        self.assertRegex(lines[3], r"^restart_1m +1.25 s +– +– +– +– +yes +≤ 2 s$")


class ResultsTests(unittest.TestCase):
    def setUp(self) -> None:
        self.text = results.markdown(REPORT)

    def test_every_row_stands_in_the_table(self) -> None:
        self.assertIn(
            "| `get_64` | one order | 3,000/s (2,900–3,100) | Cache 7 | 1,000/s (990–1,010) |"
            " 3.00x | 1.50 | 4.50 | 0.33x | ≥ 2.5x peer, CPU ≤ 0.4x peer | yes |", self.text)
        columns = {line.count("|") for line in self.text.splitlines() if line.startswith("|")}
        self.assertEqual(columns, {12})

    def test_losses_are_told(self) -> None:
        losses = self.text.partition("## Where Tandem loses")[2].partition("\n## ")[0]
        self.assertIn("Cache 7 is ahead: 100/s against our 50.0/s", losses)
        self.assertIn("2.00x the peer's CPU time (9.00 µs against 4.50 µs)", losses)
        self.assertIn("the target (≥ 1x peer, CPU ≤ 1.25x peer) is missed", losses)
        self.assertIn("`bytes_per_order`, memory: the target (≤ 0.3x peer) is missed", losses)
        self.assertIn("`import` could not be measured: the disk is full", losses)
        self.assertNotIn("get_64", losses)
        self.assertNotIn("restart_1m", losses)

    def test_the_conditions_stand_beside_the_rows(self) -> None:
        for text in ("processor Abacus 1", "file system ext4", "Cache 7", "a made-up shop's",
                     "`get_64`, `get_1`: reads only."):
            self.assertIn(text, self.text.partition("## Conditions")[2])

    def test_a_quick_run_says_so(self) -> None:
        self.assertNotIn("quick run", self.text)
        quick = Report(Conditions({}, {}, "", 2, True, ""), ROWS)
        self.assertIn("**A quick run**", results.markdown(quick))

    def test_a_run_without_losses_says_so(self) -> None:
        text = results.markdown(Report(CONDITIONS, ROWS[:1]))
        self.assertIn("In no row of this run.", text)


class ChartTests(unittest.TestCase):
    def test_a_chart_has_two_bars_a_row_with_values_and_units(self) -> None:
        root = ElementTree.fromstring(charts.throughput(ROWS))
        texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("3,000/s (3.00x)", texts)
        self.assertIn("1,000/s Cache 7", texts)
        self.assertIn("get_1", texts)
        # What has no peer, or is no rate, is not in it.
        self.assertNotIn("restart_1m", texts)
        self.assertNotIn("bytes_per_order", texts)
        widths = [float(each.attrib["width"])
                  for each in root.iter("{http://www.w3.org/2000/svg}rect")
                  if each.attrib.get("height") == str(charts.BAR_HEIGHT)]
        self.assertEqual(len(widths), 4)
        self.assertAlmostEqual(widths[1] / widths[0], 1 / 3, places=2)
        self.assertAlmostEqual(widths[2] / widths[3], 0.5, places=2)

    def test_the_cpu_chart_is_in_microseconds(self) -> None:
        text = charts.cpu(ROWS)
        ElementTree.fromstring(text)
        self.assertIn("1.50 µs (0.33x)", text)

    def test_it_can_be_read_in_the_dark(self) -> None:
        self.assertIn("prefers-color-scheme: dark", charts.cpu(ROWS))

    def test_text_is_escaped_and_no_rows_make_a_chart_too(self) -> None:
        pair = charts.Pair("a<b", "c&d", 1, 2, "/s")
        ElementTree.fromstring(charts.svg('say "x" & <y>', [pair]))
        ElementTree.fromstring(charts.throughput([]))


if __name__ == "__main__":
    unittest.main()
