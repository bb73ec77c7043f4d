"""Proves an import: what the query port answers against what the CSV files say.

Independent of the server: the numbers are computed here from the CSV files alone, then compared
with `tandem report` (every order of every user, read from the query port); and three customers'
order lists are compared order by order, newest first. Ends with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import shop_csv

DIFFERENCES_SHOWN_MAX = 10
ROWS_SHOWN_MAX = 3
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# The members of the CLI's JSON that hold 64 bits.
WIDE = frozenset({"order_id", "user_id", "product_id", "price_minor", "total_minor"})

# Runs `tandem` with the given arguments and returns the JSON that it printed.
Tandem = Callable[[Sequence[str]], Any]


@dataclass
class Totals:
    """The sums over a whole shop, named as in the JSON of `tandem report`."""

    orders: int = 0
    lines: int = 0
    users: int = 0
    products: int = 0
    total_minor: int = 0


@dataclass
class Expected:
    """What the CSV files say."""

    totals: Totals = field(default_factory=Totals)
    orders_by_user: collections.Counter[int] = field(default_factory=collections.Counter)
    users: dict[int, tuple[str, str]] = field(default_factory=dict)


def expected_totals(folder: Path, catalogue: dict[int, shop_csv.Product]) -> Expected:
    """Reads the CSV files once through."""
    expected = Expected()
    totals = expected.totals
    expected.users = {
        int(user_id): (email, name) for user_id, email, name in shop_csv.rows(folder, "users.csv")
    }
    totals.users, totals.products = len(expected.users), len(catalogue)
    for order in shop_csv.read_orders(folder, catalogue):
        totals.orders += 1
        totals.lines += len(order.lines)
        totals.total_minor += order.total_minor
        expected.orders_by_user[order.user_id] += 1
    return expected


def without_strings(value: Any, names: frozenset[str]) -> Any:
    """The CLI's JSON with its 64-bit integers, which it writes as strings, as numbers."""
    if isinstance(value, dict):
        return {
            name: int(member) if name in names and isinstance(member, str)
            else without_strings(member, names)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [without_strings(member, names) for member in value]
    return value


def compare_totals(expected: Totals, reported: dict[str, Any]) -> list[str]:
    """A sentence for each number that differs."""
    return [
        f"{name}: the CSV has {value:,}, the query port {reported.get(name, 'none')}"
        for name, value in asdict(expected).items()
        if reported.get(name) != value
    ]


def chosen_users(orders_by_user: collections.Counter[int]) -> list[tuple[str, int]]:
    """Who has the most orders, who is in the middle, and who has the fewest; at most three."""
    ranked = sorted(orders_by_user, key=lambda user: (-orders_by_user[user], user))
    if not ranked:
        return []
    picks = [("most", ranked[0]), ("median", ranked[len(ranked) // 2]), ("fewest", ranked[-1])]
    return list({user: (label, user) for label, user in reversed(picks)}.values())[::-1]


def microseconds(text: str) -> int:
    """An RFC 3339 time in UTC as microseconds since 1970."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - EPOCH) // timedelta(microseconds=1)


def csv_record(order: shop_csv.Order, email: str, name: str) -> dict[str, Any]:
    """An order of the CSV as comparable facts."""
    return {
        "order_id": order.order_id, "user_id": order.user_id, "user_email": email,
        "user_name": name, "status": "placed", "total_minor": order.total_minor,
        "currency": "USD", "created_at": microseconds(order.placed_at),
        "items": [
            (line.product_id or 0, line.name, line.quantity, line.price_minor)
            for line in order.lines
        ],
    }


def answer_record(order: dict[str, Any]) -> dict[str, Any]:
    """An order of the query port's answer as the same facts."""
    record = {name: order[name] for name in (
        "order_id", "user_id", "user_email", "user_name", "status", "total_minor", "currency",
    )}
    record["created_at"] = microseconds(order["created_at"])
    record["items"] = [
        (item.get("product_id") or 0, item["product_name"], item["quantity"], item["price_minor"])
        for item in order["items"]
    ]
    return record


def compare_lists(csv_orders: list[dict[str, Any]], answers: list[dict[str, Any]]) -> list[str]:
    """A sentence for each place where one customer's list is not the CSV's, newest first."""
    differences = []
    if len(csv_orders) != len(answers):
        differences.append(f"the CSV has {len(csv_orders)} orders, the query port {len(answers)}")
    newest_first = sorted(
        csv_orders, key=lambda order: (order["created_at"], order["order_id"]), reverse=True
    )
    for place, (wanted, found) in enumerate(zip(newest_first, answers), start=1):
        differences += [
            f"order {place} in the list (the CSV's {wanted['order_id']}): {name} is "
            f"{found[name]!r}, not {wanted[name]!r}"
            for name in wanted
            if wanted[name] != found[name]
        ]
    return differences


def print_list(label: str, user_id: int, name: str, orders: list[dict[str, Any]]) -> None:
    """The first rows of a list, and the last one, for a person to see."""
    print(f"  {name} (user {user_id}), the {label} orders: {len(orders)}")
    for order in orders[:ROWS_SHOWN_MAX]:
        when = EPOCH + timedelta(microseconds=order["created_at"])
        first = str(order["items"][0][1]) if order["items"] else ""
        print(
            f"    {order['order_id']:>12}  {when:%Y-%m-%d %H:%M:%S}  {order['status']:<7}"
            f"  {len(order['items']):>4} lines  {order['total_minor'] / 100:>10,.2f} "
            f"{order['currency']}  {first[:30]}{' …' if len(order['items']) > 1 else ''}"
        )
    if len(orders) > ROWS_SHOWN_MAX:
        print(f"    … and {len(orders) - ROWS_SHOWN_MAX} more")


def check_lists(
    folder: Path, catalogue: dict[int, shop_csv.Product], expected: Expected, tandem: Tandem
) -> list[str]:
    """Compares and prints three customers' whole order lists."""
    chosen = chosen_users(expected.orders_by_user)
    by_user: dict[int, list[dict[str, Any]]] = {user: [] for _, user in chosen}
    for order in shop_csv.read_orders(folder, catalogue, frozenset(by_user)):
        by_user[order.user_id].append(csv_record(order, *expected.users[order.user_id]))
    differences = []
    for label, user_id in chosen:
        reply = without_strings(
            tandem(["order", "list", "--user", str(user_id), "--all", "--json"]), WIDE)
        answers = [answer_record(order) for order in reply["orders"]]
        print_list(label, user_id, expected.users[user_id][1], answers)
        found = compare_lists(by_user[user_id], answers)
        differences += [f"user {user_id}: {difference}" for difference in found]
    return differences


def verify(folder: Path, tandem: Tandem) -> tuple[Totals, list[str]]:
    """The CSV's totals, and every difference found."""
    catalogue = shop_csv.read_products(folder)
    expected = expected_totals(folder, catalogue)
    reported = without_strings(tandem(["report", "--json"]), WIDE)
    differences = compare_totals(expected.totals, reported)
    for name, value in asdict(expected.totals).items():
        found = reported.get(name)
        relation = "equal to" if found == value else "BUT"
        answer = f"{found:,}" if isinstance(found, int) else f"{found}"
        print(f"  {name:<12} {value:>15,} in the CSV, {relation} {answer} on the query port")
    differences += check_lists(folder, catalogue, expected, tandem)
    return expected.totals, differences


def command_runner(program: str) -> Tandem:
    """Runs the real CLI; its addresses come from the environment."""
    def run(arguments: Sequence[str]) -> Any:
        done = subprocess.run(
            [program, *arguments], capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode != 0:
            shown = " ".join(arguments)
            sys.exit(f"tandem {shown} ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)
    return run


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compares the query port with the CSV files.")
    parser.add_argument("folder", type=Path, help="the folder with the CSV files")
    parser.add_argument("--tandem", default="tandem", help="the CLI to ask with")
    parser.add_argument("--json", type=Path, help="write the totals and the outcome here")
    options = parser.parse_args()
    totals, differences = verify(options.folder, command_runner(options.tandem))
    if options.json:
        outcome = {**asdict(totals), "verified": not differences}
        options.json.write_text(json.dumps(outcome) + "\n", encoding="utf-8")
    for difference in differences[:DIFFERENCES_SHOWN_MAX]:
        print(f"DIFFERS  {difference}", file=sys.stderr)
    if len(differences) > DIFFERENCES_SHOWN_MAX:
        print(f"… {len(differences) - DIFFERENCES_SHOWN_MAX} more differ", file=sys.stderr)
    if differences:
        sys.exit(1)
    print("  verified: the query port has exactly what the CSV files say")


if __name__ == "__main__":
    main()
