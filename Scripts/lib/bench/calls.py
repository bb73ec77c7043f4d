"""Rows of the client library, and of what SwiftNIO itself costs a query.

The programs are those of Benchmarks/Package.swift.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from . import ROOT, reads
from .bench import Bench
from .child import Child, free_port
from .row import BenchError, Row
from .samples import Sample

BENCHMARKS = ROOT / "Benchmarks"
CALLERS = 256


def build_folder() -> Path:
    """Where the package is built; TANDEM_BENCHMARKS_BUILD names another place than its own."""
    return Path(os.environ.get("TANDEM_BENCHMARKS_BUILD", BENCHMARKS / ".build"))


@cache
def program(product: str) -> Path:
    """A program of the package, built for release; the first time that takes minutes."""
    words = [str(ROOT / "Scripts/lib/swift-build"), "-c", "release",
             "--package-path", str(BENCHMARKS), "--scratch-path", str(build_folder()), "--product", product]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BenchError(f"{product} can't be built: {(done.stdout + done.stderr)[-2_000:]}")
    return build_folder() / "release" / product


def built(bench: Bench, product: str) -> Path:
    """The same, and whoever waits is told."""
    bench.say(f"building {product}, which takes minutes the first time")
    return program(product)


def version(package: str) -> str:
    """Of a package that the programs are built with."""
    try:
        found: dict[str, Any] = json.loads((BENCHMARKS / "Package.resolved").read_text("utf-8"))
        return next(str(pin["state"]["version"]) for pin in found["pins"]
                    if pin["identity"] == package)
    except (OSError, ValueError, KeyError, StopIteration):
        return "of an unknown version"


def called(program_and_options: list[str]) -> Sample:
    """One run of a client: its calls a second, and its own CPU time a call."""
    done = subprocess.run(program_and_options, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BenchError(f"{Path(program_and_options[0]).name} failed: {done.stderr.strip()}")
    found: dict[str, float] = json.loads(done.stdout)
    names = ("client_system_us", "us_p50", "us_p99", "us_p99_9")
    return Sample(found["per_s"], found["client_cpu_us"], {name: found[name] for name in names})


def client(bench: Bench) -> Row:
    """TandemClient against grpc-swift: what a call costs the application that makes it."""
    ours, grpc = built(bench, "client-calls"), built(bench, "grpc-calls")
    tandem, keys = bench.loaded(), bench.once(reads.keys).orders
    port = free_port()
    peer = Child(
        [str(grpc), "serve", "--port", str(port), "--query-port", str(tandem.query_port),
         "--keys-file", str(keys)], port, bench.work / "grpc-calls.log")
    options = ["--callers", str(CALLERS), "--seconds", str(bench.seconds),
               "--keys-file", str(keys)]
    try:
        compared = bench.alternate(
            lambda: called([str(ours), "--port", str(tandem.query_port), *options]),
            lambda: called([str(grpc), "call", "--port", str(port), *options]))
    finally:
        peer.stop()
    name = bench.versions["grpc-swift"] = version("grpc-swift-2")
    return compared.row(Row(
        f"client_{CALLERS}", f"one order by its id, {CALLERS} callers that share one client",
        0, "/s", f"grpc-swift {name}", durability="reads only",
        note="CPU is the client's a call, not the server's. Both clients read the same orders into"
             " the same messages, over one connection; grpc-swift's server has them in memory as"
             " the bytes that it sends, uncompressed, and Tandem's are compressed."))


def bare_nio(bench: Bench, in_flight: int) -> Row:
    """Tandem's query port against SwiftNIO with a table."""
    peer = bench.once(table)

    def sample() -> Sample:
        return bench.load.run(
            "get", peer.child.port, pid=peer.child.pid, connections=reads.CONNECTIONS,
            in_flight=in_flight, seconds=bench.seconds, keys=f"1:{peer.documents}").sample

    compared = bench.alternate(partial(reads.ours, bench, "get", in_flight), sample)
    return compared.row(Row(
        f"bare_nio_{in_flight}",
        f"one order by its id, {in_flight} in flight on each of {reads.CONNECTIONS} connections,"
        " against SwiftNIO with a table",
        0, "/s", f"SwiftNIO {bench.versions['SwiftNIO']} with a table", durability="reads only",
        note=f"The peer answers {peer.answer_bytes} bytes, as many as Tandem on average, out of a"
             " hash table: same frames, one handler, one write and one flush a read."))


class Table:
    """bare-nio, with as many documents as the shop has orders and answers as long."""

    def __init__(self, bench: Bench) -> None:
        self.documents = len(bench.once(reads.keys).orders.read_text().split())
        self.answer_bytes = round(reads.ours(bench, "get", 16, seconds=0.5).details["bytes"])
        port = free_port()
        self.child = Child(
            [str(built(bench, "bare-nio")), "--port", str(port),
             "--documents", str(self.documents), "--answer-bytes", str(self.answer_bytes)],
            port, bench.work / "bare-nio.log")


def table(bench: Bench) -> Table:
    """The one that the rows share: `bench.once(table)`."""
    found = Table(bench)
    bench.stack.callback(found.child.stop)
    bench.versions["SwiftNIO"] = version("swift-nio")
    return found


ROWS: dict[str, Callable[[Bench], Row]] = {
    f"client_{CALLERS}": client,
    **{f"bare_nio_{depth}": partial(bare_nio, in_flight=depth) for depth in (1, 16, 64)},
}
