"""How often the server asks for memory to answer a get: never, once it is warm."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import base_shop
from .bench import Bench
from .row import BenchError, Row
from .server import TandemServer

SOURCE = Path(__file__).resolve().parents[3] / "Benchmarks" / "allocations" / "count.c"
ORDERS = 2_000
GETS = 100_000
CONNECTIONS = 8
# What goes on beside the gets (timers, the feed) allocates a few hundred times a second.
NOT_ONE = 0.05


class Counted:
    """A server with orders, whose allocations are counted."""

    def __init__(self, bench: Bench) -> None:
        library = bench.work / "count_allocations.so"
        self._count = bench.work / "allocations"
        compiler = shutil.which("cc") or "clang"
        built = subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=False,
            capture_output=True, text=True)
        if built.returncode != 0:
            raise BenchError(f"{SOURCE.name} does not compile: {built.stderr.strip()}")
        self._bench = bench
        self.server = TandemServer(
            bench.server, bench.tandem,
            before=("env", f"LD_PRELOAD={library}", f"TANDEM_ALLOCATIONS={self._count}"))

    def a_get(self, in_flight: int) -> float:
        """Allocations a get, connecting not counted."""
        self._gets(GETS, in_flight)
        few, many = self._gets(GETS, in_flight), self._gets(3 * GETS, in_flight)
        return max(0.0, (many - few) / (2 * GETS))

    def _gets(self, count: int, in_flight: int) -> int:
        before = self._allocations()
        self._bench.load.run(
            "get", self.server.query_port, connections=CONNECTIONS, in_flight=in_flight,
            count=count, keys=f"1:{ORDERS}")
        return self._allocations() - before

    def _allocations(self) -> int:
        found: int = struct.unpack("=Q", self._count.read_bytes())[0]
        return found


def allocations(bench: Bench) -> Row:
    """With 1 and 64 in flight; an error if there are any."""
    counted = Counted(bench)
    server = counted.server
    bench.stack.callback(server.dispose)
    server.start()
    server.import_shop(base_shop.folder(bench.work))
    bench.place(server, ORDERS)
    found = {in_flight: counted.a_get(in_flight) for in_flight in (64, 1)}
    for in_flight, count in found.items():
        if count > NOT_ONE:
            raise BenchError(
                f"a get allocates {count:.2f} times with {in_flight} in flight; it has to do"
                " without: Benchmarks/allocations/count.c can be told to break at one")
    return Row(
        "allocations", "allocations of the server for a get, 64 in flight", found[64], "a get",
        more_is_better=False, details={"one_in_flight": found[1]},
        note=f"With 1 in flight: {found[1]:.3f}; what goes on beside the gets is in it.")


ROWS: dict[str, Callable[[Bench], Row]] = {"allocations": allocations}
