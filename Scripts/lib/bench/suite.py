"""All rows, in the order in which they are measured and shown."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType

from .bench import Bench
from .row import BenchError, Row

RowFunction = Callable[[Bench], Row]

MODULES = (
    "reads", "allocations", "stages", "memory", "writes", "postgres", "calls", "restart", "growth")
"""The last ones keep a server with millions of orders, which is in nobody's way there."""


def rows(modules: Sequence[str] = MODULES) -> dict[str, RowFunction]:
    """By their names; a module that is not there adds none."""
    found: dict[str, RowFunction] = {}
    for name in modules:
        module = _imported(name)
        if module is not None:
            added: dict[str, RowFunction] = getattr(module, "ROWS", {})
            found |= added
    return found


def _imported(name: str) -> ModuleType | None:
    full = f"{__package__}.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        # Only if it is itself what is missing, not something that it imports.
        if error.name == full:
            return None
        raise


def chosen(all_rows: dict[str, RowFunction], only: Sequence[str]) -> dict[str, RowFunction]:
    """Those of the given names, or all; in the suite's order."""
    unknown = [name for name in only if name not in all_rows]
    if unknown:
        raise BenchError(f"there is no row {unknown[0]}; there are {', '.join(all_rows)}")
    return {name: row for name, row in all_rows.items() if not only or name in only}
