"""Compressed bodies are taken only if they are exactly what the frame says."""

from __future__ import annotations

import hashlib
import tracemalloc
import unittest
import zlib

from tandem_client.bodies import RAW_LENGTH_MAX, open_body, read_dictionaries
from tandem_client.errors import GoAwayCode, Violation
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import Frame, Type

RAW = b'{"order_id":42,"currency":"USD"}' * 20
WORDS = b'"currency":"USD""order_id":'


def deflate(raw: bytes, dictionary: bytes | None = None) -> bytes:
    stream = (zlib.compressobj(9) if dictionary is None
              else zlib.compressobj(9, zlib.DEFLATED, 15, 9, zdict=dictionary))
    return stream.compress(raw) + stream.flush()


def inflate(body: bytes, raw_length: int, dictionary: bytes | None = None) -> bytes:
    """As a frame says it: with encoding 1, or the first one with a dictionary."""
    known = {} if dictionary is None else {b"name": dictionary}
    return open_body(Frame(Type.ITEM, a=1 + len(known), b=raw_length, body=body), True, known)


class BodyTests(unittest.TestCase):
    def refused(self, body: bytes, raw_length: int, dictionary: bytes | None = None) -> None:
        with self.assertRaises(Violation) as caught:
            inflate(body, raw_length, dictionary)
        self.assertEqual(caught.exception.code, GoAwayCode.SIZE if raw_length > RAW_LENGTH_MAX
                         else GoAwayCode.PROTOCOL_ERROR)

    def test_whole_streams_inflate(self) -> None:
        self.assertEqual(inflate(deflate(RAW), len(RAW)), RAW)
        self.assertEqual(inflate(deflate(RAW, WORDS), len(RAW), WORDS), RAW)
        self.assertEqual(inflate(deflate(b""), 0), b"")

    def test_another_length_than_promised_is_refused(self) -> None:
        for promised in (0, 1, len(RAW) - 1, len(RAW) + 1, RAW_LENGTH_MAX, 1 << 24, 0xFFFFFFFF):
            self.refused(deflate(RAW), promised)

    def test_every_cut_and_every_byte_behind_is_refused(self) -> None:
        body = deflate(RAW)
        for end in range(len(body)):
            self.refused(body[:end], len(RAW))
        self.refused(body + b"\0", len(RAW))
        self.refused(body + body, len(RAW))

    def test_a_wrong_checksum_is_refused(self) -> None:
        body = bytearray(deflate(RAW))
        body[-1] ^= 1
        self.refused(bytes(body), len(RAW))

    def test_the_dictionary_must_be_that_of_the_encoding(self) -> None:
        self.refused(deflate(RAW, WORDS), len(RAW))
        self.refused(deflate(RAW), len(RAW), WORDS)
        self.refused(deflate(RAW, WORDS), len(RAW), WORDS[::-1])

    def test_a_bomb_takes_no_more_memory_than_promised(self) -> None:
        bomb = deflate(bytes(64 << 20))
        for promised in (0, 1, 1000):
            tracemalloc.start()
            self.refused(bomb, promised)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            self.assertLess(peak, 1 << 20)

    def test_only_agreed_encodings_are_opened(self) -> None:
        name = hashlib.sha256(WORDS).digest()
        body = deflate(RAW, WORDS)
        frame = Frame(Type.ITEM, a=2, b=len(RAW), body=body)
        self.assertEqual(open_body(frame, True, {name: WORDS}), RAW)
        for compression, dictionaries in ((False, {name: WORDS}), (True, {})):
            with self.assertRaises(Violation):
                open_body(frame, compression, dictionaries)
        plain = Frame(Type.ITEM, a=0, b=7, body=b"as it is")
        self.assertEqual(open_body(plain, False, {}), b"as it is")

    def test_dictionaries_are_checked_by_hash_length_and_whether_they_are_held(self) -> None:
        name = hashlib.sha256(WORDS).digest()
        sent = control.Dictionary(sha256=name, content=WORDS)
        named = control.Dictionary(sha256=name)
        self.assertEqual(read_dictionaries([sent], {}), {name: WORDS})
        self.assertEqual(read_dictionaries([named], {name: WORDS}), {name: WORDS})
        long = bytes(32_769)
        bad = ([named], [sent, sent], [control.Dictionary(sha256=name, content=WORDS + b"x")],
               [control.Dictionary(sha256=name, content=b"")],
               [control.Dictionary(sha256=hashlib.sha256(long).digest(), content=long)])
        for listed in bad:
            with self.assertRaises(Violation):
                read_dictionaries(listed, {})


if __name__ == "__main__":
    unittest.main()
