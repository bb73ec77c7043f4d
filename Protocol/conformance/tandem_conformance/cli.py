"""The command line: `tandem-conformance [server] …` and `tandem-conformance client …`."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cases, client_mode, known_failing, report
from .cases import CLIENT_GROUP, Case
from .engine import Engine, Target
from .outcome import SKIPPED, Result
from .server import ServerError, Servers, parse_address

_USAGE_ERROR = 2
_TERMINATED = 128 + signal.SIGTERM
_HELP = ("-h", "--help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the suite; 0 only if everything was as it should be."""
    options = _parser().parse_args(_with_half(sys.argv[1:] if arguments is None else arguments))
    try:
        _check(options)
        selected = _select(options)
        listed = known_failing.read(options.known_failing) if options.known_failing else []
    except (cases.CaseFileError, ValueError, OSError) as error:
        print(f"tandem-conformance: {error}", file=sys.stderr)
        return _USAGE_ERROR
    if options.list:
        return _list(selected)
    # Raised as an exception, so that started servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    print(f"seed {options.seed}, {len(selected)} cases", flush=True)
    try:
        results = _run(options, selected, listed)
    except ServerError as error:
        print(f"tandem-conformance: {error}", file=sys.stderr)
        return 1
    return _conclude(options, results, listed)


def _with_half(arguments: Sequence[str]) -> list[str]:
    """The arguments with the half in front: whoever begins with an option means a server."""
    is_option = bool(arguments) and arguments[0].startswith("-")
    return ["server", *arguments] if is_option and arguments[0] not in _HELP else list(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tandem-conformance",
        description="Tells whether a server or a client speaks the Tandem wire protocol.",
        epilog="Protocol/conformance/README.md says how to begin.",
    )
    halves = parser.add_subparsers(dest="half", required=True, metavar="server|client")
    common = _common_options()
    server = halves.add_parser("server", parents=[common], help="test a server")
    server.add_argument(
        "--start",
        metavar="COMMAND",
        help="start the server with this; {data} stands for its data directory; it prints "
        "`ready command=HOST:PORT query=HOST:PORT feed=HOST:PORT`",
    )
    for role in ("command", "query", "feed"):
        server.add_argument(
            f"--{role}", metavar="HOST:PORT", help=f"a running server's {role} port"
        )
    server.add_argument(
        "--pid", type=int,
        help="a running server's process id, to watch its memory, and to let it go before the"
        " attacker while latencies under abuse are measured",
    )
    client = halves.add_parser("client", parents=[common], help="test a client")
    client.add_argument(
        "--harness", metavar="COMMAND", help="the program that drives the client under test"
    )
    return parser


def _common_options() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CASE",
        help="an id, a group, a number, or a pattern such as 'framing/*crc*'; may repeat",
    )
    common.add_argument(
        "--strict", action="store_true", help="a bare close does not pass where GOAWAY is due"
    )
    common.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    common.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    common.add_argument(
        "--known-failing",
        type=Path,
        metavar="FILE",
        help="ids of cases that are known to fail; one that passes is an error",
    )
    common.add_argument(
        "--no-skips", action="store_true", help="a skipped case counts as one that failed"
    )
    common.add_argument("--list", action="store_true", help="list the cases and run none")
    common.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(1 << 31), help="for chance"
    )
    common.add_argument(
        "--timeout",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="how long to wait for what must come (default 10)",
    )
    return common


def _check(options: argparse.Namespace) -> None:
    if options.list:
        return
    if options.half == "client":
        if not options.harness:
            raise ValueError("client needs --harness 'COMMAND'; see README.md")
        return
    addresses = options.command or options.query or options.feed
    if bool(options.start) == bool(addresses):
        raise ValueError("server needs either --start 'COMMAND' or --command, --query, --feed")
    for role in ("command", "query", "feed"):
        if getattr(options, role):
            parse_address(getattr(options, role))


def _select(options: argparse.Namespace) -> list[Case]:
    of_half = [
        case for case in cases.load() if (case.group == CLIENT_GROUP) == (options.half == "client")
    ]
    return cases.select(of_half, options.only)


def _list(selected: Sequence[Case]) -> int:
    try:
        for case in selected:
            print(f"{case.number or '':>4}  {case.id:<46} {case.title}")
        sys.stdout.flush()
    except BrokenPipeError:
        # `--list | head`: what is still buffered must not fail at exit again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(options: argparse.Namespace, selected: list[Case], listed: Sequence[str]) -> list[Result]:
    def tell(result: Result) -> None:
        print(report.line(result, listed), flush=True)

    if options.half == "client":
        return client_mode.run([case.source for case in selected], options, tell)
    addresses = {
        role: parse_address(getattr(options, role))
        for role in ("command", "query", "feed")
        if getattr(options, role)
    }
    servers = Servers(options.start) if options.start else None
    target = Target(addresses, options.pid, servers)
    engine = Engine(target, strict=options.strict, timeout=options.timeout, seed=options.seed)
    try:
        return engine.run_all(selected, tell)
    finally:
        if servers is not None:
            servers.dispose()


def _conclude(options: argparse.Namespace, results: list[Result], listed: Sequence[str]) -> int:
    report.write_failures(results, sys.stdout)
    print()
    report.write_table(results, sys.stdout)
    if options.json:
        report.write_json(options.json, results, options.seed)
    if options.junit:
        report.write_junit(options.junit, results, f"tandem-conformance {options.half}")
    problems = known_failing.unexpected(results, listed)
    problems += [
        f"{one} is in the known-failing list, but there is no such case"
        for one in known_failing.unknown(listed, (case.id for case in cases.load()))
    ]
    if options.no_skips:
        problems += [
            f"{result.id} was skipped, and no skips are allowed: {result.detail}"
            for result in results
            if result.outcome == SKIPPED and result.id not in listed
        ]
    if not any(result.outcome == "passed" for result in results):
        problems.append("no case passed: nothing was tested")
    for problem in problems:
        print(f"not as it should be: {problem}")
    return 1 if problems else 0
