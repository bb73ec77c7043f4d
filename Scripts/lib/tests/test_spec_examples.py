"""The sessions that are shown in bytes are sessions: whole frames, lengths, sums, bodies."""

from __future__ import annotations

import unittest
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import spec_document
from spec_document import Block

MAGIC = bytes.fromhex("f4544e440d0a01")
HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END = range(1, 7)
ERROR, CANCEL, CREDIT, PING, PONG, GOAWAY = range(7, 13)
META, CRC = 0x01, 0x80
FINALS = {RESPONSE, END, ERROR}
FROM_CLIENT = {HELLO, REQUEST, CANCEL, CREDIT, PING, PONG, GOAWAY}
FROM_SERVER = {WELCOME, RESPONSE, ITEM, END, ERROR, PING, PONG, GOAWAY}
ENTRY_SIZES = {0x02: 16, 0x03: 16, 0x04: 4, 0x05: 16, 0x06: 4}


@dataclass(frozen=True)
class Frame:
    """A frame without its checksum."""

    sender: str
    type: int
    flags: int
    a: int
    stream: int
    b: int
    entries: dict[int, bytes]
    body: bytes
    size: int


class Malformed(AssertionError):
    """The bytes are not what they should be."""


def crc32c(data: bytes) -> int:
    """Castagnoli's, bit by bit."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def read_frame(block: Block) -> Frame:
    """The one frame of a block. Raises Malformed."""
    data = block.bytes
    if len(data) < 16 or number(data[:4]) != len(data) - 4:
        raise Malformed(f"line {block.line}: {len(data)} bytes, and a length of {data[:4].hex()}")
    flags, rest = data[5], data[16:]
    if flags & CRC:
        rest, given = rest[:-4], number(rest[-4:])
        if given != crc32c(data[:-4]):
            raise Malformed(f"line {block.line}: the checksum is {crc32c(data[:-4]):08x}")
    entries: dict[int, bytes] = {}
    if flags & META:
        end = 2 + number(rest[:2])
        entries, rest = read_entries(rest[2:end], block.line), rest[end:]
    return Frame(
        block.sender, data[4], flags, number(data[6:8]), number(data[8:12]), number(data[12:16]),
        entries, rest, len(data)
    )


def read_entries(data: bytes, line: int) -> dict[int, bytes]:
    entries: dict[int, bytes] = {}
    while data:
        tag, size = data[0], number(data[1:3])
        value, data = data[3 : 3 + size], data[3 + size :]
        if len(value) != size or tag in entries or ENTRY_SIZES.get(tag, size) != size:
            raise Malformed(f"line {line}: metadata entry {tag:02x}")
        entries[tag] = value
    return entries


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message. Raises Malformed."""
    while data:
        key, data = varint(data)
        if key & 7 == 0:
            value, data = varint(data)
            yield key >> 3, value
            continue
        if key & 7 not in (1, 2):
            raise Malformed(f"wire type {key & 7}")
        size, data = (8, data) if key & 7 == 1 else varint(data)
        if len(data) < size:
            raise Malformed("a field is longer than its message")
        yield key >> 3, data[:size]
        data = data[size:]


