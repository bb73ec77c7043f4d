"""Frames are cut from the stream the same way wherever TCP cuts them, and never beyond a limit."""

from __future__ import annotations

import random
import unittest

from tandem_client.errors import GoAwayCode, Violation
from tandem_client.frames import CRC, META, Frame, FrameDecoder, Type, crc32c, encode

PING = encode(Type.PING, body=b"12345678")
ITEM = encode(Type.ITEM, a=1, stream=7, b=300, metadata=b"\x06\x00\x04\x00\x00\x00\x0c", body=b"x")
ERROR = encode(Type.ERROR, flags=0x06, a=14, stream=0xFFFFFFFF, b=0xFFFFFFFF)
GREASE = encode(0xF3, flags=0x7E, a=9, stream=9, b=9, body=b"anything")


def decode(*pieces: bytes, length_max: int = 1 << 20, crc: bool = False) -> list[Frame]:
    decoder = FrameDecoder(length_max)
    decoder.crc = crc
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
        self.assertEqual(frame.entries, ((6, b"\x00\x00\x00\x0c"),))

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


if __name__ == "__main__":
    unittest.main()
