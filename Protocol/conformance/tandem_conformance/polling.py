"""Waits for sockets and pipes.

`select.select` takes no descriptor above 1,023, and a flood of connections comes to have them.
"""

from __future__ import annotations

import math
import select
from collections.abc import Iterable
from typing import Protocol, TypeVar


class HasDescriptor(Protocol):
    """A socket or a pipe."""

    def fileno(self) -> int:
        """Its descriptor."""


F = TypeVar("F", bound=HasDescriptor)

_READABLE = select.POLLIN | select.POLLHUP | select.POLLERR
_WRITABLE = select.POLLOUT | select.POLLHUP | select.POLLERR


def readable(files: Iterable[F], seconds: float) -> list[F]:
    """Those that have something to read, or have ended; none if that takes longer."""
    by_descriptor = {file.fileno(): file for file in files}
    poll = select.poll()
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLIN)
    return [by_descriptor[descriptor] for descriptor, _ in poll.poll(_milliseconds(seconds))]


def ready(file: HasDescriptor, seconds: float, *, reading: bool = True) -> tuple[bool, bool]:
    """Whether it can be read, if that is wanted, and whether it can be written to."""
    poll = select.poll()
    poll.register(file.fileno(), select.POLLOUT | (select.POLLIN if reading else 0))
    events = sum(event for _, event in poll.poll(_milliseconds(seconds)))
    return reading and bool(events & _READABLE), bool(events & _WRITABLE)


def _milliseconds(seconds: float) -> int:
    # Rounded up: a wait that ends too early would be begun again and again.
    return math.ceil(max(0.0, seconds) * 1000)
