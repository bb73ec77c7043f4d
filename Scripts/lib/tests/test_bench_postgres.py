"""The peer PostgreSQL: what is read of it, and the job that its SQL does."""

from __future__ import annotations

import re
import unittest

from bench import ROOT, postgres, suite, visible, writes
from bench.postgres import SQL, PgbenchResult
from bench.row import BenchError

REPORT = """\
pgbench (15.18 (Debian 15.18-0+deb12u1))
transaction type: place.sql
query mode: prepared
number of clients: 64
number of transactions actually processed: 3
number of failed transactions: {failed} (0.000%)
latency average = 20.313 ms
initial connection time = 187.040 ms
tps = 1575.335900 (without initial connection time)
"""
LOG = "0 1 4100 0 1795835266 441\n1 1 3900 0 1795835266 502\n0 2 4000 0 1795835266 977\n"
# Of a process whose name tries to mislead: utime 11, stime 7, cutime 200, cstime 30.
STAT = "77 (post) R 1 2 (x) S 1 77 77 0 -1 4194560 5 0 0 0 11 7 200 30 20 0 1 0 900 1 1\n"


class PgbenchTests(unittest.TestCase):
    def test_its_report_and_its_logs_are_read(self) -> None:
        result = PgbenchResult.read(REPORT.format(failed=0), [LOG, ""])
        self.assertEqual(result, PgbenchResult(3, 1575.3359, [4100, 3900, 4000]))

    def test_a_failed_transaction_makes_the_run_worthless(self) -> None:
        with self.assertRaisesRegex(BenchError, "2 failed"):
            PgbenchResult.read(REPORT.format(failed=2), [LOG])

    def test_a_report_without_a_rate_is_told(self) -> None:
        nothing = REPORT.format(failed=0).replace("tps", "TPS")
        with self.assertRaisesRegex(BenchError, "printed no 'tps"):
            PgbenchResult.read(nothing, [])

    def test_a_percentile_is_the_value_that_so_many_do_not_exceed(self) -> None:
        self.assertEqual(postgres.percentile([4, 1, 3, 2], 0.5), 2)
        self.assertEqual(postgres.percentile([4, 1, 3, 2], 0.51), 3)
        self.assertEqual(postgres.percentile(range(1, 101), 0.99), 99)
        self.assertEqual(postgres.percentile([7], 0.99), 7)


class ProcessorTimeTests(unittest.TestCase):
    def test_children_that_have_ended_count(self) -> None:
        self.assertEqual(postgres.ticks(STAT), 11 + 7 + 200 + 30)


class JobTests(unittest.TestCase):
    """PostgreSQL must not be spared anything that it is said to do."""

    def test_every_file_that_the_rows_run_is_there(self) -> None:
        for name in ("base", "change_email", "get", "import", "indexes", "list", "place", "schema"):
            with self.subTest(name):
                self.assertTrue((SQL / f"{name}.sql").read_text(encoding="utf-8").strip())

    def test_the_read_row_has_the_indexes_of_tandems_document_and_no_others(self) -> None:
        swift = ROOT / "Sources" / "Orders" / "Read" / "OrdersDocuments.swift"
        order = swift.read_text(encoding="utf-8").partition("extension User")[0]
        indexes = (SQL / "indexes.sql").read_text(encoding="utf-8")
        theirs = re.findall(r"CREATE INDEX (\w+)\s+ON order_documents", indexes)
        self.assertEqual(theirs, re.findall(r'"(by_\w+)"', order))
        self.assertEqual(len(theirs), 5)

    def test_indexes_that_an_import_makes_last_are_removed_first(self) -> None:
        indexes = (SQL / "indexes.sql").read_text(encoding="utf-8")
        found = re.search(r"DROP INDEX ([\w, ]+);", (SQL / "import.sql").read_text("utf-8"))
        assert found is not None
        self.assertEqual(found[1].split(", "), re.findall(r"CREATE INDEX (\w+)", indexes))

    def test_an_order_is_one_statement_that_writes_all_six_tables(self) -> None:
        place = (SQL / "place.sql").read_text(encoding="utf-8")
        schema = (SQL / "schema.sql").read_text(encoding="utf-8")
        written = re.findall(r"INSERT INTO (\w+)", place)
        tables = re.findall(r"CREATE TABLE (\w+)", schema)
        self.assertEqual(set(written) | {"users", "products"}, set(tables))
        self.assertEqual(len(re.findall(r";$", place, re.MULTILINE)), 1)

    def test_what_is_acknowledged_is_on_disk(self) -> None:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            self.assertEqual(postgres.SETTINGS[name], "on")


class RowTests(unittest.TestCase):
    def test_the_suite_has_the_rows(self) -> None:
        self.assertLessEqual(set(writes.ROWS), set(suite.rows()))
        self.assertLessEqual(set(visible.ROWS), set(writes.ROWS))


class FrameTests(unittest.TestCase):
    """As Protocol/SPEC.md has them."""

    def test_a_frame_has_its_metadata_before_its_body(self) -> None:
        self.assertEqual(
            visible.frame(3, 5, b"ab", (2, b"k")),
            bytes.fromhex("00000014 03 01 0000 00000005 00000000 0004 02 0001") + b"kab")
        self.assertEqual(
            visible.frame(11, 0, b""), bytes.fromhex("0000000c 0b 00 0000 00000000 00000000"))

    def test_an_answers_token_is_found_among_other_entries(self) -> None:
        token = bytes(range(16))
        block = b"\x06\x00\x04\x00\x00\x00\x01" + b"\x05\x00\x10" + token
        payload = len(block).to_bytes(2, "big") + block + b"body"
        self.assertEqual(visible.token_and_body(1, payload), (token, b"body"))
        self.assertEqual(visible.token_and_body(0, b"body"), (b"", b"body"))


if __name__ == "__main__":
    unittest.main()
