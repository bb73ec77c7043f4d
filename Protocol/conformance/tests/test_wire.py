"""The codec, against bytes written by hand."""

from __future__ import annotations

import unittest

from tandem_conformance import wire
from tandem_conformance.names import FrameType, flag_names, type_name


class FrameTests(unittest.TestCase):
    """encode and decode."""

    def test_a_request_is_these_bytes(self) -> None:
        # SPEC.md, "A session in bytes": the command RegisterUser.
        key = bytes.fromhex("0192f3a4b5c6700081234567 89abcdef")
        body = bytes.fromhex("120f6164614065 78616d706c652e6f72671a03416461")
        data = wire.encode(FrameType.REQUEST, stream=1, b=5000, metadata=[(2, key)], body=body)
        expected = "00000037 03010000 00000001 00001388 0013 020010" + key.hex() + body.hex()
        self.assertEqual(data, bytes.fromhex(expected))

    def test_what_is_encoded_is_decoded(self) -> None:
        entries = [(0x40, b"a\0b"), (0x41, b""), (0x40, b"a\0b")]
        for crc in (False, True):
            with self.subTest(crc=crc):
                data = wire.encode(
                    7, flags=2, a=12, stream=9, b=3, metadata=entries, body=b"x", crc=crc
                )
                frame = wire.decode(data)
                self.assertEqual((frame.a, frame.stream, frame.b, frame.body), (12, 9, 3, b"x"))
                self.assertEqual(frame.metadata, tuple(entries))
                self.assertEqual(frame.raw, data)
                self.assertEqual(frame.flags, 0x83 if crc else 0x03)

    def test_the_checksum_is_castagnoli_over_the_length_too(self) -> None:
        self.assertEqual(wire.crc32c(b"123456789"), 0xE3069283)
        data = wire.encode(0x0A, body=b"12345678", crc=True)
        self.assertEqual(int.from_bytes(data[-4:], "big"), wire.crc32c(data[:-4]))
        self.assertEqual(int.from_bytes(data[:4], "big"), len(data) - 4)

    def test_every_flipped_bit_is_found(self) -> None:
        data = wire.encode(4, stream=1, body=b"reply", crc=True)
        for bit in range(5 * 8, len(data) * 8):
            damaged = bytearray(data)
            damaged[bit // 8] ^= 1 << bit % 8
            # Flag CRC itself, and META, make of it a frame of another form.
            if bit // 8 == 5:
                continue
            with self.subTest(bit=bit), self.assertRaises(wire.WireError):
                wire.decode(bytes(damaged))

    def test_broken_frames_are_refused(self) -> None:
        for text in (
            "00",
            "0000000b 0a0000 00000000 00000000",
            "0000000d 04000000 00000001 00000000",
            "0000000e 04010000 00000001 00000000 0001",
            "00000010 04010000 00000001 00000000 00024001",
            "00000011 04010000 00000001 00000000 0003400001",
            "0000000d 04010000 00000001 00000000 00",
            "0000000e 04800000 00000001 00000000 0000",
        ):
            with self.subTest(text=text), self.assertRaises(wire.WireError):
                wire.decode(bytes.fromhex(text))

    def test_frames_are_cut_off_what_has_come(self) -> None:
        first, second = wire.encode(3, body=b"abc"), wire.encode(0x0A, body=bytes(8))
        received = bytearray(first + second[:-1])
        self.assertEqual(wire.cut(received), first)
        self.assertIsNone(wire.cut(received))
        received += second[-1:]
        self.assertEqual(wire.cut(received), second)
        for rest in (b"", b"\0\0\0"):
            self.assertIsNone(wire.cut(bytearray(rest)))

    def test_what_is_skipped_may_have_any_flags(self) -> None:
        self.assertEqual(wire.decode(wire.encode(0x80, flags=0x7F, body=b"x")).body, b"x")

    def test_length_can_lie(self) -> None:
        data = wire.encode(3, body=b"abc", length=11)
        self.assertEqual(data[:4], bytes.fromhex("0000000b"))
        self.assertEqual(len(data), 19)


class ServerRuleTests(unittest.TestCase):
    """check_from_server."""

    def refused(self, crc: bool = False, **fields: object) -> bool:
        """Whether a frame with these fields is found to be wrong."""
        try:
            wire.check_from_server(wire.Frame(**fields), crc)  # type: ignore[arg-type]
        except wire.WireError:
            return True
        return False

    def test_right_frames_pass(self) -> None:
        for fields in (
            {"type": 2},
            {"type": 4, "flags": 3, "stream": 1, "metadata": ((5, bytes(16)), (6, bytes(4)))},
            {"type": 5, "flags": 1, "stream": 1, "a": 2, "b": 90},
            {"type": 7, "flags": 7, "stream": 1, "a": 16, "b": 5},
            {"type": 0x0C, "flags": 2, "a": 3, "stream": 0},
            {"type": 0x0A, "body": bytes(8)},
            {"type": 0x80, "flags": 0x7F, "a": 9},
            {"type": 4, "flags": 1, "stream": 1, "metadata": ((0x80, b""), (0x80, b""))},
        ):
            with self.subTest(fields=fields):
                self.assertFalse(self.refused(**fields))

    def test_wrong_frames_do_not(self) -> None:
        for fields in (
            {"type": 1},
            {"type": 3, "stream": 1},
            {"type": 8, "stream": 1},
            {"type": 0x20},
            {"type": 2, "stream": 1},
            {"type": 2, "flags": 1},
            {"type": 0x0A, "flags": 1, "body": bytes(8)},
            {"type": 0x0B, "flags": 1, "body": bytes(8)},
            {"type": 4, "stream": 1, "metadata": ((0x7F, b""),)},
            {"type": 4, "flags": 4, "stream": 1},
            {"type": 4, "stream": 0},
            {"type": 4, "stream": 1, "b": 3},
            {"type": 6, "stream": 1, "a": 1},
            {"type": 6, "flags": 2, "stream": 1},
            {"type": 7, "stream": 1, "a": 0},
            {"type": 7, "flags": 8, "stream": 1, "a": 1},
            {"type": 0x0A, "body": bytes(7)},
            {"type": 0x0B, "body": bytes(8), "b": 1},
            {"type": 4, "flags": 0x80, "stream": 1},
            {"type": 4, "stream": 1, "metadata": ((5, bytes(15)),)},
            {"type": 4, "stream": 1, "metadata": ((6, bytes(4)), (6, bytes(4)))},
            {"type": 4, "stream": 1, "metadata": ((2, bytes(16)),)},
        ):
            with self.subTest(fields=fields):
                self.assertTrue(self.refused(**fields))

    def test_checksums_are_due_once_agreed(self) -> None:
        self.assertTrue(self.refused(crc=True, type=4, stream=1))
        self.assertFalse(self.refused(crc=True, type=4, flags=0x80, stream=1))
        self.assertTrue(self.refused(crc=True, type=2, flags=0x80))


class NameTests(unittest.TestCase):
    """What failures call things."""

    def test_flags_are_named_by_their_frame(self) -> None:
        self.assertEqual(flag_names(FrameType.RESPONSE, 0x03), "META|REPLAYED")
        self.assertEqual(flag_names(FrameType.ERROR, 0x06), "NOT_PROCESSED|REPLAYED")
        self.assertEqual(flag_names(FrameType.GOAWAY, 0x82), "HARD|CRC")
        self.assertEqual(flag_names(FrameType.PING, 0x42), "0x02|0x40")
        self.assertEqual(type_name(0x7F), "type 7F")

    def test_a_long_frame_is_shown_in_part(self) -> None:
        shown = wire.hexdump(bytes(1000))
        self.assertIn("1000 bytes in all", shown)
        self.assertLess(len(shown), 300)
        self.assertIn("12 UNIMPLEMENTED", wire.Frame(7, a=12, stream=3).describe())


if __name__ == "__main__":
    unittest.main()
