"""The procedures' own arithmetic, apart from any server."""

import unittest
import zlib
from types import SimpleNamespace

from tandem_conformance import bodies, wire
from tandem_conformance.messages import encode, field
from tandem_conformance.names import FrameType, Tag
from tandem_conformance.outcome import CaseFailure
from tandem_conformance.procedures import compression, feed, keys, racing, shop, streams
from tandem_conformance.wire import Frame

DICTIONARY = b"packed in a box with a label that tells weight and origin"
DOCUMENT = b"a green box with a label that tells weight and origin"


def deflated(data: bytes, dictionary: bytes | None = None) -> bytes:
    deflater = zlib.compressobj(zdict=dictionary) if dictionary else zlib.compressobj()
    return deflater.compress(data) + deflater.flush()


class PatternTests(unittest.TestCase):
    def test_byte_k_of_item_i_is_their_sum_modulo_251(self) -> None:
        for index, size in ((0, 0), (0, 1), (3, 600), (250, 252), (251, 5), (4_095, 1_000)):
            wanted = bytes((index + offset) % 251 for offset in range(size))
            self.assertEqual(streams.pattern(index, size), wanted)


class TokenTests(unittest.TestCase):
    def test_a_token_is_epoch_then_position_big_endian(self) -> None:
        token = wire.token(0x00C0FFEE00C0FFEE, 0x0102)
        self.assertEqual(token.hex(), "00c0ffee00c0ffee0000000000000102")
        self.assertEqual(shop.epoch(token), 0x00C0FFEE00C0FFEE)
        self.assertEqual(shop.position(token), 0x0102)

    def test_tokens_of_one_epoch_compare_as_bytes_like_their_positions(self) -> None:
        self.assertLess(wire.token(7, 255), wire.token(7, 256))

    def test_a_final_frame_without_token_or_age_fails_the_case(self) -> None:
        bare = Frame(FrameType.RESPONSE, stream=1)
        with self.assertRaises(CaseFailure):
            shop.token(bare)
        with self.assertRaises(CaseFailure):
            shop.age(bare)
        full = Frame(FrameType.RESPONSE, stream=1, metadata=((Tag.AGE, b"\0\0\1\0"),))
        self.assertEqual(shop.age(full), 256)


class RaceTests(unittest.TestCase):
    def test_a_race_that_went_both_ways_has_its_rounds(self) -> None:
        race = racing.Race("ran", "cancelled")
        for turn in race.rounds(4):
            race.won += turn % 2
            race.ended += not turn % 2
        self.assertEqual(race.figures(), {"ran": 2, "cancelled": 2})

    def test_a_race_that_goes_one_way_goes_on_until_it_goes_the_other(self) -> None:
        race = racing.Race("ran", "cancelled")
        for turn in race.rounds(4):
            race.won += turn != 7
            race.ended += turn == 7
        self.assertEqual(race.figures(), {"ran": 7, "cancelled": 1})

    def test_on_a_slow_machine_a_race_is_given_more_time(self) -> None:
        race = racing.Race("ran", "cancelled")
        scales = []
        with self.assertRaises(CaseFailure):
            for _ in race.rounds(2):
                scales.append(race.scale)
        self.assertEqual(scales, [1, 1, 4, 4, 16, 16, 64, 64, 256, 256])

    def test_a_race_that_never_goes_the_other_way_fails(self) -> None:
        race = racing.Race("ran", "cancelled")
        with self.assertRaisesRegex(CaseFailure, "some of 20 calls to be ran and some cancelled"):
            for _ in race.rounds(4):
                race.won += 1


class KeyTests(unittest.TestCase):
    def test_a_uuid7_has_its_time_version_and_variant(self) -> None:
        for rest in (bytes(10), b"\xff" * 10):
            key = keys.uuid7(0x0192F3A4B5C6, rest)
            self.assertEqual(key[:6].hex(), "0192f3a4b5c6")
            self.assertEqual(key[6] >> 4, 7)
            self.assertEqual(key[8] >> 6, 0b10)
            self.assertEqual(len(key), 16)


