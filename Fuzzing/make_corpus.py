#!/usr/bin/env python3
"""Makes the inputs that the fuzzers begin with, from Protocol/vectors.

Each target's input begins with a few bytes that choose limits, features and where to cut; its
source says which. The rest is a vector. Writes OUT/<target>/<number>.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PROTOCOL = Path(__file__).resolve().parents[1] / "Protocol"
VECTORS = PROTOCOL / "vectors"
sys.path.insert(0, str(PROTOCOL / "conformance"))

from tandem_conformance import wire  # noqa: E402
from tandem_conformance.names import Flag, FrameType, Role  # noqa: E402

CHECKSUMS = {"off": 0, "awaited": 1, "required": 2}
CUT = bytes([0, 9])
STREAM = 1
STATUS = 7
"""The number of tandem.meta.v1.Meta/Status in FuzzServer's HELLO."""
PREFACE = wire.preface(Role.QUERY)


def vectors(name: str) -> list[dict[str, Any]]:
    """The vectors of a file."""
    file = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return list(file["vectors"])


def inputs(name: str) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each vector's bytes and setup."""
    for vector in vectors(name):
        yield bytes.fromhex(vector["input"]), vector["setup"]


def with_block(kind: int, payload: bytes) -> bytes:
    """A frame whose payload begins with a metadata block, right or wrong."""
    return wire.encode(kind, flags=Flag.META, stream=STREAM, body=payload)


def frames() -> Iterator[bytes]:
    """Limit, checksums, cut, bytes."""
    limits = {100: 1, 12: 0, 16: 0}
    for data, setup in inputs("frames"):
        limit = limits.get(setup["max_length"], 3)
        yield bytes([limit, CHECKSUMS[setup.get("checksum", "off")]]) + CUT + data


def metadata() -> Iterator[bytes]:
    """Limit, payload."""
    for data, _ in inputs("metadata"):
        yield b"\0" + data


def hello() -> Iterator[bytes]:
    """Whether only HELLO's body follows, cut, bytes."""
    for data, _ in inputs("preface"):
        yield b"\0" + CUT + data
    for data, _ in inputs("hello"):
        yield b"\1" + CUT + data[16:]
        yield b"\0" + CUT + PREFACE + data


def bodies() -> Iterator[bytes]:
    """Form, dictionary, promise, bytes."""
    for data, setup in inputs("bodies"):
        promise = (setup["b"] & 0xFFFF).to_bytes(2, "big")
        if len(data) < 4_000:
            yield bytes([0, 0]) + promise + data
            yield bytes([4, 0]) + promise + data
            # Without header and checksum, in case it was a stream.
            yield bytes([6, 0]) + promise + data[2:-4]
            yield bytes([6, 1]) + promise + data[6:-4]
            yield bytes([3, 1]) + promise + data


def cursors() -> Iterator[bytes]:
    """Collection, index, order, whether it is made up, bit, prefix, key or cursor."""
    for size in (0, 1, 8, 16, 40, 48):
        prefix = bytes(range(size))
        for suffix in (b"", b"\0", bytes(8), b"\xff" * 8, bytes(range(48 - size))):
            head = bytes([1, 2, size & 1])
            yield head + bytes([0, 0, 77, size]) + prefix + suffix
            yield head + bytes([1, 0, 0, size]) + prefix + cursor(1, 2, size & 1, prefix, suffix)


def cursor(collection: int, index: int, descending: int, prefix: bytes, suffix: bytes) -> bytes:
    """A cursor as the server makes it: FNV-1a over query and key."""
    total = 0x811C9DC5
    numbers = (collection, index, descending, len(prefix))
    data = b"".join(n.to_bytes(4, "big") for n in numbers) + prefix + prefix + suffix
    for byte in data:
        total = (total ^ byte) * 0x01000193 & 0xFFFFFFFF
    return b"\x01" + prefix + suffix + total.to_bytes(4, "big")


def client() -> Iterator[bytes]:
    """Choice (zlib 1, checksums 2, welcomed 4, sealed 8, slow 16), calls, cut, bytes."""
    for vector in vectors("sessions"):
        told = [bytes.fromhex(s["bytes"]) for s in vector["steps"] if s["from"] == "server"]
        asked = "".join(s["bytes"] for s in vector["steps"] if s["from"] == "client")
        checked = 2 if b"crc32c".hex() in asked else 0
        yield bytes([1 | checked, 3]) + CUT + b"".join(told)
        yield bytes([5 | checked, 3]) + CUT + b"".join(told[1:])
        yield bytes([21, 3]) + CUT + b"".join(told[1:])
    for data, setup in inputs("frames"):
        yield bytes([4, 4]) + CUT + data
        if setup.get("checksum") != "required":
            yield bytes([4 | 2 | 8, 4]) + CUT + data
    for data, setup in inputs("bodies"):
        if len(data) < 4_000:
            answer = wire.encode(
                FrameType.RESPONSE, a=setup["encoding"], stream=STREAM, b=setup["b"], body=data)
            yield bytes([5, 1]) + CUT + answer
    for data, _ in inputs("metadata"):
        yield bytes([4, 1]) + CUT + with_block(FrameType.RESPONSE, data)


def server() -> Iterator[bytes]:
    """Choice (checksums 1, welcomed 2, script 4, small 8, sealed 16), then bytes or a script."""
    for vector in vectors("sessions"):
        said = [bytes.fromhex(s["bytes"]) for s in vector["steps"] if s["from"] == "client"]
        yield b"\0" + CUT + b"".join(said)
        yield b"\2" + CUT + b"".join(said[2:])
        yield b"\x13" + CUT + b"".join(said[2:])
    for data, setup in inputs("frames"):
        yield b"\2" + CUT + data
        yield b"\x13" + CUT + data
    for data, _ in inputs("metadata"):
        yield b"\2" + CUT + with_block(FrameType.REQUEST, data)
    for data, _ in inputs("hello"):
        yield b"\0" + CUT + PREFACE + data
    yield b"\2" + CUT + b"".join(wire.encode(FrameType.REQUEST, a=STATUS, stream=n) for n in (1, 2))
    chance = random.Random(1)
    for number in range(200):
        choice = bytes([4 | number & 1 | (number & 2) << 2])
        yield choice + b"".join(step(chance) for _ in range(chance.randrange(1, 30)))


def step(chance: random.Random) -> bytes:
    """One step of a script; most are requests."""
    kind = chance.choice([0, 0, 0, 4, 5, 5, 7, 8, 10, 11, 12, 15])
    if kind == 0:
        body = chance.randbytes(chance.choice([0, 2, 3, 3, 20]))
        return bytes([0, chance.randrange(9), 0, chance.choice([0, 1, 3]), chance.randrange(4),
                      len(body)]) + body
    if kind == 4:
        return bytes([4, 0, chance.randrange(4)])
    if kind == 5:
        return bytes([5, chance.randrange(6), 0, chance.randrange(4)])
    return bytes([kind]) + (bytes([chance.randrange(4)]) if kind in (7, 8, 10, 11) else b"")


TARGETS: dict[str, Callable[[], Iterator[bytes]]] = {
    "FuzzFrames": frames, "FuzzMetadata": metadata, "FuzzHello": hello, "FuzzBodies": bodies,
    "FuzzCursors": cursors, "FuzzClient": client, "FuzzServer": server,
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Makes the inputs that the fuzzers begin with.")
    parser.add_argument("out", type=Path, help="the folder to write to")
    out = parser.parse_args().out
    for target, make in TARGETS.items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(dict.fromkeys(make())):
            (folder / f"{number:04}").write_bytes(data)


if __name__ == "__main__":
    main()
