"""Client mode, tried on a toy client: a right one passes every case, a wrong one fails those that
are about its mistake.

    python3 -m unittest discover -s Protocol/conformance/tests
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tandem_conformance import cases, client_mode
from tandem_conformance.client_mode import bodies, memory
from tandem_conformance.client_mode.connection import Connection
from tandem_conformance.outcome import BadCase, Result

TOY = f"{shlex.quote(sys.executable)} {shlex.quote(str(HERE / 'toy_client.py'))}"
# Cases mostly wait; more at once would make the toy's own waits late on a small machine.
AT_ONCE = 4

CASES: dict[str, dict[str, Any]] = {
    case.id.removeprefix("client/"): case.source
    for case in cases.load()
    if case.group == cases.CLIENT_GROUP
}

# What the toy does wrong, and the cases that must see it.
MISTAKES = {
    "any-length": ["length-ffffffff", "length-2-24", "length-above-max-frame", "length-11"],
    "any-type": ["unknown-type-7f", "unknown-type-0d", "from-the-wrong-side-request"],
    "any-flags": ["undefined-flag-on-response", "undefined-flag-on-ping"],
    "any-tag": ["metadata-unknown-tag-07", "metadata-unknown-tag-7f"],
    "any-stream": ["unknown-stream", "unknown-stream-error", "two-responses", "item-after-end"],
    "any-kind": ["item-on-unary", "response-on-stream"],
    "any-size": ["body-short", "body-long", "body-trailing", "body-no-adler", "item-short"],
    "any-dictionary": ["dictionary-of-another-hash"],
    "any-status": ["status-unknown", "status-65535"],
    "any-crc": ["crc-wrong-on-response", "crc-wrong-on-ping", "crc-wrong-on-skipped"],
    "any-frame": ["request-at-max-frame"],
    "bad-crc": ["crc-agreed"],
    "undefined-flag": ["hello"],
    "same-id": ["many-calls"],
    "no-pong": ["pings-in-mid-answer", "pings-while-a-call-waits"],
    "wrong-pong": ["pings-in-mid-answer"],
    "no-slots": ["in-flight-limit-of-1"],
    "frees-cancelled": ["in-flight-limit-and-cancel"],
    "no-credit": ["credit-is-given-back", "item-above-the-window"],
    "tiny-credit": ["small-items-no-tiny-credit"],
    "no-cancel": ["cancel", "deadline-of-a-query"],
    "no-timeout": ["deadline-of-a-query", "a-repeat-has-less-time"],
    "new-key": ["same-key-after-a-lost-answer", "unavailable-with-key"],
    "new-body": ["hello", "same-key-after-a-lost-answer"],
    "any-idempotency": [
        "no-repeat-of-what-is-not-said-to-be-repeatable",
        "no-repeat-of-what-is-repeatable-in-unknown-ways",
    ],
    "repeats-all": ["no-repeat-after-close", "no-repeat-after-unavailable"],
    "nothing-done": ["no-repeat-after-close", "unknown-stays-unknown", "deadline-of-a-command"],
    "ignores-never": ["retry-never-read-only", "retry-never-with-key", "retry-never-without-key"],
    "ignores-retry-after": ["retry-after-read-only", "retry-after-twice"],
    "inflates-all": ["body-bomb", "item-bomb"],
    "reserves-b": ["body-huge-b"],
    "reserves-length": ["length-ffffffff", "length-ffffffff-first"],
    "no-backoff": ["reconnects-back-off", "reconnects-back-off-welcomed"],
    "trusts-welcome": ["reconnects-back-off-welcomed", "reconnects-back-off-sent-away"],
    "no-calm": [
        "reconnects-back-off-calm", "reconnects-back-off-limit", "calm-behind-welcome",
        "limit-behind-welcome",
    ],
    "old-keys": ["key-too-old", "key-too-old-when-welcomed", "key-too-old-when-connected"],
    "early-age": ["key-too-old-when-welcomed"],
    "ignores-goaway": ["soft-goaway", "soft-goaway-idle"],
    "cut-is-whole": ["connection-ends-before-end", "reset-before-end", "stream-repeats-whole"],
    "no-token": ["token-from-command-to-query", "highest-token-is-kept"],
    "keeps-token": ["epoch-changed"],
    "last-token": ["highest-token-is-kept"],
    "forgets-dictionaries": ["dictionaries-held"],
    "no-extras": ["metadata-of-the-caller", "metadata-of-a-stream", "metadata-of-a-command"],
    "one-a-name": ["metadata-of-the-caller", "metadata-of-a-stream"],
    "sorts-extras": ["metadata-of-the-caller", "metadata-of-a-command"],
    "extras-once": ["metadata-of-a-command"],
    "any-block": ["custom-above-max-metadata", "metadata-above-max-metadata"],
    "any-age": ["age-of-an-answer"],
    "any-kind-asked": ["unary-that-is-a-stream", "stream-that-is-unary"],
    "no-grease": ["grease", "grease-frames"],
    "early-frames": ["first-frame-is-a-ping", "skippable-before-welcome"],
}


def play(name: str, *wrong: str) -> Result:
    words = "".join(f" --wrong {one}" for one in wrong)
    # What the toy does not do at once it never does, so a wrong one need not be waited for long.
    patience = 3.0 if wrong else 12.0
    return client_mode.run_case(CASES[name], TOY + words, strict=True, patience_s=patience)


class RightClient(unittest.TestCase):
    def test_a_right_client_passes_every_case(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(play, CASES))
        wrong = [f"{one.id}: {one.outcome}: {one.detail}" for one in results
                 if one.outcome != "passed"]
        self.assertEqual(wrong, [])
        self.assertGreater(len(results), 200)


class WrongClient(unittest.TestCase):
    def test_each_mistake_fails_the_cases_about_it(self) -> None:
        pairs = [(mistake, name) for mistake, names in MISTAKES.items() for name in names]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda pair: play(pair[1], pair[0]), pairs))
        unseen = [f"{mistake} passed {name}" for (mistake, name), result in zip(pairs, results)
                  if result.outcome != "failed"]
        self.assertEqual(unseen, [])
        broken = [result.detail for result in results if "the suite itself" in result.detail]
        self.assertEqual(broken, [])

    def test_a_program_that_is_no_harness_fails_with_a_reason(self) -> None:
        command = f"{shlex.quote(sys.executable)} -c 'print(1)'"
        result = client_mode.run_case(CASES["hello"], command)
        self.assertEqual(result.outcome, "failed")
        self.assertIn("no answer", result.detail)

    def test_a_missing_program_fails_with_a_reason(self) -> None:
        result = client_mode.run_case(CASES["hello"], "/nowhere/to/be/found")
        self.assertEqual(result.outcome, "failed")
        self.assertIn("/nowhere", result.detail)


class CaseFiles(unittest.TestCase):
    def test_verbs_and_keys_are_checked(self) -> None:
        case = {"id": "client/x", "steps": [
            {"handshake": "A", "prot": "query"}, {"dance": 1}, {"repeat": 2, "steps": [{"no": 1}]},
        ]}
        found = client_mode.check(case)
        self.assertEqual(len(found), 3, found)
        with self.assertRaises(BadCase):
            client_mode.run_case(case, TOY)

    def test_all_numbers_of_the_client_group_have_cases(self) -> None:
        numbers = {case.get("number") for case in CASES.values()}
        self.assertLessEqual(set(range(117, 130)), numbers)


class Watching(unittest.TestCase):
    def test_memory_that_was_given_back_still_counts(self) -> None:
        code = "import sys; x = bytearray(80 << 20); del x; print(1, flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            found = memory.peak(process.pid)
            process.communicate(b"\n")
        if found is None:
            self.skipTest("this system does not tell")
        self.assertGreater(found.resident, 80)
        self.assertGreaterEqual(found.reserved, found.resident)

    def test_what_a_child_holds_counts(self) -> None:
        own = memory.peak(os.getpid())
        with subprocess.Popen(
            [sys.executable, "-c", "print(1, flush=True); input()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            both = memory.peak(os.getpid())
            process.communicate(b"\n")
        if own is None or both is None:
            self.skipTest("this system does not tell")
        self.assertGreater(both.resident, own.resident)

    def test_a_process_that_is_gone_tells_nothing(self) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            process.wait()
            self.assertIsNone(memory.peak(process.pid))


class Building(unittest.TestCase):
    def encode(self, kind: int, **fields: Any) -> bytes:
        """A frame as a connection makes it on which no checksums were agreed."""
        with socket.socket() as own:
            return Connection(own, "query", "any").encode(kind, **fields)

    def test_a_frame_is_laid_out_as_the_table_says(self) -> None:
        data = self.encode(4, flags=2, a=1, stream=7, b=9, block=bytes.fromhex("000406000105"),
                           body=b"xy")
        self.assertEqual(data.hex(), "00000014" "04030001" "00000007" "00000009" "0004" "06000105"
                         "7879")

    def test_a_bad_checksum_differs_from_the_good_one_in_one_bit(self) -> None:
        good = self.encode(10, body=bytes(8), crc="good")
        bad = self.encode(10, body=bytes(8), crc="bad")
        self.assertEqual(good[:-1], bad[:-1])
        self.assertEqual(good[-1] ^ bad[-1], 1)

    def test_a_bomb_is_small_and_inflates_to_what_it_says(self) -> None:
        found = bodies.Encoded({"encoding": 1, "bomb_mib": 2, "raw_length": 7}, [])
        self.assertEqual((found.a, found.b), (1, 7))
        self.assertLess(len(found.bytes), 4096)
        self.assertEqual(zlib.decompress(found.bytes), bytes(2 << 20))

    def test_every_mangled_stream_differs_from_the_right_one(self) -> None:
        right = bodies.deflate(b"text " * 100, None)
        for how in bodies.MANGLES:
            with self.subTest(how):
                self.assertNotEqual(bodies.mangle(right, how), right)

    def test_a_pattern_is_that_of_the_test_service(self) -> None:
        body = bodies.plain({"pattern": 300, "item": 4})
        self.assertEqual(body, bytes((4 + k) % 251 for k in range(300)))


if __name__ == "__main__":
    unittest.main()
