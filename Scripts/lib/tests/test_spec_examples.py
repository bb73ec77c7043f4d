"""The sessions that are shown in bytes are sessions: whole frames, lengths, sums, bodies."""

from __future__ import annotations

import unittest
from dataclasses import dataclass
from hashlib import sha256

import spec_document
from spec_document import Block

from tandem_conformance import bodies, messages, wire
from tandem_conformance.names import FINAL_TYPES, Flag

HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END = range(1, 7)
ERROR, CANCEL, CREDIT, PING, PONG, GOAWAY = range(7, 13)
FROM_CLIENT = {HELLO, REQUEST, CANCEL, CREDIT, PING, PONG, GOAWAY}
FROM_SERVER = {WELCOME, RESPONSE, ITEM, END, ERROR, PING, PONG, GOAWAY}


@dataclass(frozen=True)
class Session:
    """The frames of a session, each with who sends it, and what its WELCOME says."""

    frames: list[tuple[str, wire.Frame]]
    welcome: messages.Message

    def inflated(self, frame: wire.Frame) -> bytes:
        """The body as the application knows it."""
        return bodies.inflate(frame, self.welcome["features"], self.welcome["dictionaries"])


def read_session(blocks: list[Block]) -> Session:
    """What stands behind the preface: one frame in each block."""
    frames = [(block.sender, wire.decode(block.bytes)) for block in blocks[1:]]
    return Session(frames, messages.decode("Welcome", frames[1][1].body))


class SpecExamplesTests(unittest.TestCase):
    def setUp(self) -> None:
        self.sessions = {
            heading: read_session(blocks) for heading, blocks in spec_document.sessions().items()
        }

    def test_there_are_sessions_and_each_begins_with_a_preface(self) -> None:
        self.assertGreaterEqual(len(self.sessions), 3)
        for heading, blocks in spec_document.sessions().items():
            self.assertEqual(blocks[0].sender, "C", heading)
            self.assertIn(blocks[0].bytes, [wire.preface(role) for role in (1, 2, 3)], heading)

    def test_each_side_sends_what_it_may_in_an_order_that_may_be(self) -> None:
        for heading, session in self.sessions.items():
            with self.subTest(heading):
                self.assertEqual([frame.type for _, frame in session.frames[:2]], [HELLO, WELCOME])
                open_streams: set[int] = set()
                last = 0
                for sender, frame in session.frames:
                    allowed = FROM_CLIENT if sender == "C" else FROM_SERVER
                    self.assertTrue(frame.type in allowed or frame.type >= 0x80)
                    if sender == "S":
                        wire.check_from_server(frame, "crc32c" in session.welcome["features"])
                    if frame.type == REQUEST:
                        self.assertGreater(frame.stream, last)
                        last = frame.stream
                        open_streams.add(last)
                    elif frame.type in FINAL_TYPES | {ITEM}:
                        self.assertIn(frame.stream, open_streams)
                        open_streams -= {frame.stream} if frame.is_final else set()
                self.assertEqual(open_streams, set(), "calls without a final frame")

    def test_bodies_decode(self) -> None:
        decoded = 0
        for heading, session in self.sessions.items():
            for _, frame in session.frames:
                with self.subTest(heading, type=frame.type, stream=frame.stream):
                    if frame.type in (PING, PONG):
                        self.assertEqual(len(frame.body), 8)
                    elif frame.type < 0x80:
                        # All fields are unknown to this one: what is looked at is their form.
                        messages.decode("Empty", session.inflated(frame))
                        decoded += 1
        self.assertGreater(decoded, 20)

    def test_checksums_are_there_once_they_were_agreed(self) -> None:
        agreed = 0
        for heading, session in self.sessions.items():
            has_checksums = "crc32c" in session.welcome["features"]
            agreed += has_checksums
            for _, frame in session.frames:
                expected = has_checksums and frame.type not in (HELLO, WELCOME)
                self.assertEqual(bool(frame.flags & Flag.CRC), expected, heading)
        self.assertGreater(agreed, 0)
        self.assertEqual(wire.crc32c(b"123456789"), 0xE3069283)
        self.assertIn("E3069283", spec_document.TEXT)

    def test_dictionaries_have_their_hashes_and_one_is_used(self) -> None:
        used = 0
        for session in self.sessions.values():
            for dictionary in session.welcome["dictionaries"]:
                self.assertEqual(sha256(dictionary["content"]).digest(), dictionary["sha256"])
            used += sum(frame.type == ITEM and frame.a >= 2 for _, frame in session.frames)
        self.assertGreater(used, 0)

    def test_the_inflated_document_stands_below_its_item(self) -> None:
        text = spec_document.SESSIONS[1].read_text(encoding="utf-8")
        shown = text.split("Inflated, it is the document Order:")[1].split("```")[1]
        (found,) = [
            session.inflated(frame) for session in self.sessions.values()
            for _, frame in session.frames if frame.type == ITEM and frame.a == 2
        ]
        self.assertEqual(bytes.fromhex(shown.removeprefix("text")), found)

    def test_wrong_bytes_are_found(self) -> None:
        good = next(
            block for blocks in spec_document.sessions().values() for block in blocks
            if len(block.bytes) > 8 and block.bytes[5] & Flag.CRC
        )
        for index in (3, len(good.bytes) - 1):
            bad = bytearray(good.bytes)
            bad[index] ^= 1
            with self.assertRaises(wire.WireError):
                wire.decode(bytes(bad))


if __name__ == "__main__":
    unittest.main()
