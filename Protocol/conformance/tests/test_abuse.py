"""What the abuse cases compute: percentiles, verdicts, blobs, damage, and how a flood ended."""

from __future__ import annotations

import unittest
from pathlib import Path
from unittest import mock

from tandem_conformance import messages, wire
from tandem_conformance.abuse import blobs, figures, frames, mutating, scene, tally
from tandem_conformance.abuse.figures import Phase
from tandem_conformance.abuse.measure import Measured
from tandem_conformance.context import Context
from tandem_conformance.names import Flag, FrameType, GoAwayCode, Status, Tag
from tandem_conformance.outcome import CaseFailure, CaseSkipped


def goaway(code: int, flags: int = Flag.HARD) -> bytes:
    """A GOAWAY as a server sends it."""
    body = messages.encode("GoAway", {"message": "enough \x0c\x02"})
    return wire.encode(FrameType.GOAWAY, flags=flags, a=code, body=body)


class FigureTests(unittest.TestCase):
    def test_a_percentile_is_the_value_that_so_many_do_not_exceed(self) -> None:
        values = [float(value) for value in range(1, 101)]
        self.assertEqual(figures.percentile(values, 0.99), 99)
        self.assertEqual(figures.percentile(values, 0.50), 50)
        self.assertEqual(figures.percentile([7.0], 0.99), 7)
        with self.assertRaises(ValueError):
            figures.percentile([], 0.5)

    def test_one_disturbed_window_decides_nothing(self) -> None:
        calm = [1.0] * 100
        summed = figures.phase([calm, [500.0] * 100, calm])
        self.assertEqual((summed.p50_ms, summed.p99_ms, summed.samples), (1.0, 1.0, 300))

    def test_the_ratio_is_that_of_the_p99(self) -> None:
        counts = tally.Tally().message()
        measured = Measured(
            Phase(1, 1, 10), Phase(1, 2, 10), Phase(1, 5, 10), counts, b"", memory=None
        )
        self.assertEqual((measured.ratio, measured.idle_ratio), (2.5, 5.0))
        self.assertEqual(measured.figures()["p99_ratio_idle"], 5.0)
        self.assertNotIn("rss_peak_kib", measured.figures())

    def test_a_bound_says_what_it_is_made_of(self) -> None:
        bound = scene.connections_bound(4, each=scene.MIB, what="a frame")
        self.assertEqual(bound.bytes, 4 * (80 * scene.KIB + scene.MIB) + 16 * scene.MIB)
        self.assertEqual(
            bound.plus(5, "five more").text,
            "4 connections × (80 KiB + a frame) + 16 MiB uncounted + five more",
        )


    def test_whoever_sends_little_is_allowed_no_whole_read(self) -> None:
        bound = scene.connections_bound(10, own=scene.CONNECTION_STATE)
        self.assertEqual(bound.bytes, 10 * 16 * scene.KIB + 16 * scene.MIB)
        self.assertIn("10 connections × (16 KiB)", bound.text)

    def test_the_allowance_is_that_of_the_specification(self) -> None:
        text = (Path(__file__).parents[2] / "SPEC.md").read_text(encoding="utf-8")
        section = " ".join(text.split("\n## 14.")[1].split("\n## 15.")[0].split())
        self.assertIn(f"at most {scene.CONNECTION // scene.KIB} KiB of the server's", section)
        self.assertIn(f"{scene.CONNECTION_STATE // scene.KIB} KiB of its own state", section)
        self.assertIn(f"{scene.UNCOUNTED // scene.MIB} MiB more than", section)


class SceneTests(unittest.TestCase):
    def test_the_other_client_writes_where_the_command_port_is_attacked(self) -> None:
        context = Context({"command": ("127.0.0.1", 1), "query": ("127.0.0.1", 2)})
        writer, reader = scene.scene_of(context, "command"), scene.scene_of(context, "query")
        self.assertEqual((writer.address[1], writer.method, writer.keyed), (1, scene.ATTEMPT, True))
        self.assertEqual((reader.address[1], reader.method, reader.keyed), (2, scene.ECHO, False))

    def test_too_few_connections_skip_the_case_unless_they_are_allowed(self) -> None:
        context = Context({})
        with mock.patch("resource.getrlimit", return_value=(1000, 1000)):
            with mock.patch.dict("os.environ", {scene.FEWER_SWITCH: "0"}):
                with self.assertRaises(CaseSkipped) as skipped:
                    scene.connections_possible(context, 10_000)
                self.assertEqual(scene.connections_possible(context, 700), 700)
            with mock.patch.dict("os.environ", {scene.FEWER_SWITCH: "1"}):
                self.assertEqual(scene.connections_possible(context, 10_000), 744)
        self.assertIn("10256", str(skipped.exception))


