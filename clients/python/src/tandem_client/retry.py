"""When a call is repeated, and after which wait (SPEC.md, section 11)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

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

    def backoff_ms(self, failures: int, chance: Callable[[], float] = random.random) -> float:
        """The wait after so many failures (from 1): doubling, and half of it by chance."""
        doubled = self.backoff_ms_min << min(failures - 1, 20)
        return min(doubled, self.backoff_ms_max) * (0.5 + 0.5 * chance())


# "Not now": the same call may well succeed later.
_TRANSIENT: Final = frozenset((Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED))


def should_repeat(error: TandemError, repeat: Repeat | None) -> bool:
    """The table of section 11: whether a client repeats by itself what ended so; None: never."""
    if error.is_never or repeat is None or error.code not in _TRANSIENT:
        return False
    return error.not_processed or repeat is not Repeat.UNSAFE


async def with_retries(
    attempt: Callable[[], Awaitable[T]],
    repeat: Callable[[float], Repeat | None],
    policy: RetryPolicy,
    deadline: float | None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """The first answer that is no reason to repeat. `deadline` is a time of the event loop.

    `repeat` says what makes a repetition safe after the given wait.
    """
    attempts, unknown = 0, False
    while True:
        attempts += 1
        try:
            return await attempt()
        except TandemError as error:
            wait = max(policy.backoff_ms(attempts), error.retry_after_ms) / 1000
            # By this attempt alone: what it did not do may be done again (IK-08) ...
            again = attempts < policy.attempts_max and should_repeat(error, repeat(wait))
            if unknown and error.not_processed:
                # ... but what an earlier one did is as unknown as before.
                error.not_processed, error.outcome_unknown = False, True
            unknown = unknown or error.outcome_unknown
            late = deadline is not None and asyncio.get_running_loop().time() + wait >= deadline
            if late or not again:
                raise
            await sleep(wait)
