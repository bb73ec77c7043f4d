"""Whether a read costs more where there is more."""

from __future__ import annotations

from collections.abc import Callable

from .bench import Bench
from .row import Row, Spread
from .samples import Sample
from .server import TandemServer

CONNECTIONS = 50
IN_FLIGHT = 16
FEW = 10_000


def many(bench: Bench) -> int:
    """The large number of orders."""
    return 200_000 if bench.quick else 5_000_000


def growth(bench: Bench) -> Row:
    """CPU time of a GetOrder among many orders, over that among few, both measured in turn."""
    with bench.fresh(with_base=True) as small:
        bench.place(small, FEW)
        large = bench.grown(many(bench))

        def get(server: TandemServer, orders: int) -> Sample:
            result = bench.load.run(
                "get", server.query_port, pid=server.pid, connections=CONNECTIONS,
                in_flight=IN_FLIGHT, seconds=bench.seconds, keys=f"1:{orders}")
            return Sample(result.server_cpu_us or 0, details={"per_s": result.per_s})

        compared = bench.alternate(
            lambda: get(large, bench.grown_orders), lambda: get(small, FEW))
    of_many, of_few = compared.ours, compared.peer
    assert of_few is not None
    ratio = of_many.value / of_few.value
    return Row(
        "growth",
        f"CPU time of a get among {bench.grown_orders:,} orders, over that among {FEW:,}",
        ratio, "x", more_is_better=False, ours_cpu_us=of_many.value,
        ours_spread=Spread(
            of_many.spread.low / of_few.value, of_many.spread.high / of_few.value),
        durability="reads only",
        note=f"{of_many.value:.2f} µs against {of_few.value:.2f} µs a request,"
             f" {of_many.details['per_s']:,.0f}/s against {of_few.details['per_s']:,.0f}/s, random"
             f" keys, {IN_FLIGHT} in flight on each of {CONNECTIONS} connections.",
        details={
            "orders": bench.grown_orders, "cpu_us_many": of_many.value, "cpu_us_few": of_few.value,
            "per_s_many": of_many.details["per_s"], "per_s_few": of_few.details["per_s"],
        })


ROWS: dict[str, Callable[[Bench], Row]] = {"growth": growth}
