"""The row of a read's stages: what the program prints, and which of it is too dear."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from bench import stages, suite
from bench.bench import Bench
from bench.load import Load
from bench.row import BenchError


def printed(**ratios: float) -> dict[str, Any]:
    """As the program prints it: every bare loop takes 10 ns, every stage as long or as said, and
    look-ups alone four times as long."""
    ratios = {"look_up_1": 4} | ratios
    return {
        "documents": 1_000, "rounds": 2,
        "stages": [
            {
                "name": name, "title": f"title of {name}",
                "engine": {
                    "least_ns": 10 * ratios.get(name, 1), "median_ns": 20 * ratios.get(name, 1)},
                "bare": {"least_ns": 10, "median_ns": 19},
            }
            for name in stages.LIMITS
        ],
    }


def read(**ratios: float) -> list[stages.Stage]:
    return stages.read(json.dumps(printed(**ratios)))


class StageTests(unittest.TestCase):
    def test_the_ratio_is_that_of_the_least_ones(self) -> None:
        found = read(write_32=1.5)
        self.assertEqual([each.name for each in found], list(stages.LIMITS))
        dear = next(each for each in found if each.name == "write_32")
        self.assertEqual((dear.least, dear.median, dear.ratio), (15, 30, 1.5))
        self.assertEqual((dear.bare_least, dear.bare_median), (10, 19))

    def test_what_costs_too_much_is_an_error_that_says_so(self) -> None:
        stages.check(read(**stages.LIMITS))
        limit = stages.LIMITS["look_up_32"]
        with self.assertRaises(BenchError) as caught:
            stages.check(read(look_up_32=limit * 1.01, list_20=stages.LIMITS["list_20"] * 2))
        said = str(caught.exception)
        self.assertIn("look_up_32 (title of look_up_32) costs", said)
        self.assertIn(f"against 10.0 ns), {limit:g} at most", said)
        self.assertIn("list_20", said)
        self.assertNotIn("decode_1", said)

    def test_look_ups_that_cost_as_much_together_as_alone_are_an_error(self) -> None:
        stages.check(read(look_up_1=5, look_up_32=2))
        with self.assertRaisesRegex(BenchError, "costs 20.5 ns of 32 together, and 50.0 ns alone"):
            stages.check(read(look_up_1=5, look_up_32=2.05))

    def test_a_stage_without_a_limit_is_an_error_and_so_is_one_that_is_not_there(self) -> None:
        few, many = printed(), printed()
        few["stages"].pop()
        many["stages"].append(many["stages"][0] | {"name": "new"})
        for wrong in (few, many):
            with self.assertRaisesRegex(BenchError, "other stages than there are limits for"):
                stages.read(json.dumps(wrong))

    def test_every_stage_stands_in_the_table(self) -> None:
        lines = stages.table(read(all_1=1.25)).splitlines()
        self.assertEqual(len(lines), len(stages.LIMITS) + 1)
        line = next(each for each in lines if each.startswith("all_1 "))
        self.assertRegex(line, r"^all_1 +12\.5 +25\.0 +10\.0 +19\.0 +1\.25x +[\d.]+x$")

    def test_the_row_has_the_headline_and_all_others_in_its_details(self) -> None:
        row = stages.row(read(all_32=2, decode_1=1.5), 1_000, 2)
        self.assertEqual((row.name, row.ours, row.peer_value, row.ratio), ("stages", 20, 10, 2))
        self.assertFalse(row.more_is_better)
        self.assertEqual(row.details["decode_1_ratio"], 1.5)
        self.assertEqual(row.details["decode_1_ns_median"], 30)
        self.assertIn("title of decode_1: 15.0 and 10.0 ns (1.50x)", row.note)

    def test_it_is_a_row_of_the_suite(self) -> None:
        self.assertIs(suite.rows()["stages"], stages.stages)


class ProgramTests(unittest.TestCase):
    """With a script in the program's place."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def bench(self, script: str) -> Bench:
        program = self.folder / stages.PROGRAM
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return Bench(
            server=self.folder / "tandem-server", tandem=self.folder / "tandem",
            load=Load(self.folder / "load"), make_shop=lambda: self.folder, work=self.folder,
            quick=True)

    def test_the_program_beside_the_server_is_asked(self) -> None:
        words = self.folder / "words"
        row = stages.stages(self.bench(f"echo \"$@\" >{words}; echo '{json.dumps(printed())}'"))
        self.assertEqual(row.ratio, 1)
        *asked, folder = words.read_text().split()
        self.assertEqual(
            asked, ["--documents", str(stages.QUICK.documents), "--rounds",
                    str(stages.QUICK.rounds), "--folder"])
        self.assertEqual(Path(folder).parent, self.folder)

    def dear(self, times: int) -> str:
        """A program that tells of a stage that costs too much so many times, and then of none."""
        told = json.dumps(printed(write_1=stages.LIMITS["write_1"] * 2))
        count = self.folder / "count"
        return (f"echo once >>{count}; if [ $(wc -l <{count}) -le {times} ]; then echo '{told}';"
                f" else echo '{json.dumps(printed())}'; fi")

    def test_what_costs_too_much_once_is_measured_again(self) -> None:
        stages.stages(self.bench(self.dear(stages.TRIES - 1)))
        self.assertEqual(len((self.folder / "count").read_text().split()), stages.TRIES)

    def test_what_costs_too_much_each_time_is_an_error(self) -> None:
        with self.assertRaisesRegex(BenchError, "write_1"):
            stages.stages(self.bench(self.dear(stages.TRIES)))

    def test_one_that_fails_is_told(self) -> None:
        with self.assertRaisesRegex(BenchError, "read-stages ended with 3: no memory"):
            stages.stages(self.bench("echo no memory >&2; exit 3"))


if __name__ == "__main__":
    unittest.main()
