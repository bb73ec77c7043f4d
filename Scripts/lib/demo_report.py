"""Puts a demonstration's measurements together: a table for people, JSON for programs.

Reads, from the demonstration's work folder, what its steps left there: import.json, status.json,
verify.json, visible.json and seconds.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

# The databases' files: SQLite's own, with the log that it has not folded in yet.
DATABASE_SUFFIXES = (".sqlite", ".sqlite-wal", ".db", ".db-wal")


def read(work: Path, name: str) -> dict[str, Any]:
    """A step's JSON; nothing if that step was left out."""
    path = work / name
    if not path.exists():
        return {}
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, dict) else {}


def database_bytes(data: Path) -> int:
    """The size of all databases under the server's data folder."""
    files = [path for path in data.rglob("*") if path.name.endswith(DATABASE_SUFFIXES)]
    return sum(path.stat().st_size for path in files)


def ratio(numerator: float, denominator: float) -> float | None:
    """A quotient to two places; nothing without a denominator."""
    return round(numerator / denominator, 2) if denominator else None


def report(work: Path, data: Path) -> dict[str, Any]:
    """All keys of the demonstration's report."""
    imported, verified = read(work, "import.json"), read(work, "verify.json")
    visible, seconds = read(work, "visible.json"), read(work, "seconds.json")
    collections = {c["name"]: c for c in read(work, "status.json").get("collections", [])}
    orders = collections.get("orders", {})
    # 64 bits each, which the CLI writes as strings.
    documents, raw, stored, memory = (
        int(orders.get(name, 0)) for name in ("documents", "raw_bytes", "stored_bytes",
                                              "memory_bytes"))
    return {
        "orders": verified.get("orders"),
        "lines": verified.get("lines"),
        "users": verified.get("users"),
        "products": verified.get("products"),
        "total_minor": verified.get("total_minor"),
        "verified": verified.get("verified", False),
        "orders_per_s": imported.get("orders_per_s"),
        "visible_ms_p50": visible.get("visible_ms_p50"),
        "visible_ms_p99": visible.get("visible_ms_p99"),
        "bytes_per_order": ratio(memory, documents),
        "compression_ratio": ratio(raw, stored),
        "stored_bytes_per_order": ratio(stored, documents),
        "import_seconds": imported.get("seconds"),
        "caught_up_seconds": seconds.get("caught_up_seconds"),
        "visible_loaded_ms_p50": imported.get("visible_loaded_ms_p50"),
        "visible_loaded_ms_p99": imported.get("visible_loaded_ms_p99"),
        "database_bytes": database_bytes(data),
    }


def table(numbers: dict[str, Any]) -> str:
    """The report for people."""
    def shown(value: Any, unit: str = "") -> str:
        if value is None:
            return "–"
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        return f"{text} {unit}".rstrip()

    def pair(prefix: str) -> str:
        return " / ".join(shown(numbers[f"{prefix}_{p}"]) for p in ("p50", "p99")) + " ms"

    total = numbers["total_minor"]
    rows = [
        ("orders, lines", f"{shown(numbers['orders'])}, {shown(numbers['lines'])}"),
        ("users, products", f"{shown(numbers['users'])}, {shown(numbers['products'])}"),
        ("sum of all totals", shown(total / 100 if total is not None else None, "USD")),
        ("verified against the CSV", "yes" if numbers["verified"] else "NO"),
        ("durable orders a second", shown(numbers["orders_per_s"])),
        ("whole import", shown(numbers["import_seconds"], "s")),
        ("reads caught up after", shown(numbers["caught_up_seconds"], "s")),
        ("command to visible, p50 / p99", pair("visible_ms")),
        ("  with the import's queue", pair("visible_loaded_ms")),
        ("memory an order", shown(numbers["bytes_per_order"], "bytes, indexes included")),
        ("  its document, compressed", shown(numbers["stored_bytes_per_order"], "bytes")),
        ("compression", shown(numbers["compression_ratio"], "times smaller")),
        ("databases on disk", shown(numbers["database_bytes"], "bytes")),
    ]
    if numbers["visible_loaded_ms_p50"] is None:
        rows = [row for row in rows if row[0] != "  with the import's queue"]
    return "\n".join(f"  {label:<31} {value}" for label, value in rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Prints a demonstration's report.")
    parser.add_argument("work", type=Path, help="the demonstration's work folder")
    parser.add_argument("data", type=Path, help="the server's data folder")
    parser.add_argument("--json", type=Path, help="write the report here too")
    options = parser.parse_args()
    numbers = report(options.work, options.data)
    print(table(numbers))
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