class VerdictTests(unittest.TestCase):
    def measured(
        self, ratio: float, growth_kib: int | None = 0, *, favoured: bool = True
    ) -> Measured:
        """An attack of one connection."""
        counts = {**tally.Tally().message(), "connections": 1}
        watch = mock.Mock(growth_kib=growth_kib) if growth_kib is not None else None
        quiet, abuse = Phase(1, 1, 10), Phase(1, ratio, 10)
        return Measured(quiet, quiet, abuse, counts, b"", watch, favoured)

    def judge(self, measured: Measured) -> None:
        """With 16 MiB allowed."""
        scene.judge(measured, scene.connections_bound(0))

    def test_within_the_bounds_is_well(self) -> None:
        self.judge(self.measured(3.0, 16 << 10))
        self.judge(self.measured(3.0, None, favoured=False))

    def test_a_client_that_is_held_up_fails_the_case(self) -> None:
        for measured in (self.measured(3.01), self.measured(3.01, None, favoured=False)):
            with self.assertRaises(CaseFailure) as failure:
                self.judge(measured)
            self.assertIn("3.01 times", str(failure.exception))

    def test_without_the_right_to_go_first_a_held_up_client_decides_nothing(self) -> None:
        with self.assertRaises(CaseSkipped) as skipped:
            self.judge(self.measured(3.01, favoured=False))
        self.assertIn("CAP_SYS_NICE", str(skipped.exception))

    def test_memory_beyond_its_bound_fails_the_case_whoever_goes_first(self) -> None:
        for favoured in (True, False):
            with self.assertRaises(CaseFailure):
                self.judge(self.measured(9, (16 << 10) + 1, favoured=favoured))

    def test_an_attack_that_does_not_take_place_fails_the_case(self) -> None:
        measured = self.measured(1)
        measured.tally["connections"] = 0
        with self.assertRaises(CaseFailure):
            self.judge(measured)


class BlobTests(unittest.TestCase):
    def test_a_request_with_a_key_is_one_that_decodes(self) -> None:
        frame = wire.decode(blobs.request(7, b"body", method=2, key=bytes(16)))
        self.assertEqual((frame.stream, frame.a, frame.body), (7, 2, b"body"))
        self.assertEqual(frame.value(Tag.IDEMPOTENCY_KEY), bytes(16))

    def test_head_and_body_make_the_same_request(self) -> None:
        for key in (b"", bytes(range(16))):
            whole = blobs.request(9, bytes(5000), key=key)
            self.assertEqual(blobs.request_head(9, 5000, key=key) + bytes(5000), whole)

    def test_a_padded_message_has_its_size_and_its_fields(self) -> None:
        message = messages.encode("SleepRequest", {"ms": 300})
        for size in (20, 200, 60 << 10, 1000 << 10):
            padded = blobs.padded(message, size)
            self.assertEqual(len(padded), size)
            self.assertEqual(messages.decode("SleepRequest", padded)["ms"], 300)
        with self.assertRaises(ValueError):
            blobs.padded(message, len(message) + 1)


class EndingTests(unittest.TestCase):
    def test_the_last_frame_tells(self) -> None:
        pong = wire.encode(FrameType.PONG, body=b"\x0c\x02\x0c\x02\x0c\x02\x0c\x02")
        self.assertEqual(tally.ending(pong * 3 + goaway(GoAwayCode.CALM)), "8")
        self.assertEqual(tally.ending((pong + goaway(GoAwayCode.LIMIT))[5:]), "7")

    def test_anything_else_is_a_bare_close(self) -> None:
        soft = goaway(GoAwayCode.NO_ERROR, flags=0)
        for received in (b"", b"This is text.\r\n", soft, goaway(GoAwayCode.CALM)[:-1]):
            self.assertEqual(tally.ending(received), tally.BARE_CLOSE)


class DamageTests(unittest.TestCase):
    def test_a_seed_gives_the_same_damage(self) -> None:
        originals = frames.whole_frames("query")
        one, two, other = (mutating.Mutator(originals, seed) for seed in (5, 5, 6))
        first = [one.next() for _ in range(500)]
        self.assertEqual(first, [two.next() for _ in range(500)])
        self.assertNotEqual(first, [other.next() for _ in range(500)])

    def test_most_damage_gets_past_the_framing(self) -> None:
        mutator = mutating.Mutator(frames.whole_frames("command"), 1)
        made = [mutator.next() for _ in range(1000)]
        whole = [one for one in made if int.from_bytes(one[:4], "big") == len(one) - 4 >= 12]
        self.assertGreater(len(whole), 600)

    def test_every_kind_of_fault_leaves_bytes(self) -> None:
        for role in frames.METHODS:
            mutator = mutating.Mutator(frames.whole_frames(role), 2)
            for _ in range(3000):
                self.assertIsInstance(mutator.next(), bytes)

    def test_what_was_decided_ends_behind_the_last_pong(self) -> None:
        pongs = [blobs.ping(number).replace(b"\x0a", b"\x0b", 1) for number in range(3)]
        answers = b"".join(pongs)
        self.assertEqual(mutating.decided(b"", 64), (1, 0))
        self.assertEqual(mutating.decided(answers, 64), (4, 0))
        self.assertEqual(mutating.decided(answers + goaway(GoAwayCode.SIZE), 64), (4, 0))
        self.assertEqual(mutating.decided(answers, 3), (3, 0))

    def test_internal_errors_are_counted(self) -> None:
        error = wire.encode(FrameType.ERROR, a=Status.INTERNAL, stream=1)
        refused = wire.encode(FrameType.ERROR, a=Status.INVALID_ARGUMENT, stream=2)
        self.assertEqual(mutating.decided(error + refused + error, 64)[1], 2)


if __name__ == "__main__":
    unittest.main()
