"""Rows, their targets, medians of rounds in turn, and the list of all rows."""

from __future__ import annotations

import sys
import tempfile
import types
import unittest
from pathlib import Path

from bench import orders_json, suite, targets
from bench.row import BenchError, Row, Spread
from bench.samples import Sample, Side, alternate
from bench.targets import Target

import shop_csv

READ = Row("get_64", "one order", 300, "/s", "Cache 7", 100, ours_cpu_us=1, peer_cpu_us=4)


class RowTests(unittest.TestCase):
    def test_ratios_are_ours_over_the_peers(self) -> None:
        self.assertEqual(READ.ratio, 3)
        self.assertEqual(READ.cpu_ratio, 0.25)

    def test_without_a_peer_there_is_no_ratio(self) -> None:
        row = Row("restart_1m", "start", 1, "s", ours_cpu_us=1)
        self.assertIsNone(row.ratio)
        self.assertIsNone(row.cpu_ratio)


class SampleTests(unittest.TestCase):
    def test_a_side_is_its_rounds_medians(self) -> None:
        side = Side.of([
            Sample(3, 1, {"p99": 10}), Sample(1, 9, {"p99": 30}), Sample(2, None, {"p99": 20})])
        self.assertEqual(side, Side(2, Spread(1, 3), 5, {"p99": 20}))

    def test_both_sides_take_turns_and_each_begins_every_other_round(self) -> None:
        seen: list[str] = []

        def measure(name: str, value: float) -> Sample:
            seen.append(name)
            return Sample(value)

        compared = alternate(3, lambda: measure("ours", 2), lambda: measure("peer", 1))
        self.assertEqual(seen, ["ours", "peer", "peer", "ours", "ours", "peer"])
        row = compared.row(Row("a", "b", 0, "/s", "Cache", details={"mine": "kept"}))
        self.assertEqual((row.ours, row.peer_value, row.ratio), (2, 1, 2))
        self.assertEqual(row.ours_spread, Spread(2, 2))
        self.assertEqual(row.details, {"mine": "kept"})

    def test_there_may_be_no_peer(self) -> None:
        compared = alternate(2, lambda: Sample(5, 1, {"bytes": 7}))
        self.assertIsNone(compared.peer)
        row = compared.row(Row("a", "b", 0, "s"))
        self.assertIsNone(row.peer_value)
        self.assertEqual(row.details, {"ours_bytes": 7})


class TargetTests(unittest.TestCase):
    def test_all_bounds_have_to_hold(self) -> None:
        target = Target(ratio_least=2.5, cpu_ratio_most=0.4)
        self.assertIs(target.is_met(READ), True)
        slow = Row("get_64", "one order", 200, "/s", "Cache", 100, ours_cpu_us=1, peer_cpu_us=4)
        self.assertIs(target.is_met(slow), False)
        dear = Row("get_64", "one order", 300, "/s", "Cache", 100, ours_cpu_us=2, peer_cpu_us=4)
        self.assertIs(target.is_met(dear), False)

    def test_a_bound_on_what_was_not_measured_can_not_be_told(self) -> None:
        alone = Row("get_64", "one order", 300, "/s")
        self.assertIsNone(Target(ratio_least=2.5).is_met(alone))
        # Unless another one is missed anyway.
        self.assertIs(Target(least=400, ratio_least=2.5).is_met(alone), False)

    def test_a_target_says_itself_in_the_rows_unit(self) -> None:
        self.assertEqual(Target(most=2).text("s"), "≤ 2 s")
        self.assertEqual(Target(least=25_000).text("/s"), "≥ 25,000/s")
        self.assertEqual(
            Target(ratio_least=2.5, cpu_ratio_most=0.4).text("/s"),
            "≥ 2.5x peer, CPU ≤ 0.4x peer")

    def test_a_row_may_have_no_target(self) -> None:
        row = Row("made_up", "nothing", 1, "s")
        self.assertEqual(targets.text(row), "")
        self.assertIsNone(targets.is_met(row))


class SuiteTests(unittest.TestCase):
    def test_a_module_that_is_missing_adds_no_rows(self) -> None:
        self.assertEqual(suite.rows(["no_such_module"]), {})

    def test_a_module_that_misses_another_fails(self) -> None:
        broken = types.ModuleType("bench.broken")
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "broken.py").write_text("import no_such_module_at_all\n")
            package = sys.modules["bench"]
            package.__path__.append(folder)
            self.addCleanup(package.__path__.remove, folder)
            with self.assertRaises(ModuleNotFoundError):
                suite.rows([broken.__name__.rpartition(".")[2]])

    def test_the_rows_that_have_targets_are_there(self) -> None:
        names = suite.rows(["reads", "memory", "restart", "growth"])
        self.assertLessEqual(
            {"get_1", "get_16", "get_64", "list_20", "bytes_per_order", "restart_1m", "rebuild",
             "growth"}, names.keys())

    def test_rows_are_chosen_by_name_in_the_suites_order(self) -> None:
        names = suite.rows(["reads", "memory"])
        self.assertEqual(list(suite.chosen(names, [])), list(names))
        self.assertEqual(list(suite.chosen(names, ["list_20", "get_1"])), ["get_1", "list_20"])
        with self.assertRaisesRegex(BenchError, "there is no row get_2; there are get_1, "):
            suite.chosen(names, ["get_1", "get_2"])


class OrderTextTests(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = Path(temporary.name)
        shop_csv.write_folder(self.work / "shop", shop_csv.one_users_orders(7, range(1, 4), 2))

    def test_an_order_is_one_compact_json_text(self) -> None:
        orders = list(orders_json.read(self.work / "shop"))
        self.assertEqual([order.order_id for order in orders], [1, 2, 3])
        self.assertEqual(orders[0].user_id, 7)
        self.assertEqual(orders[0].created_at_us, 1_767_225_600_000_000)
        self.assertEqual(
            orders[0].text,
            '{"order_id":1,"user_id":7,"user_email":"user-7@example.org","user_name":"User 7",'
            '"status":"placed","total_minor":308,"currency":"USD",'
            '"created_at_us":1767225600000000,"items":['
            '{"product_id":2,"product_name":"Product 2","quantity":1,"price_minor":102,"number":1},'
            '{"product_id":3,"product_name":"Product 3","quantity":2,"price_minor":206,"number":2}'
            '],"version":1}')

    def test_the_ids_are_written_once_each(self) -> None:
        files = orders_json.key_files(self.work / "shop", self.work)
        self.assertEqual(files.orders.read_text(), "1\n2\n3\n")
        self.assertEqual(files.users.read_text(), "7\n")


if __name__ == "__main__":
    unittest.main()
