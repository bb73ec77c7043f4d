"""Measures a fan-out for Scripts/bench-fan-out, whose --help says what is measured."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import shop_csv

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Protocol" / "conformance"))

from tandem_conformance.process import resident_kib  # noqa: E402
from tandem_conformance.server import ON_FREE_PORTS, Server  # noqa: E402

BIN = Path(os.environ["TANDEM_BIN"])
# Of those who feel it: commands a second.
RATE = 100
# The user whose address changes; another one has no orders.
USER = 1


class Shop(Server):
    """A server of its own, and the command line that speaks to it."""

    def __init__(self) -> None:
        super().__init__(f"{shlex.quote(str(BIN / 'tandem-server'))} {ON_FREE_PORTS}")

    @property
    def environment(self) -> dict[str, str]:
        """Where the command line finds it."""
        command, query = (
            "{}:{}".format(*self.addresses[port]) for port in ("command", "query"))
        return os.environ | {"TANDEM_COMMAND_ADDRESS": command, "TANDEM_QUERY_ADDRESS": query}

    def run(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BIN / "tandem", *arguments], env=self.environment, stdout=subprocess.PIPE, text=True)

    def tell(self, *arguments: str) -> Any:
        """What a command of the CLI prints as JSON."""
        done = subprocess.run(
            [BIN / "tandem", *arguments, "--json"], env=self.environment, check=False,
            capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"tandem {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def memory_mib(self) -> float:
        return (resident_kib(self.pid) or 0) / 1024


def measure(shop: Shop, order_count: int, round_number: int) -> dict[str, float]:
    """One change of the address: seconds, milliseconds of others, MiB more than before."""
    before = shop.memory_mib()
    # Others are at it before, during, and for some time after.
    seconds = 1.5 + order_count / 15_000
    others = shop.run(
        "measure", "visible", "--rate", str(RATE), "--count", str(int(RATE * seconds)),
        "--timeout", "60", "--json")
    time.sleep(0.5)
    email = f"user-1-{order_count}-{round_number}@example.org"
    begin = time.monotonic()
    changed = shop.tell("user", "change-email", str(USER), email)
    seen = shop.tell("order", "get", str(order_count), "--at-least", changed["token"])
    seen_at = time.monotonic()
    if seen["user_email"] != email:
        sys.exit(f"order {order_count} still has {seen['user_email']}")
    peak = before
    while True:
        status = shop.tell("status")
        peak = max(peak, shop.memory_mib())
        if int(status["pending_fan_outs"]) == 0 and int(status["lag_events"]) < RATE:
            break
    end = time.monotonic()
    report = json.loads(others.communicate()[0])
    return {
        "seconds": end - begin, "seen_ms": (seen_at - begin) * 1_000,
        "others_p50_ms": float(report["visible_ms_p50"]),
        "others_p99_ms": float(report["visible_ms_p99"]),
        "memory_mib": peak - before,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/bench-fan-out")
    parser.add_argument("--orders", default="1000,10000,100000,200000")
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    counts = sorted(int(count) for count in arguments.orders.split(","))
    results: list[dict[str, float]] = []
    print(f"{'ORDERS':>8} {'SECONDS':>8} {'ms PER 1,000':>13} {'SEEN AFTER ms':>14} "
          f"{'OTHERS p50 ms':>14} {'p99 ms':>8} {'MEMORY +MiB':>12}")
    with tempfile.TemporaryDirectory(prefix="tandem-bench.") as name, ExitStack() as stack:
        shop = Shop()
        stack.callback(shop.dispose)
        shop.start()
        placed = 0
        for count in counts:
            orders = range(placed + 1, count + 1)
            files = shop_csv.one_users_orders(USER, orders, arguments.lines)
            shop_csv.write_folder(Path(name) / "shop", files)
            placed = count
            shop.tell("import", f"{name}/shop")
            shop.tell("status", "--wait", "--timeout", "120")
            rounds = [measure(shop, count, number) for number in range(arguments.rounds)]
            row = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
            row |= {"orders": count, "lines": arguments.lines, "rounds": arguments.rounds}
            results.append(row)
            print(f"{count:>8,} {row['seconds']:>8.2f} {row['seconds'] / count * 1e6:>13.1f} "
                  f"{row['seen_ms']:>14.0f} {row['others_p50_ms']:>14.1f} "
                  f"{row['others_p99_ms']:>8.1f} {row['memory_mib']:>12.1f}", flush=True)
    if arguments.json:
        arguments.json.write_text(
            "".join(json.dumps(row) + "\n" for row in results), encoding="utf-8")


if __name__ == "__main__":
    main()
