"""Runs all of it for Scripts/abuse, whose --help says what it does."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tandem_conformance.server import ServerError

from . import LIB, ROOT, outgrow, report, shop_setup, verdict
from .abuser import Shop
from .crowd import Crowd
from .server import MIB, WatchedServer

# Beyond the run: the good client reads everything back, and each program has to end.
LAST_CALLS_SECONDS_MAX = 300
END_SECONDS_MAX = 30


@dataclass(frozen=True)
class Kind:
    """An abuser: its class, the addresses that it comes from, its share of a processor."""

    where: str
    sources: tuple[str, ...]
    share: float = 0.05


KINDS = {
    "silent handshakes": Kind("connections:SilentHandshakes", ("127.0.0.2", "127.0.0.3")),
    "half frames": Kind("connections:HalfFrames", ("127.0.0.4",), 0.02),
    "held pages": Kind("streams:HeldPages", ("127.0.0.5",)),
    "subscriptions": Kind("streams:Subscriptions", ("127.0.0.6", "127.0.0.7"), 0.15),
    "hostile bodies": Kind("hostile:HostileBodies", ("127.0.0.8",)),
    "order flood": Kind("commands:OrderFlood", ("127.0.0.9",), 0.1),
    "batch flood": Kind("commands:BatchFlood", ("127.0.0.18",), 0.05),
    "rejections": Kind("commands:Rejections", ("127.0.0.10",), 0.1),
    "dictionary hashes": Kind("connections:DictionaryHashes", ("127.0.0.11",), 0.02),
    "welcome hoarders": Kind("connections:WelcomeHoarders", ("127.0.0.12",), 0.02),
    "waiters": Kind("waiters:Waiters", ("127.0.0.13",), 0.15),
    "non-readers": Kind("connections:NonReaders", ("127.0.0.14",)),
    "malformed frames": Kind("hostile:MalformedFrames", ("127.0.0.15",)),
    "renames": Kind("commands:Renames", ("127.0.0.16",), 0.02),
    "growth": Kind("commands:Growth", ("127.0.0.17",), 0.1),
}


def main() -> int:
    """The command line."""
    options = parse()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    seconds = options.seconds or options.minutes * 60
    print(f"seed {seed}, {seconds:.0f} s, --memory {options.memory_mib}MiB", flush=True)
    server = WatchedServer(options.programs / "tandem-server", options.memory_mib)
    try:
        server.start()
        seen, facts = abuse(server, options, seconds, seed)
        facts |= {"seed": seed, "minutes": seconds / 60, "memory_mib": options.memory_mib}
        return tell(seen, facts, server, options.json)
    finally:
        server.dispose()


def parse() -> argparse.Namespace:
    """The options; --help is that of Scripts/abuse."""
    parser = argparse.ArgumentParser(prog="Scripts/abuse", add_help=False)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--memory-mib", type=int, default=512)
    parser.add_argument("--large-orders", type=int)
    parser.add_argument("--growth-mib", type=int)
    parser.add_argument("--only", action="append", choices=KINDS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--no-outgrowing", action="store_true")
    parser.add_argument("--programs", type=Path, required=True)
    return parser.parse_args()


def abuse(server: WatchedServer, options: argparse.Namespace, seconds: float,
          seed: int) -> tuple[verdict.Seen, dict[str, Any]]:
    """The whole course of it; in the end the server is stopped and started again."""
    ports = server.addresses
    # Three in a second: what is placed before the abuse must not take longer than the abuse.
    large_orders = options.large_orders or min(2_000, round(3 * seconds))
    # Documents may take about half of the memory: by themselves they come near to that.
    growth_mib = options.growth_mib if options.growth_mib is not None else min(
        options.memory_mib * 3 // 10, round(seconds))
    shop = shop_setup.set_up(ports, large_orders, growth_mib * MIB, seconds)
    idle = server.usage.rss_last
    print(f"{large_orders:,} orders of 1,000 lines are there; {idle // MIB} MiB", flush=True)
    names = options.only or list(KINDS)
    with ExitStack() as stack:
        client = stack.enter_context(Program("abuse.good_client", {
            "ports": {role: f"{host}:{port}" for role, (host, port) in ports.items()},
            "user": shop_setup.GOOD_USER, "seed": seed, "products": shop_setup.PRODUCTS,
            "seconds": seconds}))
        abusers = {name: stack.enter_context(Program("abuse.abuser", {
            "kind": KINDS[name].where, "sources": KINDS[name].sources, "share": KINDS[name].share,
            "ports": ports, "seed": seed + number, "shop": asdict(shop),
        })) for number, name in enumerate(names)}
        statuses = watch(server, client, Crowd(ports, ["127.0.0.1"]), seconds)
        client_report = client.result(5)
        tallies = {name: abuser.stopped() for name, abuser in abusers.items()}
    died_with, usage = server.exit_code, server.usage
    exit_code = server.stop()
    serves_again, last_act = None, list[verdict.Finding]()
    if died_with is None:
        serves_again, last_act = live_again(server, shop, seed, outgrows=not options.no_outgrowing)
    seen = verdict.Seen(options.memory_mib * MIB, usage.rss_peak, died_with, exit_code,
                        client_report, tallies, serves_again, last_act)
    return seen, {"idle_mib": idle // MIB, "usage": asdict(usage), "statuses": statuses,
                  "cpu_share": usage.cpu_share}


def watch(server: WatchedServer, client: Program, crowd: Crowd,
          seconds: float) -> list[dict[str, Any]]:
    """Waits for the good client's end, and notes the server's status meanwhile."""
    deadline = time.monotonic() + seconds + LAST_CALLS_SECONDS_MAX
    statuses: list[dict[str, Any]] = []
    while client.is_running and server.exit_code is None and time.monotonic() < deadline:
        status = shop_setup.read_status(crowd)
        status.pop("log_epoch", None)
        statuses.append(status)
        time.sleep(min(5.0, seconds / 5))
    return statuses


def live_again(server: WatchedServer, shop: Shop, seed: int, *,
               outgrows: bool) -> tuple[bool, list[verdict.Finding]]:
    """Whether the server has all of its documents when it is started again; and, if wanted, what
    becomes of it when they outgrow its memory, and when it is started once more then."""
    try:
        server.start()
        shop_setup.await_documents(Crowd(server.addresses, ["127.0.0.1"]))
    except (RuntimeError, ServerError):
        return False, []
    if not outgrows:
        server.stop()
        return True, []
    findings = outgrow.outgrow(Crowd(server.addresses, ["127.0.0.17"]), dataclasses.replace(
        shop, growth_bytes=1 << 50, seconds=1), random.Random(seed))
    findings.append(verdict.Finding("it bore that", server.exit_code is None))
    peak = server.usage.rss_peak
    server.stop()
    try:
        server.start()
        crowd = Crowd(server.addresses, ["127.0.0.1"])
        findings.append(outgrow.can_be_read(crowd, "after a start"))
    except (RuntimeError, ServerError) as error:
        findings.append(verdict.Finding("it started with them", False, str(error)))
    findings.append(verdict.under_the_budget(
        max(peak, server.usage.rss_peak), server.memory_mib * MIB, "then, too"))
    return True, findings


class Program:
    """A Python program of this package, which gets a configuration and prints its result."""

    def __init__(self, module: str, config: dict[str, Any]) -> None:
        paths = [LIB, ROOT / "Protocol" / "conformance", ROOT / "clients" / "python" / "src"]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen([sys.executable, "-m", module, json.dumps(config)],
                                        stdout=subprocess.PIPE, text=True, env=environment)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def stopped(self) -> Any:
        """Tells it to stop; its result, or None."""
        self.process.send_signal(signal.SIGTERM)
        return self.result(END_SECONDS_MAX)

    def result(self, seconds: float) -> Any:
        """What it printed when it ended; None if it failed, or has not ended by then."""
        try:
            text, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(text) if text and self.process.returncode == 0 else None


def tell(seen: verdict.Seen, facts: dict[str, Any], server: WatchedServer,
         file: Path | None) -> int:
    """Prints the figures and the verdict, and writes them; the exit code."""
    findings = verdict.findings(seen)
    for line in report.lines(seen, facts, findings):
        print(line)
    is_good = all(finding.holds for finding in findings)
    if file is not None:
        file.write_text(json.dumps(report.document(seen, facts, findings), indent=1) + "\n",
                        encoding="utf-8")
    if not is_good:
        print(f"the server's log ends with:\n{server.stderr()}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
