"""The command line of Scripts/bench, which builds first and then calls this."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import sample_shop
from tandem_conformance.server import ServerError

from . import ROOT, charts, machine, report, results, suite
from .bench import Bench
from .load import Load
from .report import Conditions, Report
from .row import BenchError, Row

RESULTS = ROOT / "Benchmarks"
SEED = 2017
# Orders of the made-up shop.
QUICK = sample_shop.Size(products=2_000, users=300, orders=20_000)
USUAL = sample_shop.Size(products=5_000, users=1_000, orders=100_000)


def parser() -> argparse.ArgumentParser:
    """Of what Scripts/bench passes on, and of where it put the programs."""
    found = argparse.ArgumentParser(
        prog="Scripts/bench", usage="Scripts/bench --help tells", add_help=False,
        allow_abbrev=False)
    found.add_argument("--quick", action="store_true")
    found.add_argument("--only", nargs="+", default=[], metavar="NAME", action="extend")
    found.add_argument("--rounds", type=_rounds)
    found.add_argument("--json", type=Path)
    found.add_argument("--list", action="store_true")
    found.add_argument("--check", action="store_true", help="only see that the names are right")
    found.add_argument("--shop", type=Path, help="the real orders, as CSV")
    found.add_argument("--programs", type=Path, help="the folder of tandem-server and tandem")
    found.add_argument("--load", type=Path, help="the load generator")
    return found


def _rounds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 99:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 99")
    return int(text)


def conditions(bench: Bench, shop: str) -> Conditions:
    """Taken at the end, when the rows have named their peers' versions."""
    return Conditions(
        machine.facts(bench.work), machine.versions() | bench.versions, shop, bench.rounds,
        bench.quick, time.strftime("%Y-%m-%d", time.gmtime()))


def measure(bench: Bench, rows: dict[str, suite.RowFunction]) -> tuple[list[Row], dict[str, str]]:
    """All rows, one after the other; one that fails does not stop the others."""
    measured: list[Row] = []
    failures: dict[str, str] = {}
    for name, function in rows.items():
        bench.say(f"{name} ({len(measured) + len(failures) + 1} of {len(rows)})")
        began = time.monotonic()
        try:
            row = function(bench)
        except (BenchError, ServerError, OSError) as error:
            failures[name] = str(error)
            print(f"error: {name}: {error}", file=sys.stderr, flush=True)
            continue
        measured.append(row)
        took = time.monotonic() - began
        bench.say(f"{name}: {report.in_short(row)}; it took {took:.0f} s")
    return measured, failures


def write_results(found: Report, folder: Path) -> None:
    """RESULTS.md and the charts."""
    (folder / "charts").mkdir(exist_ok=True)
    for name, chart in (("throughput", charts.throughput), ("cpu", charts.cpu)):
        (folder / "charts" / f"{name}.svg").write_text(chart(found.rows), encoding="utf-8")
    (folder / "RESULTS.md").write_text(results.markdown(found), encoding="utf-8")


def run(options: argparse.Namespace, rows: dict[str, suite.RowFunction]) -> Report:
    """Measures in a private folder, and ends all that was started."""
    rounds = options.rounds or (2 if options.quick else 5)
    size = QUICK if options.quick else USUAL
    with tempfile.TemporaryDirectory(prefix="tandem-bench.") as name:
        work = Path(name)
        # The servers' data go there, too.
        tempfile.tempdir = name

        def made_up() -> Path:
            sample_shop.write(work / "shop", size, SEED)
            return work / "shop"

        real: Path | None = options.shop
        bench = Bench(
            server=options.programs / "tandem-server", tandem=options.programs / "tandem",
            load=Load(options.load), make_shop=(lambda: real) if real else made_up, work=work,
            quick=options.quick, rounds=rounds, is_real=real is not None)
        shop = "a year of real orders, 155,848 of them" if real else (
            f"a made-up shop's, {size.orders:,} orders of {size.users:,} users")
        try:
            with bench.stack:
                measured, failures = measure(bench, rows)
                return Report(conditions(bench, shop), measured, failures)
        finally:
            tempfile.tempdir = None


def _end(number: int, _: FrameType | None) -> None:
    # As Ctrl-C: all that was started is ended on the way out.
    sys.exit(128 + number)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    options = parser().parse_args(arguments)
    all_rows = suite.rows()
    if options.list:
        print("\n".join(all_rows))
        return
    try:
        rows = suite.chosen(all_rows, options.only)
    except BenchError as error:
        print(f"error: {error} (see Scripts/bench --help)", file=sys.stderr)
        sys.exit(2)
    if options.check:
        return
    if options.programs is None or options.load is None:
        sys.exit("error: start it by Scripts/bench, which builds first")
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)
    found = run(options, rows)
    print("\n" + report.terminal_table(found.rows))
    if options.json:
        options.json.write_text(report.as_json(found), encoding="utf-8")
    if found.rows and not options.only:
        write_results(found, RESULTS)
    sys.exit(1 if found.failures else 0)


if __name__ == "__main__":
    main()
