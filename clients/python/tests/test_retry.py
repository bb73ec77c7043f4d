"""The retry rules of SPEC.md, section 11, as a table."""

from __future__ import annotations

import asyncio
import math
import unittest
from unittest import mock

from tandem_client.errors import NEVER, Code, TandemError
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.retry import Repeat, Retries, RetryPolicy, should_repeat

R, K, U = Repeat.READ_ONLY, Repeat.KEYED, Repeat.UNSAFE
ALL, SAFE, NONE = {R, K, U}, {R, K}, set[Repeat]()

# Code, NOT_PROCESSED, retry-after, and which kinds of calls are repeated.
TABLE = [
    (Code.UNAVAILABLE, False, 0, SAFE),
    (Code.UNAVAILABLE, False, 100, SAFE),
    (Code.UNAVAILABLE, False, NEVER, NONE),
    (Code.UNAVAILABLE, True, 0, ALL),
    (Code.UNAVAILABLE, True, 100, ALL),
    (Code.UNAVAILABLE, True, NEVER, NONE),
    (Code.RESOURCE_EXHAUSTED, False, 0, SAFE),
    (Code.RESOURCE_EXHAUSTED, False, 50, SAFE),
    (Code.RESOURCE_EXHAUSTED, False, NEVER, NONE),
    (Code.RESOURCE_EXHAUSTED, True, 0, ALL),
    (Code.RESOURCE_EXHAUSTED, True, 50, ALL),
    (Code.RESOURCE_EXHAUSTED, True, NEVER, NONE),
    (Code.ABORTED, False, 0, SAFE),
    (Code.ABORTED, True, 0, ALL),
    (Code.ABORTED, True, NEVER, NONE),
    *[(code, processed, wait, NONE)
      for code in Code
      if code not in (Code.OK, Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED)
      for processed in (False, True) for wait in (0, 100, NEVER)],
]
FAST = RetryPolicy(attempts_max=5, backoff_ms_min=1, backoff_ms_max=8)


def error(code: Code, not_processed: bool = False, retry_after_ms: int = 0) -> TandemError:
    return TandemError(code, "REASON", "text", not_processed=not_processed,
                       retry_after_ms=retry_after_ms)


class RuleTests(unittest.TestCase):
    def test_every_row_of_the_table(self) -> None:
        for code, not_processed, wait, kinds in TABLE:
            for repeat in Repeat:
                with self.subTest(code=code, np=not_processed, wait=wait, repeat=repeat):
                    self.assertEqual(should_repeat(error(code, not_processed, wait), repeat),
                                     repeat in kinds)

    def test_the_backoff_doubles_to_its_bound_and_half_of_it_is_chance(self) -> None:
        policy = RetryPolicy()
        with mock.patch("random.uniform", lambda least, most: most):
            longest = [policy.backoff_ms(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 1_000_000)]
        self.assertEqual(longest, [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000])
        for _ in range(100):
            # Timed: computed, and nothing waits.
            self.assertTrue(100 <= policy.backoff_ms(3) <= 200)

    def test_the_outcome_of_a_command_is_unknown_only_where_the_spec_says_so(self) -> None:
        unknown = {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED, Code.UNKNOWN,
                   Code.INTERNAL, Code.DATA_LOSS}
        for code in Code:
            self.assertEqual(error(code).outcome_unknown, code in unknown)
            self.assertFalse(error(code, not_processed=True).outcome_unknown)


class LoopTests(unittest.IsolatedAsyncioTestCase):
    async def run_script(self, *outcomes: TandemError | str, repeat: Repeat = K,
                         latest: float = math.inf) -> str:
        self.attempts = 0
        self.waits: list[float] = []

        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        retries = Retries(FAST, repeat, latest)
        with mock.patch.object(asyncio, "sleep", sleep):
            while True:
                outcome = outcomes[min(self.attempts, len(outcomes) - 1)]
                self.attempts += 1
                retries.sent(control.MethodInfo.KEYED, 0)
                if not isinstance(outcome, TandemError):
                    return outcome
                await retries.wait_after(outcome)

    async def test_repeats_until_an_answer_and_waits_what_the_server_says(self) -> None:
        busy = error(Code.UNAVAILABLE, True, 70)
        self.assertEqual(await self.run_script(busy, busy, "done"), "done")
        self.assertEqual((self.attempts, self.waits), (3, [0.07, 0.07]))

    async def test_gives_up_after_the_attempts_allowed(self) -> None:
        with self.assertRaises(TandemError):
            await self.run_script(error(Code.UNAVAILABLE))
        self.assertEqual(self.attempts, 5)

    async def test_nothing_is_repeated_later_than_allowed(self) -> None:
        now = asyncio.get_running_loop().time()
        with self.assertRaises(TandemError):
            await self.run_script(error(Code.UNAVAILABLE, True, 200), "done", latest=now + 0.1)
        self.assertEqual((self.attempts, self.waits), (1, []))

    async def test_an_earlier_unknown_outcome_stays_unknown(self) -> None:
        lost, refused = error(Code.UNAVAILABLE), error(Code.INVALID_ARGUMENT, True, NEVER)
        with self.assertRaises(TandemError) as caught:
            await self.run_script(lost, refused)
        self.assertIs(caught.exception, refused)
        self.assertTrue(refused.outcome_unknown)
        self.assertFalse(refused.not_processed)

    async def test_a_kept_rejection_settles_an_unknown_outcome(self) -> None:
        rejected = error(Code.FAILED_PRECONDITION)
        with self.assertRaises(TandemError):
            await self.run_script(error(Code.UNAVAILABLE), rejected)
        self.assertFalse(rejected.outcome_unknown)

    async def test_the_servers_word_on_a_method_must_agree(self) -> None:
        read_only, keyed = control.MethodInfo.READ_ONLY, control.MethodInfo.KEYED
        unknown = control.MethodInfo.IDEMPOTENCY_UNSPECIFIED
        for repeat, word, again in ((R, read_only, True), (R, keyed, False), (R, unknown, False),
                                    (K, read_only, True), (K, keyed, True), (K, unknown, False),
                                    (U, read_only, False), (U, keyed, False)):
            retries = Retries(FAST, repeat, math.inf)
            retries.sent(word, 0)
            with self.subTest(repeat=repeat, word=word):
                if again:
                    await retries.wait_after(error(Code.UNAVAILABLE))
                else:
                    with self.assertRaises(TandemError):
                        await retries.wait_after(error(Code.UNAVAILABLE))

    async def test_a_key_expires_counted_from_the_first_time_it_was_sent(self) -> None:
        retries, now = Retries(FAST, K, math.inf), asyncio.get_running_loop().time()
        retries.sent(control.MethodInfo.KEYED, 1000)
        first = retries.latest
        await asyncio.sleep(0.01)
        retries.sent(control.MethodInfo.KEYED, 1000)
        self.assertEqual(retries.latest, first)
        self.assertTrue(now + 1 <= first < now + 2)

    async def test_an_unsafe_call_is_repeated_only_if_nothing_was_done(self) -> None:
        with self.assertRaises(TandemError):
            await self.run_script(error(Code.UNAVAILABLE), "never", repeat=U)
        self.assertEqual(self.attempts, 1)
        untouched = error(Code.UNAVAILABLE, True)
        self.assertEqual(await self.run_script(untouched, "done", repeat=U), "done")


if __name__ == "__main__":
    unittest.main()
