"""What the abuse cases compute: percentiles, verdicts, blobs, damage, and how a flood ended."""

from __future__ import annotations

import unittest
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from tandem_conformance import messages, wire
from tandem_conformance.abuse import blobs, figures, frames, measure, mutating, scene, tally
from tandem_conformance.abuse.figures import Phase
from tandem_conformance.abuse.measure import Measured
from tandem_conformance.context import Context
from tandem_conformance.names import Flag, FrameType, GoAwayCode, Status, Tag
from tandem_conformance.outcome import CaseFailure, CaseSkipped


def measured(
    p99_ms: float, *, quiet: float = 1.0, idle: float = 1.0, growth_kib: int | None = 0,
    waited_ms: float = 0,
) -> Measured:
    """An attack of one connection, with these 99th percentiles."""
    counts = {**tally.Tally().message(), "connections": 1}
    watch = mock.Mock(growth_kib=growth_kib) if growth_kib is not None else None
    plain, twin, abuse = (Phase(p99, p99, 10) for p99 in (idle, quiet, p99_ms))
    held_ms = max(0.0, p99_ms - waited_ms)
    return Measured(plain, twin, abuse, counts, b"", watch, waited_ms, held_ms)


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

    def test_what_another_client_may_wait_is_never_weather(self) -> None:
        bounds = {
            # A few hundred microseconds are the scheduler's, whatever their ratio is.
            (0.146, 0.561): 20.0,
            # On a busy machine either is what a client waits anyhow.
            (7.0, 1.0): 21.0, (1.0, 50.0): 150.0,
        }
        for (quiet, idle), bound in bounds.items():
            for p99_ms, is_held_up in ((bound, False), (bound + 0.001, True)):
                found = measured(p99_ms, quiet=quiet, idle=idle)
                self.assertEqual(found.p99_bound_ms, bound)
                self.assertEqual(found.is_held_up, is_held_up)

    def test_a_wait_for_a_processor_is_not_the_server_s(self) -> None:
        self.assertFalse(measured(70.9, waited_ms=51).is_held_up)
        self.assertTrue(measured(71.1, waited_ms=51).is_held_up)

    def test_each_window_is_charged_without_its_own_wait(self) -> None:
        window = measure.Window([5.0] * 98 + [90.0] * 2)
        window.waited_ms = 30.5
        self.assertEqual(window.held_ms, 59.5)
        window.waited_ms = 100
        self.assertEqual(window.held_ms, 0)

    def test_what_was_measured_is_told_whether_or_not_it_has_a_bound(self) -> None:
        found = measured(0.48, quiet=0.146, idle=0.561)
        found.earlier_p99_ms = [30.0]
        told = found.figures()
        self.assertEqual((told["idle_p99_ms"], told["quiet_p99_ms"]), (0.561, 0.146))
        self.assertEqual((told["abuse_p99_ms"], told["p99_bound_ms"]), (0.48, 20.0))
        self.assertEqual(told["earlier_p99_ms"], [30.0])
        self.assertNotIn("rss_peak_kib", measured(1, growth_kib=None).figures())

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
    def judge(self, found: Measured) -> None:
        """With 16 MiB allowed."""
        scene.judge(found, scene.connections_bound(0))

    def test_a_ratio_of_two_small_latencies_fails_nothing(self) -> None:
        self.judge(measured(0.48, quiet=0.146, idle=0.561, growth_kib=16 << 10))
        self.judge(measured(0.48, quiet=0.146, idle=0.1, growth_kib=None))

    def test_a_client_that_is_held_up_fails_the_case(self) -> None:
        for growth_kib in (0, None):
            found = measured(41.5, growth_kib=growth_kib)
            found.earlier_p99_ms = [33.25]
            with self.assertRaises(CaseFailure) as failure:
                self.judge(found)
            for told in ("20.0 ms", "33.25 ms, 41.5 ms"):
                self.assertIn(told, str(failure.exception))

    def test_memory_beyond_its_bound_fails_the_case_at_once(self) -> None:
        with self.assertRaises(CaseFailure):
            self.judge(measured(1, growth_kib=(16 << 10) + 1))

    def test_an_attack_that_does_not_take_place_fails_the_case(self) -> None:
        found = measured(1)
        found.tally["connections"] = 0
        with self.assertRaises(CaseFailure):
            self.judge(found)


class LookTests(unittest.TestCase):
    def look(self, *p99_ms: float, growth_kib: Sequence[int] = (0, 0, 0)) -> Measured:
        """What looks come to that see these, one after the other, and no more."""
        looks = [measured(one, growth_kib=grown) for one, grown in zip(p99_ms, growth_kib)]
        with mock.patch.object(measure, "measure_once", side_effect=looks) as once:
            found = measure.measure(mock.Mock(), mock.Mock())
        self.assertEqual(once.call_count, len(p99_ms))
        return found

    def test_a_client_must_be_held_up_three_times_in_a_row(self) -> None:
        self.assertTrue(self.look(500, 400, 300).is_held_up)
        for p99_ms in ([2.0], [500, 2.0], [500, 400, 2.0]):
            found = self.look(*p99_ms)
            self.assertFalse(found.is_held_up)
            self.assertEqual(found.earlier_p99_ms, p99_ms[:-1])

    def test_memory_that_an_earlier_look_took_counts(self) -> None:
        found = self.look(500, 2.0, growth_kib=[900, 10])
        assert found.memory is not None
        self.assertEqual(found.memory.growth_kib, 900)


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
        with self.assertRaises(messages.MessageError):
            blobs.padded(message, len(message) + 1)


    def test_hostile_bodies_are_as_large_as_they_may_be(self) -> None:
        for size in (262_144, 1_048_000):
            for title, body in blobs.hostile_bodies(size).items():
                with self.subTest(title, size=size):
                    self.assertTrue(0.75 * size <= len(body) <= size, len(body))


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
