"""Frames, metadata, tokens and keys, as bytes."""

from __future__ import annotations

import random
import time
import unittest

from tandem_client import Extras, uuid7
from tandem_client.errors import GoAwayCode, Violation
from tandem_client.wire import (
    AGE, CRC, CUSTOM_BINARY, META, TOKEN, AnswerMetadata, Custom, Entries, Frame, FrameDecoder,
    Token, Type, crc32c, parse_metadata,
)

from .fake_server import encode

PING = encode(Type.PING, body=b"12345678")
ITEM = encode(Type.ITEM, a=1, stream=7, b=300, entries=[(AGE, b"\0\0\0\x0c")], body=b"x")
ERROR = encode(Type.ERROR, flags=0x06, a=14, stream=0xFFFFFFFF, b=0xFFFFFFFF)
GREASE = encode(0xF3, flags=0x7E, a=9, stream=9, b=9, body=b"anything")


def decode(*pieces: bytes, length_max: int = 1 << 20, crc: bool = False) -> list[Frame]:
    decoder = FrameDecoder(length_max, crc)
    return [frame for piece in pieces for frame in decoder.frames(piece)]


class FrameTests(unittest.TestCase):
    def violation(self, data: bytes, code: GoAwayCode, **settings: int | bool) -> None:
        with self.assertRaises(Violation) as caught:
            decode(data, length_max=int(settings.get("length_max", 1 << 20)),
                   crc=bool(settings.get("crc", False)))
        self.assertEqual(caught.exception.code, code)

    def test_every_split_of_a_segment_gives_the_same_frames(self) -> None:
        data = PING + ITEM + GREASE + ERROR + encode(Type.END, stream=7)
        whole = decode(data)
        self.assertEqual([frame.type for frame in whole],
                         [Type.PING, Type.ITEM, 0xF3, Type.ERROR, Type.END])
        for cut in range(len(data) + 1):
            self.assertEqual(decode(data[:cut], data[cut:]), whole, f"cut at {cut}")
        self.assertEqual(decode(*(data[i:i + 1] for i in range(len(data)))), whole)

    def test_the_fields_of_a_frame_stand_where_the_table_says(self) -> None:
        (frame,) = decode(ITEM)
        self.assertEqual((frame.a, frame.stream, frame.b, frame.body, frame.flags, frame.size),
                         (1, 7, 300, b"x", META, len(ITEM)))
        self.assertEqual(frame.entries, [(AGE, b"\0\0\0\x0c")])

    def test_a_hostile_length_is_refused_by_its_four_bytes(self) -> None:
        for length in (0, 11, 101, 1 << 24, 0xFFFFFFFF):
            self.violation(length.to_bytes(4), GoAwayCode.SIZE, length_max=100)
        self.assertEqual(decode((100).to_bytes(4), length_max=100), [])

    def test_unknown_types_below_80_and_undefined_flags_are_violations(self) -> None:
        for kind in (0x00, 0x0D, 0x7F):
            self.violation(encode(kind), GoAwayCode.PROTOCOL_ERROR)
        for bit in (0x02, 0x04, 0x08, 0x10, 0x20, 0x40, CRC):
            self.violation(encode(Type.END, flags=bit, stream=1), GoAwayCode.PROTOCOL_ERROR)

    def test_ping_and_pong_have_eight_bytes_and_no_fields(self) -> None:
        for kind in (Type.PING, Type.PONG):
            for bad in (encode(kind, body=b"1234567"), encode(kind, body=b"123456789"),
                        encode(kind, a=1, body=b"12345678"), encode(kind, stream=1, body=b"x" * 8),
                        encode(kind, b=1, body=b"12345678")):
                self.violation(bad, GoAwayCode.PROTOCOL_ERROR)

    def test_the_check_value_of_crc32c(self) -> None:
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)

    def test_agreed_checksums_are_checked_on_every_frame(self) -> None:
        good = encode(Type.PING, body=b"12345678", crc=True)
        (frame,) = decode(good, crc=True)
        self.assertEqual((frame.body, frame.flags, frame.size), (b"12345678", 0, 28))
        for index in range(4, len(good)):
            bad = bytearray(good)
            bad[index] ^= 0x10
            self.violation(bytes(bad), GoAwayCode.CHECKSUM, crc=True)
        self.violation(PING, GoAwayCode.CHECKSUM, crc=True)
        self.violation(encode(0xF0), GoAwayCode.CHECKSUM, crc=True)
        self.violation(good, GoAwayCode.PROTOCOL_ERROR)
        self.violation(encode(0xF0, flags=CRC), GoAwayCode.PROTOCOL_ERROR)
        self.violation(encode(Type.END, flags=CRC, stream=1), GoAwayCode.SIZE, crc=True)

    def test_mutated_frames_give_frames_or_violations_and_nothing_else(self) -> None:
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        data = PING + ITEM + GREASE + ERROR
        for _ in range(20_000):
            mutated = bytearray(data)
            for _ in range(chance.randrange(1, 5)):
                mutated[chance.randrange(len(mutated))] = chance.randrange(256)
            decoder = FrameDecoder(1 << 12)
            with self.subTest(seed=seed, data=bytes(mutated)):
                try:
                    list(decoder.frames(bytes(mutated)))
                except Violation:
                    pass


