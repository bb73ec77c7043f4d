"""The codec against the shared vectors, which servers and clients read with codecs of their own."""

from __future__ import annotations

import json
import unittest
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from tandem_conformance import bodies, messages, wire
from tandem_conformance.names import Flag, FrameType
from tandem_conformance.outcome import CaseFailure

FOLDER = Path(__file__).resolve().parents[2] / "vectors"
Vector = dict[str, Any]


def vectors(name: str) -> Iterator[tuple[Vector, bytes]]:
    """The vectors of a file, and their bytes."""
    for vector in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["vectors"]:
        yield vector, bytes.fromhex(vector["input"])


def reason(vector: Vector) -> str:
    """What is wrong with it; empty if nothing is."""
    return str(vector.get("violation", {}).get("reason", ""))


def in_json(value: Any) -> Any:
    """A decoded value as the vectors write it."""
    if isinstance(value, bytes):
        return value.hex()
    return [in_json(one) for one in value] if isinstance(value, list) else value


def shape(frame: wire.Frame) -> dict[str, Any]:
    """A frame as the vectors describe it: its payload is metadata block and body."""
    if frame.type >= wire.SKIPPABLE:
        return {"skipped": frame.type, "length": len(frame.raw) - 4}
    end = len(frame.raw) - 4 * bool(frame.flags & Flag.CRC)
    return {
        "type": frame.type, "name": FrameType(frame.type).name, "flags": frame.flags,
        "a": frame.a, "stream": frame.stream, "b": frame.b, "payload": frame.raw[16:end].hex(),
    }


def again(frame: wire.Frame) -> bytes:
    """A frame that was decoded, encoded. The block of one that is skipped is not opened."""
    has_block = frame.flags & Flag.META and frame.type < wire.SKIPPABLE
    return wire.encode(
        frame.type, flags=frame.flags, a=frame.a, stream=frame.stream, b=frame.b,
        metadata=frame.metadata if has_block else None, body=frame.body,
        crc=bool(frame.flags & Flag.CRC),
    )


class VectorTests(unittest.TestCase):
    """What both directions of the codec make of the vectors."""

    def test_frames(self) -> None:
        for vector, data in vectors("frames"):
            with self.subTest(vector["id"]):
                if reason(vector) == "checksum-wrong":
                    with self.assertRaises(wire.WireError):
                        list(self.frames(data))
                elif not reason(vector):
                    found = list(self.frames(data))
                    self.assertEqual([shape(one) for one in found], vector["expected"]["frames"])
                    self.assertEqual([again(one) for one in found], [one.raw for one in found])

    def frames(self, data: bytes) -> Iterator[wire.Frame]:
        """The whole frames at the start of `data`."""
        while len(data) >= 16 and len(data) >= (size := 4 + int.from_bytes(data[:4], "big")):
            yield wire.decode(data[:size])
            data = data[size:]

    def test_metadata(self) -> None:
        for vector, data in vectors("metadata"):
            with self.subTest(vector["id"]):
                if reason(vector) == "metadata-truncated":
                    with self.assertRaises(wire.WireError):
                        wire.decode_metadata(data)
                    continue
                entries, size = wire.decode_metadata(data)
                self.assertEqual(wire.encode_metadata(entries), data[:size])
                if vector["result"] == "valid":
                    self.assertEqual(data[size:].hex(), vector["expected"]["body"])
                if vector["setup"].get("on") == "answer":
                    answer = wire.Frame(FrameType.RESPONSE, Flag.META, 0, 1, 0, entries)
                    self.assertEqual(self.is_wrong(answer), bool(reason(vector)))

    def is_wrong(self, frame: wire.Frame) -> bool:
        """Whether no server may send this frame."""
        try:
            wire.check_from_server(frame, crc=False)
        except wire.WireError:
            return True
        return False

    def test_hello(self) -> None:
        self.check_messages("Hello", "hello", lambda vector: vector["expected"]["hello"])

    def test_welcome(self) -> None:
        numbers = ("minor", "features", "cluster_id", "server", "endpoints")
        self.check_messages("Welcome", "welcome", lambda vector: {
            name: vector["expected"][name] for name in numbers})

    def check_messages(self, name: str, file: str, expected: Any) -> None:
        """Each message is decoded to what is expected, or refused if it is malformed."""
        for vector, data in vectors(file):
            with self.subTest(vector["id"]):
                if reason(vector) == "malformed-message":
                    with self.assertRaises(messages.MessageError):
                        messages.decode(name, data[16:])
                elif vector["result"] == "valid":
                    found = messages.decode(name, data[16:])
                    for field, value in expected(vector).items():
                        self.assertEqual(in_json(found.get(field)), value, field)

    def test_bodies(self) -> None:
        listed = {vector["id"]: messages.decode("Dictionary", data)
                  for vector, data in vectors("dictionaries")}
        for vector, data in vectors("bodies"):
            setup = vector["setup"]
            frame = wire.Frame(FrameType.RESPONSE, a=setup["encoding"], b=setup["b"], body=data)
            features = ["zlib"] * setup["zlib"]
            dictionaries = [listed[id] for id in setup["dictionaries"]]
            with self.subTest(vector["id"]):
                if vector["result"] == "invalid":
                    with self.assertRaises(CaseFailure):
                        bodies.inflate(frame, features, dictionaries)
                    continue
                raw = bodies.inflate(frame, features, dictionaries)
                self.assertEqual(sha256(raw).hexdigest(), vector["expected"]["sha256"])

    def test_checksums(self) -> None:
        for vector, data in vectors("crc32c"):
            with self.subTest(vector["id"]):
                self.assertEqual(f"{wire.crc32c(data):08x}", vector["expected"]["crc"])


if __name__ == "__main__":
    unittest.main()
