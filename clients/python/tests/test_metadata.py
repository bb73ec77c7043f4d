"""Metadata, tokens and keys."""

from __future__ import annotations

import time
import unittest

from tandem_client.errors import GoAwayCode, Violation
from tandem_client.keys import uuid7
from tandem_client.metadata import (
    AnswerMetadata, Token, encode_custom, encode_entries, parse_entries,
)


def block(entries: bytes) -> bytes:
    return len(entries).to_bytes(2) + entries


class MetadataTests(unittest.TestCase):
    def test_an_answer_says_its_token_its_age_and_custom_entries_in_order(self) -> None:
        token = Token(0x00C0FFEE00C0FFEE, 43)
        custom = encode_custom([("a", "ä"), ("b", b"\0\xff"), ("a", "")])
        raw = block(encode_entries([(5, token.encode()), (6, b"\0\0\0\x0c"), *custom])) + b"body"
        entries, start = parse_entries(raw, 0, len(raw))
        self.assertEqual(raw[start:], b"body")
        self.assertEqual(AnswerMetadata.of(entries), AnswerMetadata(
            token, 12, (("a", "ä"), ("b", b"\0\xff"), ("a", ""))))

    def test_values_of_the_wrong_form_are_the_servers_violation(self) -> None:
        for entry in ((5, b"x" * 15), (6, b"\0\0\0"), (0x40, b"no zero"), (0x40, b"\0value"),
                      (0x40, b"n\0\xff"), (0x41, b"\xff\0v"), (1, b"\xff"), (2, b""),
                      (3, b"x" * 17), (4, b"12345")):
            with self.assertRaises(Violation, msg=str(entry)):
                AnswerMetadata.of((entry,))
        self.assertIsNone(AnswerMetadata.of(((6, b"\xff\xff\xff\xff"),)).age_ms)

    def test_blocks_and_entries_beyond_their_container_are_violations(self) -> None:
        good = block(encode_entries([(6, b"\0\0\0\x0c")]))
        for end in range(len(good)):
            with self.assertRaises(Violation, msg=f"cut at {end}"):
                parse_entries(good, 0, end)
        with self.assertRaises(Violation):
            parse_entries(block(b"\x06\x00\x05\x00\x00\x00\x0c"), 0, 9)

    def test_what_is_unknown_is_skipped_from_80_on_and_refused_below(self) -> None:
        raw = block(b"\x80\x00\x01x\xf0\x00\x00\xff\x00\x02yz")
        self.assertEqual(parse_entries(raw, 0, len(raw)), ((), len(raw)))
        for tag in (0x00, 0x07, 0x3F, 0x42, 0x7F):
            with self.assertRaises(Violation):
                parse_entries(block(bytes((tag, 0, 0))), 0, 5)

    def test_known_tags_stand_once_but_for_custom_ones(self) -> None:
        twice = block(b"\x06\x00\x00\x06\x00\x00")
        with self.assertRaises(Violation) as caught:
            parse_entries(twice, 0, len(twice))
        self.assertEqual(caught.exception.code, GoAwayCode.PROTOCOL_ERROR)

    def test_a_request_with_too_much_or_nameless_metadata_is_not_encoded(self) -> None:
        self.assertEqual(len(encode_entries([(0x41, b"n\0" + b"x" * 8187)])), 8192)
        with self.assertRaises(ValueError):
            encode_entries([(0x41, b"n\0" + b"x" * 8188)])
        for name in ("", "a\0b"):
            with self.assertRaises(ValueError):
                encode_custom([(name, "value")])

    def test_keys_are_uuids_of_version_7_of_now(self) -> None:
        before = time.time_ns() // 1_000_000
        keys = [uuid7() for _ in range(1000)]
        after = time.time_ns() // 1_000_000
        self.assertEqual(len(set(keys)), 1000)
        for key in keys:
            self.assertEqual((len(key), key[6] >> 4, key[8] >> 6), (16, 7, 2))
            self.assertTrue(before <= int.from_bytes(key[:6]) <= after)


if __name__ == "__main__":
    unittest.main()
