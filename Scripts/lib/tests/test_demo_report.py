"""The demonstration's report has all its keys, whatever was measured."""

import json
import tempfile
import unittest
from pathlib import Path

import demo_report

REQUIRED = {
    "orders", "lines", "users", "products", "total_minor", "verified", "orders_per_s",
    "visible_ms_p50", "visible_ms_p99", "bytes_per_order", "compression_ratio",
}
STEPS = {
    "verify": {
        "orders": 10, "lines": 20, "users": 2, "products": 3, "total_minor": 1234,
        "verified": True,
    },
    "import": {
        "orders_per_s": 1000.5, "seconds": 2.5,
        "visible_loaded_ms_p50": 55.5, "visible_loaded_ms_p99": 77.5,
    },
    "visible": {"visible_ms_p50": 1.5, "visible_ms_p99": 4.5},
    "seconds": {"caught_up_seconds": 0.25},
    "status": {"collections": [
        {"name": "users", "documents": "99", "raw_bytes": "1", "stored_bytes": "1",
         "memory_bytes": "1"},
        {
            "name": "orders", "documents": "10", "raw_bytes": "4000", "stored_bytes": "1600",
            "memory_bytes": "3000",
        },
    ]},
}


class DemoReportTests(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = Path(temporary.name)
        self.data = self.work / "data"
        self.data.mkdir()

    def test_numbers_come_from_the_steps(self) -> None:
        for name, value in STEPS.items():
            (self.work / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
        (self.data / "write.sqlite").write_bytes(bytes(100))
        (self.data / "write.sqlite-wal").write_bytes(bytes(20))
        (self.data / "lock").write_bytes(bytes(5))
        report = demo_report.report(self.work, self.data)
        self.assertLessEqual(REQUIRED, report.keys())
        self.assertEqual(report["bytes_per_order"], 300)
        self.assertEqual(report["stored_bytes_per_order"], 160)
        self.assertEqual(report["compression_ratio"], 2.5)
        self.assertEqual(report["database_bytes"], 120)
        self.assertIs(report["verified"], True)
        table = demo_report.table(report)
        self.assertIn("12.34 USD", table)
        self.assertIn("with the import's queue       55.50 / 77.50 ms", table)

    def test_nothing_measured_is_nothing_claimed(self) -> None:
        report = demo_report.report(self.work, self.data)
        self.assertLessEqual(REQUIRED, report.keys())
        self.assertIs(report["verified"], False)
        self.assertIsNone(report["bytes_per_order"])
        table = demo_report.table(report)
        self.assertIn("verified against the CSV        NO", table)
        self.assertNotIn("the import's queue", table)


if __name__ == "__main__":
    unittest.main()
