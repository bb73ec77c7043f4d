"""Follows a whole session, as far as frames and streams go: a second reading of SPEC.md."""

from __future__ import annotations

import unittest
from typing import Any

import naive_decoder as naive
from naive_decoder import FrameReader, Violation

FINALS = {"RESPONSE", "END", "ERROR"}


class Streams:
    """Which calls are open, as both sides must see it."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.window = 262_144
        self.last = 0
        self.open: dict[int, int] = {}
        self.credit: dict[int, int] = {}
        self.greeted = self.welcomed = False
        self.waiting: list[tuple[int, int]] = []

    def take(self, side: str, frame: dict[str, Any]) -> None:
        """One frame from a side."""
        if "skipped" in frame:
            return
        name, stream = frame["name"], frame["stream"]
        if side == "client":
            self._from_client(name, stream, frame)
        else:
            self._from_server(name, stream, frame)

    def _from_client(self, name: str, stream: int, frame: dict[str, Any]) -> None:
        if self.greeted == (name == "HELLO"):
            raise Violation("unexpected-frame")
        if name == "HELLO":
            self.greeted = True
            fields = naive.protobuf(bytes.fromhex(frame["payload"]))
            self.window = dict(fields).get(7) or self.window
        elif name == "REQUEST":
            if stream <= self.last:
                raise Violation("bad-stream-id")
            self.last = stream
            self.open[stream] = frame["a"]
            self.credit[stream] = self.window
        elif name in ("CANCEL", "CREDIT"):
            if not 0 < stream <= self.last:
                raise Violation("unopened-stream")
            if name == "CREDIT":
                self._credit(stream, frame["b"])

    def _credit(self, stream: int, count: int) -> None:
        if count == 0:
            raise Violation("zero-credit")
        if stream in self.open:
            if self.kinds[self.open[stream]] == 1:
                raise Violation("credit-on-unary")
            self.credit[stream] += count
            if self.credit[stream] > 0x7FFFFFFF:
                raise Violation("credit-overflow")

    def _from_server(self, name: str, stream: int, frame: dict[str, Any]) -> None:
        if self.welcomed == (name == "WELCOME"):
            raise Violation("unexpected-frame")
        if name == "WELCOME":
            self.welcomed = True
            for field, value in naive.protobuf(bytes.fromhex(frame["payload"])):
                if field == 3:
                    self.kinds.append(dict(naive.protobuf(value))[2])
        elif name in FINALS or name == "ITEM":
            if stream not in self.open:
                raise Violation("unopened-stream")
            is_stream = self.kinds[self.open[stream]] == 2
            if name in ("ITEM", "END") and not is_stream or name == "RESPONSE" and is_stream:
                raise Violation("unexpected-frame")
            if name == "ITEM":
                self.credit[stream] -= 16 + len(frame["payload"]) // 2
            else:
                del self.open[stream]


def check(test: unittest.TestCase, vector: dict[str, Any]) -> None:
    """Raises what is wrong with a session."""
    readers = {"client": FrameReader(1 << 20), "server": FrameReader(1 << 20)}
    streams = Streams()
    for step in vector["steps"]:
        data, reader = bytes.fromhex(step["bytes"]), readers[step["from"]]
        if "preface" in step:
            test.assertEqual(naive.preface(data, vector["setup"]["role"])["role"], step["preface"])
            continue
        reason, before, was_welcomed = None, len(reader.frames), streams.welcomed
        try:
            reader.read(data)
            for frame in reader.frames[before:]:
                streams.take(step["from"], frame)
        except Violation as violation:
            reason = violation.args[0]
        test.assertEqual(reason, step.get("violation", {}).get("reason"))
        if reason is None:
            test.assertEqual(reader.frames[before:], step["frames"])
        if streams.welcomed and not was_welcomed and "63726333" in data.hex():
            # "crc3…" in WELCOME: agreed.
            readers["client"].checksum, readers["server"].checksum = "awaited", "required"
