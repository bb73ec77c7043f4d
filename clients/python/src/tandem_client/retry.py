"""When a call is repeated, and after which wait (SPEC.md, section 11)."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .errors import Code, TandemError
from .proto.control.v1 import control_pb2 as control


class Repeat(Enum):
    """What makes a repetition of a call safe."""

    READ_ONLY = "it changes nothing"
    KEYED = "the server knows it by its key"
    UNSAFE = "nothing but NOT_PROCESSED"


_READ_ONLY, _KEYED = control.MethodInfo.READ_ONLY, control.MethodInfo.KEYED
# What WELCOME may call a method that is repeated for that reason: both must agree (IK-17).
_AGREED: Final = {Repeat.READ_ONLY: (_READ_ONLY,), Repeat.KEYED: (_READ_ONLY, _KEYED),
                  Repeat.UNSAFE: ()}


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


class Retries:
    """The attempts of one call: whether another one follows, and when."""

    def __init__(self, policy: RetryPolicy, repeat: Repeat, deadline: float) -> None:
        self.latest = deadline
        """Until when it may be sent, as a time of the event loop."""
        self._policy, self._repeat = policy, repeat
        self._attempts, self._is_unknown = 0, False

    def sent(self, idempotency: control.MethodInfo.Idempotency, key_retention_ms: int) -> None:
        """It was sent: under a key that the server may forget then, if not 0 (IK-10)."""
        now, retention = asyncio.get_running_loop().time(), key_retention_ms / 1000
        self.latest = min(self.latest, now + (retention or math.inf))
        if idempotency not in _AGREED[self._repeat]:
            self._repeat = Repeat.UNSAFE

    async def wait_after(self, error: TandemError) -> None:
        """Returns when it is time for another attempt; raises the error if there is none."""
        self._attempts += 1
        # IK-11, IK-15
        wait = max(self._policy.backoff_ms(self._attempts), error.retry_after_ms) / 1000
        # By this attempt alone: what it did not do may be done again (IK-08) ...
        again = self._attempts < self._policy.attempts_max and should_repeat(error, self._repeat)
        if self._is_unknown and error.not_processed:
            # ... but what an earlier one did is as unknown as before.
            error.not_processed, error.outcome_unknown = False, True
        self._is_unknown = self._is_unknown or error.outcome_unknown
        if not again or asyncio.get_running_loop().time() + wait >= self.latest:
            raise error
        await asyncio.sleep(wait)
