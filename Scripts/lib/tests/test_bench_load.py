"""The load generator counts what a server answers, whatever order and pieces it comes in."""

from __future__ import annotations

import os
import socket
import struct
import time
import unittest
from collections.abc import Iterator

from load_generator import COMPILER, loaded

GET_BYTES = len(b"*2\r\n$3\r\nGET\r\n$3\r\no:1\r\n")
COUNTED = ("--connections", "1", "--count")
# Frame types.
HELLO, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR, PING, PONG = 1, 2, 3, 4, 5, 6, 7, 10, 11


def frame(kind: int, stream: int, body: bytes = b"") -> bytes:
    """As SPEC.md, section 3, has it."""
    return struct.pack(">IBBHII", 12 + len(body), kind, 0, 0, stream, 0) + body


def frames(link: socket.socket) -> Iterator[tuple[int, int, bytes]]:
    """Type, stream and body of all that come, the preface cut off."""
    with link.makefile("rb") as stream:
        if len(stream.read(8)) < 8:
            return
        while len(head := stream.read(16)) == 16:
            length, kind, _, _, number, _ = struct.unpack(">IBBHII", head)
            yield kind, number, stream.read(length - 12)


def answer_gets(link: socket.socket, answer: bytes, piece: int = 1 << 16) -> None:
    """Answers each GET o:1 alike, in pieces of so many bytes."""
    pending = 0
    while came := link.recv(1 << 16):
        pending += len(came)
        data = answer * (pending // GET_BYTES)
        pending %= GET_BYTES
        for at in range(0, len(data), piece):
            link.sendall(data[at:at + piece])


@unittest.skipUnless(COMPILER, "there is no C compiler")
class GeneratorTests(unittest.TestCase):
    def test_it_sends_as_many_as_told_and_counts_them(self) -> None:
        report, _ = loaded(
            lambda link: answer_gets(link, b"$5\r\nhello\r\n"), "redis-get", *COUNTED, "100",
            "--in-flight", "7")
        self.assertEqual((report["exit"], report["answers"], report["errors"]), (0, 100, 0))
        self.assertEqual((report["bytes"], report["items"]), (11, 1))
        self.assertIsNone(report["server_cpu_us"])

    def test_answers_may_come_in_any_pieces(self) -> None:
        for piece in (1, 2, 3, 7):
            report, _ = loaded(
                lambda link: answer_gets(link, b"*2\r\n$5\r\nhello\r\n$0\r\n\r\n", piece),
                "redis-get", *COUNTED, "20", "--in-flight", "4")
            self.assertEqual((report["answers"], report["items"]), (20, 2), piece)

    def test_a_missing_key_is_an_error(self) -> None:
        report, words = loaded(
            lambda link: answer_gets(link, b"$-1\r\n"), "redis-get", *COUNTED, "3")
        self.assertEqual((report["exit"], report["errors"]), (0, 3))
        self.assertEqual(words, "first error: there is no such key\n")

    def test_memcacheds_answers_are_read(self) -> None:
        def serve(link: socket.socket) -> None:
            with link.makefile("rb") as lines:
                for line in lines:
                    key = line.split()[1].decode()
                    link.sendall(f"VALUE {key} 0 5\r\nEND\r\n\r\nEND\r\n".encode()
                                 if key == "o:1" else b"END\r\n")

        report, _ = loaded(serve, "memcached-get", *COUNTED, "9", "--keys", "1:1")
        self.assertEqual((report["answers"], report["errors"]), (9, 0))
        report, _ = loaded(serve, "memcached-get", *COUNTED, "9", "--keys", "2:1")
        self.assertEqual((report["answers"], report["errors"]), (9, 9))

    def test_the_time_of_a_process_is_told_a_request(self) -> None:
        report, _ = loaded(
            lambda link: answer_gets(link, b"$0\r\n\r\n"), "redis-get", *COUNTED, "9",
            "--pid", str(os.getpid()), "--pid-tree")
        self.assertGreaterEqual(report["server_cpu_us"], 0)


@unittest.skipUnless(COMPILER, "there is no C compiler")
class TandemTests(unittest.TestCase):
    def test_answers_may_come_in_any_order_and_keys_are_fresh(self) -> None:
        keys: list[bytes] = []

        def serve(link: socket.socket) -> None:
            batch: list[int] = []
            for kind, stream, body in frames(link):
                if kind == HELLO:
                    self.assertIn(b"OrderCommands/PlaceOrder", body)
                    link.sendall(frame(WELCOME, 0))
                    continue
                self.assertEqual(body[:5], b"\x00\x13\x02\x00\x10")
                keys.append(body[5:21])
                batch.append(stream)
                if len(batch) == 5:
                    link.sendall(b"".join(frame(RESPONSE, each, b"ok") for each in batch[::-1]))
                    self.assertEqual(batch, sorted(set(batch)))
                    batch.clear()

        report, words = loaded(serve, "place", *COUNTED, "50", "--in-flight", "5")
        self.assertEqual((report["answers"], report["errors"], words), (50, 0, ""))
        self.assertEqual(len(set(keys)), 50)
        self.assertEqual({(key[6] >> 4, key[8] >> 6) for key in keys}, {(4, 2)})

    def test_a_list_ends_with_its_end_and_a_ping_is_answered(self) -> None:
        pongs: list[bytes] = []

        def serve(link: socket.socket) -> None:
            for kind, stream, body in frames(link):
                if kind == HELLO:
                    link.sendall(frame(WELCOME, 0))
                elif kind == PONG:
                    pongs.append(body)
                else:
                    items = b"".join(frame(ITEM, stream, b"an order") for _ in range(3))
                    link.sendall(frame(PING, 0, b"12345678") + items + frame(END, stream))

        report, _ = loaded(serve, "list", *COUNTED, "10")
        self.assertEqual((report["answers"], report["items"]), (10, 3))
        self.assertEqual(report["bytes"], 3 * 24 + 16)
        self.assertEqual(set(pongs), {b"12345678"})

    def test_an_error_is_counted_and_the_first_one_told(self) -> None:
        def serve(link: socket.socket) -> None:
            for kind, stream, _ in frames(link):
                link.sendall(frame(WELCOME, 0) if kind == HELLO
                             else frame(ERROR, stream, b"\x0a\x0dno such order"))

        report, words = loaded(serve, "get", *COUNTED, "4")
        self.assertEqual((report["exit"], report["errors"]), (0, 4))
        self.assertEqual(words.count("first error:"), 1)
        self.assertIn("no such order", words)

    def test_a_server_that_refuses_the_handshake_is_told(self) -> None:
        report, words = loaded(lambda link: link.sendall(b"no\r\n"), "get", *COUNTED, "4")
        self.assertEqual(report["exit"], 1)
        self.assertIn("is it", words)


@unittest.skipUnless(COMPILER, "there is no C compiler")
class OpenLoopTests(unittest.TestCase):
    def test_a_latency_counts_from_when_the_request_was_due(self) -> None:
        def serve(link: socket.socket) -> None:
            # Stands still at first, and then is as fast as can be.
            link.recv(1, socket.MSG_PEEK)
            time.sleep(0.5)
            answer_gets(link, b"$0\r\n\r\n")

        report, _ = loaded(
            serve, "redis-get", "--connections", "1", "--rate", "200", "--seconds", "1",
            "--warm-up", "0")
        self.assertEqual((report["answers"], report["errors"]), (200, 0))
        # Half of them were due meanwhile, though one only had reached the server.
        # Timed: a slower machine only makes them wait longer.
        self.assertGreater(report["us_p90"], 300_000)
        # Timed: a slower machine only makes them wait longer.
        self.assertGreater(report["us_max"], 450_000)


if __name__ == "__main__":
    unittest.main()