def varint(data: bytes) -> tuple[int, bytes]:
    value = 0
    for index, byte in enumerate(data[:10]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, data[index + 1 :]
    raise Malformed("a number that does not end")


def texts(data: bytes, wanted: int) -> list[bytes]:
    """The values of a repeated field of bytes or text."""
    return [value for key, value in fields(data) if key == wanted and isinstance(value, bytes)]


def inflated(frame: Frame, dictionaries: list[bytes]) -> bytes:
    """The body as the application knows it. Raises Malformed."""
    if frame.type not in (RESPONSE, ITEM) or frame.a == 0:
        return frame.body
    if frame.a == 1:
        inflater = zlib.decompressobj()
    else:
        dictionary = dictionaries[frame.a - 2]
        if not frame.body[1] & 0x20 or number(frame.body[2:6]) != zlib.adler32(dictionary):
            raise Malformed("DICTID is not the dictionary's")
        inflater = zlib.decompressobj(zdict=dictionary)
    raw = inflater.decompress(frame.body)
    if not inflater.eof or inflater.unused_data or len(raw) != frame.b:
        raise Malformed(f"inflates to {len(raw)} bytes instead of {frame.b}")
    return raw


class SpecExamplesTests(unittest.TestCase):
    def setUp(self) -> None:
        self.sessions = {
            heading: [read_frame(block) for block in blocks[1:]]
            for heading, blocks in spec_document.sessions().items()
        }

    def test_there_are_sessions_and_each_begins_with_a_preface(self) -> None:
        self.assertGreaterEqual(len(self.sessions), 3)
        for heading, blocks in spec_document.sessions().items():
            self.assertEqual(blocks[0].sender, "C", heading)
            self.assertEqual(blocks[0].bytes[:7], MAGIC, heading)
            self.assertIn(blocks[0].bytes[7:], (b"\x01", b"\x02", b"\x03"), heading)

    def test_each_side_sends_what_it_may_in_an_order_that_may_be(self) -> None:
        for heading, frames in self.sessions.items():
            with self.subTest(heading):
                self.assertEqual([frame.type for frame in frames[:2]], [HELLO, WELCOME])
                open_streams: set[int] = set()
                last = 0
                for frame in frames:
                    allowed = FROM_CLIENT if frame.sender == "C" else FROM_SERVER
                    self.assertTrue(frame.type in allowed or frame.type >= 0x80)
                    if frame.type == REQUEST:
                        self.assertGreater(frame.stream, last)
                        last = frame.stream
                        open_streams.add(last)
                    elif frame.type in FINALS | {ITEM}:
                        self.assertIn(frame.stream, open_streams)
                        open_streams -= {frame.stream} if frame.type in FINALS else set()
                self.assertEqual(open_streams, set(), "calls without a final frame")

    def test_bodies_decode(self) -> None:
        decoded = 0
        for heading, frames in self.sessions.items():
            dictionaries = [
                texts(dictionary, 2)[0] for dictionary in texts(frames[1].body, 4)
            ]
            for frame in frames:
                with self.subTest(heading, type=frame.type, stream=frame.stream):
                    if frame.type in (PING, PONG):
                        self.assertEqual(len(frame.body), 8)
                    elif frame.type < 0x80:
                        list(fields(inflated(frame, dictionaries)))
                        decoded += 1
        self.assertGreater(decoded, 20)

    def test_checksums_are_there_once_they_were_agreed(self) -> None:
        agreed = 0
        for heading, frames in self.sessions.items():
            has_checksums = b"crc32c" in texts(frames[1].body, 2)
            agreed += has_checksums
            for frame in frames:
                expected = has_checksums and frame.type not in (HELLO, WELCOME)
                self.assertEqual(bool(frame.flags & CRC), expected, heading)
        self.assertGreater(agreed, 0)
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertIn("E3069283", spec_document.TEXT)

    def test_dictionaries_have_their_hashes_and_one_is_used(self) -> None:
        used = 0
        for frames in self.sessions.values():
            for dictionary in texts(frames[1].body, 4):
                (digest,), (content,) = texts(dictionary, 1), texts(dictionary, 2)
                self.assertEqual(sha256(content).digest(), digest)
            used += sum(frame.type == ITEM and frame.a >= 2 for frame in frames)
        self.assertGreater(used, 0)

    def test_the_inflated_document_stands_below_its_item(self) -> None:
        shown = spec_document.SESSIONS[1].read_text().split("Inflated, it is the document Order:")[1].split("```")[1]
        (frames,) = [
            frames for frames in self.sessions.values()
            if any(frame.a == 2 and frame.type == ITEM for frame in frames)
        ]
        (item,) = [frame for frame in frames if frame.type == ITEM]
        (dictionary,) = texts(frames[1].body, 4)
        raw = inflated(item, texts(dictionary, 2))
        self.assertEqual(bytes.fromhex(shown.removeprefix("text")), raw)

    def test_wrong_bytes_are_found(self) -> None:
        good = next(
            block for blocks in spec_document.sessions().values() for block in blocks
            if len(block.bytes) > 8 and block.bytes[5] & CRC
        )
        for index in (3, len(good.bytes) - 1):
            bad = bytearray(good.bytes)
            bad[index] ^= 1
            with self.assertRaises(Malformed):
                read_frame(Block(good.sender, bytes(bad), good.line))


if __name__ == "__main__":
    unittest.main()
