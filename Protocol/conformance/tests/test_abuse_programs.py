"""The programs of the abuse cases against small servers of this process."""

from __future__ import annotations

import os
import socket
import threading
import time
import unittest
from pathlib import Path
from typing import BinaryIO
from unittest import mock

from tandem_conformance import wire
from tandem_conformance.abuse import queues
from tandem_conformance.abuse.children import Child, ChildFailure
from tandem_conformance.abuse.flood import Piece
from tandem_conformance.abuse.measure import Measured, Pace, Plan, Scene, measure_once
from tandem_conformance.abuse.scene import connections_bound, judge
from tandem_conformance.names import FrameType, GoAwayCode, Tag
from tandem_conformance.outcome import CaseFailure

from tests.fake_server import FakeServer

STATUS = "tandem.meta.v1.Meta/Status"


class StallingServer:
    """Answers HELLO, and then each REQUEST after a while; in the middle it stalls once."""

    def __init__(self, stall_seconds: float, keys: list[bytes] | None = None) -> None:
        self._stall_seconds = stall_seconds
        self._keys = keys
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Accepts no more."""
        self._listener.close()

    def _run(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as stream:
            self._serve(connection, stream)

    def _serve(self, connection: socket.socket, stream: BinaryIO) -> None:
        stream.read(8)
        count = 0
        while head := stream.read(4):
            frame = wire.decode(head + stream.read(int.from_bytes(head, "big")))
            if frame.type == FrameType.HELLO:
                connection.sendall(wire.encode(FrameType.WELCOME))
                continue
            count += 1
            if self._keys is not None:
                self._keys += frame.values(Tag.IDEMPOTENCY_KEY)
            if count == 100:
                time.sleep(self._stall_seconds)
            connection.sendall(wire.encode(FrameType.RESPONSE, stream=frame.stream))


class ProbeTests(unittest.TestCase):
    def test_a_stall_is_charged_to_every_call_that_it_held_up(self) -> None:
        server = StallingServer(stall_seconds=0.1)
        self.addCleanup(server.close)
        config = {"address": list(server.address), "role": 2, "method": STATUS, "body": ""}
        with Child("probe", config) as probe:
            probe.ready()
            answer = probe.ask({"seconds": 0.4, "rate": 500}, timeout=10)
        latencies = answer["latencies_ms"]
        self.assertEqual(len(latencies), 200)
        # Timed: the answers behind the stall come 100 ms after the call that met it was due, or
        # later, on any machine; and at 500 a second 40 calls are due in the first 80 ms of these.
        self.assertGreaterEqual(sum(one > 20 for one in latencies), 40)
        # Timed: this is the call that met it.
        self.assertGreaterEqual(max(latencies), 100)

    def test_each_call_of_a_command_has_a_key_of_its_own(self) -> None:
        keys: list[bytes] = []
        server = StallingServer(stall_seconds=0, keys=keys)
        self.addCleanup(server.close)
        config = {
            "address": list(server.address), "role": 1, "method": STATUS, "body": "",
            "keyed": True,
        }
        with Child("probe", config) as probe:
            probe.ready()
            probe.ask({"seconds": 0.1, "rate": 500}, timeout=10)
        self.assertEqual({len(key) for key in keys}, {16})
        self.assertEqual(len(set(keys)), len(keys))
        self.assertGreaterEqual(len(keys), 50)

    def test_a_server_that_leaves_is_told(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        config = {
            "address": list(listener.getsockname()), "role": 2, "method": STATUS, "body": ""
        }
        with Child("probe", config) as probe, self.assertRaises(ChildFailure) as caught:
            probe.ready()
        self.assertIn("probe", str(caught.exception))


class SinkTests(unittest.TestCase):
    def sink(self, **reaction: object) -> tuple[str, int]:
        """A sink's address."""
        child = Child(
            "sink",
            {"pause_after": None, "pause_seconds": 0.2, "closes": False, "reply": "", **reaction},
        )
        self.addCleanup(child.close)
        host, port = child.ready()["address"]
        return host, port

    def test_it_answers_at_the_end(self) -> None:
        with socket.create_connection(self.sink(reply=b"done".hex()), timeout=5) as connection:
            connection.sendall(bytes(1000))
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(connection.recv(10), b"done")
            self.assertEqual(connection.recv(10), b"")

    def test_it_closes_after_its_pause(self) -> None:
        address = self.sink(pause_after=1000, closes=True)
        with socket.create_connection(address, timeout=5) as connection:
            started = time.monotonic()
            connection.sendall(bytes(1000))
            self.assertEqual(connection.recv(10), b"")
            # Timed: a lower bound, counted from before the pause can begin.
            self.assertGreaterEqual(time.monotonic() - started, 0.2)