class EncodedBodyTests(unittest.TestCase):
    def frame(self, body: bytes, encoding: int, raw: int = len(DOCUMENT)) -> Frame:
        return Frame(FrameType.RESPONSE, a=encoding, stream=1, b=raw, body=body)

    def inflate(self, frame: Frame, dictionary: bytes = DICTIONARY) -> bytes:
        """With one dictionary listed, which has the encoding id 2."""
        return bodies.inflate(frame, ["zlib"], [{"content": dictionary}])

    def test_right_streams_pass(self) -> None:
        for frame in (self.frame(deflated(DOCUMENT), 1),
                      self.frame(deflated(DOCUMENT, DICTIONARY), 2)):
            self.assertEqual(self.inflate(frame), DOCUMENT)

    def test_fdict_has_to_say_whether_there_is_a_dictionary(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "FDICT"):
            self.inflate(self.frame(deflated(DOCUMENT, DICTIONARY), 1))
        with self.assertRaisesRegex(CaseFailure, "FDICT"):
            self.inflate(self.frame(deflated(DOCUMENT), 2))

    def test_dictid_has_to_be_that_of_the_dictionary_listed(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "DICTID"):
            self.inflate(self.frame(deflated(DOCUMENT, DICTIONARY), 2), b"another")

    def test_the_raw_length_has_to_be_exact(self) -> None:
        for raw in (len(DOCUMENT) - 1, len(DOCUMENT) + 1):
            with self.assertRaises(CaseFailure):
                self.inflate(self.frame(deflated(DOCUMENT), 1, raw))

    def test_a_raw_deflate_stream_has_no_header(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "header"):
            self.inflate(self.frame(deflated(DOCUMENT)[2:], 1))


class DictionaryTests(unittest.TestCase):
    def test_a_dictionary_has_to_be_what_its_hash_says(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "SHA-256"):
            compression._check_dictionaries([{"sha256": bytes(32), "content": DICTIONARY}])

    def test_a_dictionary_has_content_and_at_most_32_kib(self) -> None:
        for content in (b"", bytes(32_769)):
            with self.assertRaisesRegex(CaseFailure, "32,768"):
                compression._check_dictionaries([{"sha256": bytes(32), "content": content}])


class FakePeer:
    """A feed connection that gives the batches it was made with."""

    def __init__(self, batches: list[bytes]) -> None:
        self.window = 1_000
        self.calls = {1: SimpleNamespace(credit=400)}
        self.credits: list[int] = []
        self.batches = batches

    def request(self, method: str, fields: dict[str, int]) -> int:
        return 1

    def credit(self, stream: int, count: int) -> None:
        self.credits.append(count)

    def expect_item(self, stream: int) -> Frame:
        return Frame(FrameType.ITEM, stream=stream, body=self.batches.pop(0))

    def body(self, frame: Frame) -> bytes:
        return frame.body


def batch(head: int, *positions: int) -> bytes:
    events = [encode("FeedEvent", {"position": position}) for position in positions]
    return b"".join(field(1, event) for event in events) + field(2, head)


class SubscriptionTests(unittest.TestCase):
    def subscribe(self, *batches: bytes) -> feed.Subscription:
        self.peer = FakePeer(list(batches))
        return feed.Subscription(self.peer, 4)  # type: ignore[arg-type]

    def test_positions_follow_each_other_and_credit_is_filled_up(self) -> None:
        subscription = self.subscribe(batch(7, 5, 6), batch(7), batch(7, 7))
        events = subscription.until(7)
        self.assertEqual([event["position"] for event in events], [5, 6, 7])
        self.assertEqual(self.peer.credits, [600, 600, 600])

    def test_a_gap_a_repeat_and_a_wrong_beginning_fail_the_case(self) -> None:
        for wrong in (batch(9, 5, 7), batch(9, 5, 5), batch(9, 4), batch(9, 6)):
            with self.assertRaisesRegex(CaseFailure, "the event at position"):
                self.subscribe(wrong).batch()

    def test_a_head_that_goes_back_or_lies_behind_fails_the_case(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "a head of 6"):
            self.subscribe(batch(5, 5, 6)).batch()
        subscription = self.subscribe(batch(9, 5), batch(8))
        subscription.batch()
        with self.assertRaisesRegex(CaseFailure, "a head of 9"):
            subscription.batch()


if __name__ == "__main__":
    unittest.main()