def block(entries: bytes) -> bytes:
    return len(entries).to_bytes(2) + entries


class MetadataTests(unittest.TestCase):
    def test_an_answer_says_its_token_its_age_and_custom_entries_in_order(self) -> None:
        token = Token(0x00C0FFEE00C0FFEE, 43)
        custom: Custom = (("a", "ä"), ("b", b"\0\xff"), ("a", ""))
        sent = [(TOKEN, token.encode()), (AGE, b"\0\0\0\x0c"), *Extras(custom=custom).entries()]
        (frame,) = decode(encode(Type.END, stream=1, entries=sent, body=b"body"))
        self.assertEqual(frame.body, b"body")
        self.assertEqual(AnswerMetadata.of(frame.entries), AnswerMetadata(token, 12, custom))

    def test_values_of_the_wrong_form_are_the_servers_violation(self) -> None:
        for entry in ((5, b"x" * 15), (6, b"\0\0\0"), (0x40, b"no zero"), (0x40, b"\0value"),
                      (0x40, b"n\0\xff"), (0x41, b"\xff\0v"), (1, b"\xff"), (2, b""),
                      (3, b"x" * 17), (4, b"12345")):
            with self.assertRaises(Violation, msg=str(entry)):
                AnswerMetadata.of((entry,))
        self.assertIsNone(AnswerMetadata.of(((6, b"\xff\xff\xff\xff"),)).age_ms)

    def test_blocks_and_entries_beyond_their_container_are_violations(self) -> None:
        good = block(b"\x06\x00\x04\x00\x00\x00\x0c")
        for end in range(len(good)):
            with self.assertRaises(Violation, msg=f"cut at {end}"):
                parse_metadata(good, 0, end)
        with self.assertRaises(Violation):
            parse_metadata(block(b"\x06\x00\x05\x00\x00\x00\x0c"), 0, 9)

    def test_what_is_unknown_is_skipped_from_80_on_and_refused_below(self) -> None:
        raw = block(b"\x80\x00\x01x\xf0\x00\x00\xff\x00\x02yz")
        self.assertEqual(parse_metadata(raw, 0, len(raw)), ([], len(raw)))
        for tag in (0x00, 0x07, 0x3F, 0x42, 0x7F):
            with self.assertRaises(Violation):
                parse_metadata(block(bytes((tag, 0, 0))), 0, 5)

    def test_known_tags_stand_once_but_for_custom_ones(self) -> None:
        twice = block(b"\x06\x00\x00\x06\x00\x00")
        with self.assertRaises(Violation) as caught:
            parse_metadata(twice, 0, len(twice))
        self.assertEqual(caught.exception.code, GoAwayCode.PROTOCOL_ERROR)

    def test_custom_entries_of_a_request_have_names(self) -> None:
        for name in ("", "a\0b"):
            with self.assertRaises(ValueError):
                Extras(custom=((name, "value"),))

    def test_an_answer_may_have_as_much_metadata_as_its_length_can_say(self) -> None:
        much: Entries = [(CUSTOM_BINARY, b"n\0" + bytes(60_000))]
        (frame,) = decode(encode(Type.END, stream=1, entries=much))
        self.assertEqual(frame.entries, much)

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
