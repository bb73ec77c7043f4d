"""Descriptors run out: clients that are connected are served, and nothing spins or is flooded."""

from __future__ import annotations

import os
import resource
import socket
import time
import unittest

from shop_server import ShopServer

from tandem_conformance import wire
from tandem_conformance.names import FrameType, GoAwayCode, Role
from tandem_conformance.process import cpu_seconds

WELCOMED = (FrameType.WELCOME, 0)
REFUSED = (FrameType.GOAWAY, GoAwayCode.LIMIT)
PATIENCE_SECONDS = 30
SOURCES = [f"127.0.0.{number}" for number in range(2, 10)]


def read_frame(connection: socket.socket) -> tuple[int, int] | None:
    """Type and `a` of the next frame; None at the end."""
    received = b""
    while len(received) < 4 or len(received) < 4 + int.from_bytes(received[:4], "big"):
        missing = 4 - len(received) if len(received) < 4 else (
            4 + int.from_bytes(received[:4], "big") - len(received))
        try:
            chunk = connection.recv(missing)
        except ConnectionError:
            return None
        if not chunk:
            return None
        received += chunk
    return received[4], int.from_bytes(received[6:8], "big")


class Descriptors(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.opened: list[socket.socket] = []
        self.addCleanup(self.close_all)

    def close_all(self) -> None:
        for connection in self.opened:
            connection.close()
        self.opened = []

    def dial(self, source: str) -> socket.socket:
        """A connection to the query port that has sent its HELLO."""
        host, port = self.server.addresses["query"].rsplit(":", 1)
        connection = socket.create_connection(
            (host, int(port)), timeout=PATIENCE_SECONDS, source_address=(source, 0))
        try:
            connection.sendall(wire.preface(Role.QUERY) + wire.encode(FrameType.HELLO))
        except ConnectionError:
            pass  # It was refused already.
        return connection

    def welcomed(self) -> socket.socket:
        """A connection that is served, as soon as one is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            connection = self.dial("127.0.0.1")
            self.addCleanup(connection.close)
            if read_frame(connection) == WELCOMED:
                return connection
        self.fail(f"no new client was welcomed: {self.server.log()}")

    def flood(self, count: int) -> None:
        for number in range(count):
            self.opened.append(self.dial(SOURCES[number % len(SOURCES)]))

    def assert_answered(self, connection: socket.socket) -> None:
        connection.sendall(wire.encode(FrameType.PING, body=b"are you?"))
        self.assertEqual(read_frame(connection), (FrameType.PONG, 0))

    def assert_no_spin(self) -> None:
        """A loop that only fails takes what it gets of a core; an idle server next to nothing.

        Timed: processor time, which a slow or busy machine gives less of, not more.
        """
        assert self.server.process
        pid = self.server.process.pid
        before = cpu_seconds(pid)
        began = time.monotonic()
        time.sleep(2)
        used, passed = cpu_seconds(pid) - before, time.monotonic() - began
        self.assertLess(used, passed / 5, "processor time that was used while nothing happened")

    def lines(self, text: str) -> int:
        return self.server.log().count(text)

    def test_more_clients_than_descriptors_are_refused_and_the_others_are_served(self) -> None:
        self.server.start(open_files=64)
        self.assertEqual(self.lines("the limit of 64 open files"), 1, self.server.log())
        first = self.welcomed()
        self.flood(200)
        self.assert_answered(first)
        ends = {read_frame(connection) for connection in self.opened}
        self.assert_no_spin()
        self.assert_answered(first)
        self.assertLessEqual(ends, {WELCOMED, REFUSED, None})
        self.assertIn(REFUSED, ends)
        self.assertEqual(self.lines("refusing connections"), 1, self.server.log())
        self.assertLess(self.server.log().count("\n"), 10, self.server.log())
        self.close_all()
        self.assert_answered(self.welcomed())
        self.assert_answered(first)

    def test_a_system_that_has_no_descriptor_left_makes_accepting_pause_and_not_spin(self) -> None:
        self.server.start()
        assert self.server.process
        pid = self.server.process.pid
        first = self.welcomed()
        used = max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 1
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # As if files or other processes had taken the rest.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 4, before[1]))
        self.flood(40)
        self.assert_no_spin()
        self.assert_answered(first)
        self.assertEqual(self.lines("can't accept connections"), 1, self.server.log())
        self.assertIn("Too many open files", self.server.log())
        self.assertLess(self.server.log().count("\n"), 10, self.server.log())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.close_all()
        self.assert_answered(self.welcomed())

    def test_the_soft_limit_is_raised_to_the_hard_one(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        try:
            self.server.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert self.server.process
        held = resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE)
        self.assertEqual(held, (hard, hard))


if __name__ == "__main__":
    unittest.main()