class MeasureTests(unittest.TestCase):
    def measured(self, fault: str = "", patience: float = 20) -> Measured:
        """What an attack that breaks the protocol does to a server with this fault."""
        server = FakeServer(fault)
        self.addCleanup(server.close)
        scene = Scene(server.address, os.getpid(), 2, STATUS, b"", call_seconds_max=patience)
        opening = wire.preface(2) + wire.encode(FrameType.HELLO)
        blob = [[opening.hex(), 1, 1], [wire.encode(0x7F).hex(), 1, 1]]
        plan = Plan(
            {"attack": "reconnecting", "sources": 1, "blobs": [blob]}, until={"ends": 10}
        )
        return measure_once(scene, plan, Pace(windows=2, window_seconds=0.1, rate=200))

    def test_a_server_that_lets_other_clients_in_peace_is_well(self) -> None:
        measured = self.measured()
        # How busy this machine is right now decides nothing.
        measured.held_ms = 0
        judge(measured, connections_bound(0))

    def test_a_server_that_grows_with_each_attack_fails(self) -> None:
        with self.assertRaisesRegex(CaseFailure, "memory to grow by at most 16384 KiB"):
            judge(self.measured("keeps what it refuses"), connections_bound(0))

    def test_a_server_that_leaves_another_client_unanswered_fails(self) -> None:
        with self.assertRaisesRegex(ChildFailure, "calls were not answered"):
            self.measured("mute once abused", patience=3)

    def test_an_attack_is_measured_from_end_to_end(self) -> None:
        measured = self.measured()
        self.assertEqual(measured.quiet.samples, 40)
        self.assertEqual(measured.abuse.samples, 40)
        self.assertGreaterEqual(measured.tally["connections"], 10)
        self.assertEqual(set(measured.tally["ends"]), {str(int(GoAwayCode.PROTOCOL_ERROR))})
        self.assertGreater(measured.figures()["rss_before_kib"], 1000)


# Each says its id when it is done, and the first ends the other one.


class QueueTests(unittest.TestCase):
    def test_what_nobody_has_read_is_on_the_way(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ours = socket.create_connection(listener.getsockname(), timeout=5)
            theirs = listener.accept()[0]
        with ours, theirs:
            queues.keep_send_buffer_small(ours)
            if queues.on_the_way(ours) is None:
                self.skipTest("this system does not tell")
            ours.sendall(bytes(10_000))
            self.assertEqual(queues.on_the_way(ours), 10_000)
            self.assertEqual(len(theirs.recv(4_000, socket.MSG_WAITALL)), 4_000)
            self.assertEqual(queues.on_the_way(ours), 6_000)
            self.assertEqual(queues.on_the_way(theirs), 0)

    def test_where_the_system_does_not_tell_nothing_is_known(self) -> None:
        with socket.socket(socket.AF_INET6) as other:
            self.assertIsNone(queues.on_the_way(other))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            with socket.create_connection(listener.getsockname(), timeout=5) as ours:
                with mock.patch.object(queues, "CONNECTIONS", Path("/no/such/file")):
                    self.assertIsNone(queues.on_the_way(ours))


class PieceTests(unittest.TestCase):
    def test_a_piece_is_one_frame_once_unless_said(self) -> None:
        self.assertEqual(Piece(b"x"), Piece(b"x", times=1, frames=1))


if __name__ == "__main__":
    unittest.main()
