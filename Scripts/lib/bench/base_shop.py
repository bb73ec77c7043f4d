"""Users and products without orders, of which the load generator places orders of its own."""

from __future__ import annotations

from pathlib import Path

import shop_csv

USERS = 100
PRODUCTS = 1_000


def folder(work: Path) -> Path:
    """The folder of the three files; written when it is asked for the first time."""
    path = work / "base"
    if not path.exists():
        shop_csv.write_folder(path, {
            "products.csv": (
                (number, f"Product number {number}", 100 + number, "USD")
                for number in range(1, PRODUCTS + 1)),
            "users.csv": (
                (number, f"user-{number}@example.org", f"User {number}")
                for number in range(1, USERS + 1)),
            "orders.csv": (),
        })
    return path
