"""When a call is repeated, and after which wait (SPEC.md, section 11)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from .errors import Code, TandemError

T = TypeVar("T")


class Repeat(Enum):
    """What makes a repetition of a call safe."""

    READ_ONLY = "it changes nothing"
    KEYED = "the server knows it by its key"
    UNSAFE = "nothing but NOT_PROCESSED"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    attempts_max: int = 10
    backoff_ms_min: int = 50
    backoff_ms_max: int = 2_000

    def backoff_ms(self, failures: int) -> float:
        """The wait after so many failures (from 1): doubling, half of it by chance (DR-10)."""
        doubled = self.backoff_ms_min << min(failures - 1, 20)
        return min(doubled, self.backoff_ms_max) * random.uniform(0.5, 1)


def should_repeat(error: TandemError, repeat: Repeat) -> bool:
    """The table of section 11: whether a client repeats by itself what ended so."""
    if error.is_never or error.code not in (
            Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED):
        return False
    return error.not_processed or repeat is not Repeat.UNSAFE


async def with_retries(attempt: Callable[[], Awaitable[T]], repeat: Callable[[], Repeat],
                       latest: Callable[[], float], policy: RetryPolicy) -> T:
    """The first outcome that is no reason to repeat.

    After each attempt `repeat` says what would make another one safe, and `latest` until when it
    may begin, as a time of the event loop.
    """
    attempts, is_unknown = 0, False
    while True:
        attempts += 1
        try:
            return await attempt()
        except TandemError as error:
            wait = max(policy.backoff_ms(attempts), error.retry_after_ms) / 1000  # IK-11
            # By this attempt alone: what it did not do may be done again (IK-08) ...
            again = attempts < policy.attempts_max and should_repeat(error, repeat())
            if is_unknown and error.not_processed:
                # ... but what an earlier one did is as unknown as before.
                error.not_processed, error.outcome_unknown = False, True
            is_unknown = is_unknown or error.outcome_unknown
            if not again or asyncio.get_running_loop().time() + wait >= latest():
                raise
        await asyncio.sleep(wait)
