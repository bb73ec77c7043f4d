"""What a row's function measures with: the programs, the servers, and the two sides in turn."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from . import base_shop
from .load import Load
from .row import BenchError
from .samples import Compared, Measure, alternate
from .server import TandemServer

T = TypeVar("T")
# Placed at once, before it is waited until they can be read.
CHUNK = 500_000
# Of both databases, their logs included, and some to spare.
DISK_BYTES_PER_ORDER = 1_500


@dataclass
class Bench:
    """One run of Scripts/bench. What it started ends with `stack`, whatever happens."""

    server: Path
    """`tandem-server`, a release build."""
    tandem: Path
    """The CLI."""
    load: Load
    """The load generator: `bench.load.run("get", port, connections=50, …)`; `bench.load.program`
    is its path."""
    make_shop: Callable[[], Path]
    """Writes the shop's CSV files, when they are needed; their folder."""
    work: Path
    """A private folder, gone in the end."""
    quick: bool = False
    rounds: int = 5
    is_real: bool = False
    """Whether the shop is the year of real orders."""
    versions: dict[str, str] = field(default_factory=dict)
    """A row's module adds its peer's: `bench.versions["Redis"] = "7.0.15"`."""
    stack: ExitStack = field(default_factory=ExitStack)
    """What is to be ended in the end: `bench.stack.callback(peer.stop)`."""
    _made: dict[object, object] = field(default_factory=dict)
    _grown: TandemServer | None = None
    _grown_orders: int = 0

    @property
    def seconds(self) -> float:
        """How long one measurement of one side lasts."""
        return 2 if self.quick else 5

    def say(self, text: str) -> None:
        """Tells who waits what goes on; not a result."""
        print(f"-- {text}", file=sys.stderr, flush=True)

    def alternate(self, ours: Measure, peer: Measure | None = None) -> Compared:
        """Measures both sides in turn, `rounds` times each; see `samples.alternate`."""
        return alternate(self.rounds, ours, peer)

    def once(self, make: Callable[[Bench], T]) -> T:
        """What the function makes, made only once: rows share it. Not for a new lambda each."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]  # type: ignore[assignment]
        return made

    @property
    def shop(self) -> Path:
        """The folder of the shop's CSV files."""
        return self.once(_shop)

    def loaded(self) -> TandemServer:
        """A server with the shop in it, shared between rows: read from it only."""
        return self.once(_loaded)

    @contextmanager
    def fresh(self, *arguments: str, with_base: bool = False) -> Iterator[TandemServer]:
        """A server of its own, empty; it ends with the block, and its data go.

        `with_base` puts users 1 to 100 and products 1 to 1,000 into it, of which `load place`
        places orders. `arguments` are more options of the server.
        """
        server = TandemServer(self.server, self.tandem, arguments)
        with ExitStack() as stack:
            stack.callback(server.dispose)
            server.start()
            if with_base:
                server.import_shop(base_shop.folder(self.work))
            yield server

    def place(self, server: TandemServer, count: int) -> None:
        """Places so many orders of four lines into a server that has the base, and waits until all
        can be read."""
        # Many calls in flight fill the writer's groups: how fast that is, another row says.
        self.load.run(
            "place", server.command_port, connections=4, in_flight=256, count=count, refill=True)
        server.catch_up()

    def grown(self, orders: int) -> TandemServer:
        """A server with at least so many orders of four lines, ids from 1; shared between rows,
        which may restart it. It only ever grows."""
        if self._grown is None:
            self._grown = _started(self)
            self._grown.import_shop(base_shop.folder(self.work))
        while (missing := orders - self._grown_orders) > 0:
            self.say(f"placing {missing:,} orders")
            free = shutil.disk_usage(self.work).free
            if free < missing * DISK_BYTES_PER_ORDER:
                raise BenchError(
                    f"{missing:,} orders need {missing * DISK_BYTES_PER_ORDER >> 20:,} MiB in the"
                    f" temporary folder, which has {free >> 20:,} MiB left (TMPDIR names another)")
            some = min(missing, CHUNK)
            self.place(self._grown, some)
            self._grown_orders += some
        return self._grown

    @property
    def grown_orders(self) -> int:
        """How many orders `grown` has by now."""
        return self._grown_orders


def _shop(bench: Bench) -> Path:
    return bench.make_shop()


def _started(bench: Bench) -> TandemServer:
    server = TandemServer(bench.server, bench.tandem)
    bench.stack.callback(server.dispose)
    server.start()
    return server


def _loaded(bench: Bench) -> TandemServer:
    shop = bench.shop
    bench.say("importing the shop")
    server = _started(bench)
    server.import_shop(shop)
    server.catch_up()
    return server
