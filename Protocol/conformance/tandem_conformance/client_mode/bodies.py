"""Bodies as case files write them: plain bytes, and bodies encoded in right and wrong ways."""

from __future__ import annotations

import functools
import hashlib
import random
import zlib
from typing import Any

from ..outcome import BadCase

MANGLES = (
    "truncated", "no-checksum", "bad-checksum", "trailing", "flipped-header", "garbage", "empty",
)


def plain(spec: Any, captures: dict[str, bytes] | None = None) -> bytes:
    """Bytes from hex, `{"text"}`, `{"size", "fill"}`, `{"pattern"}`, `{"random"}` or `{"of"}`."""
    if spec is None:
        return b""
    if isinstance(spec, str):
        return bytes.fromhex(spec)
    if "text" in spec:
        return str(spec["text"]).encode() * int(spec.get("times", 1))
    if "pattern" in spec:
        # What the test service's Stream sends: item i of that size.
        shift = int(spec.get("item", 0))
        return (bytes(range(251)) * (int(spec["pattern"]) // 251 + 3))[
            shift % 251 : shift % 251 + int(spec["pattern"])
        ]
    if "random" in spec:
        # Seeded, so that the bytes are the same each time; they do not compress.
        return random.Random(int(spec.get("seed", 1))).randbytes(int(spec["random"]))
    if "size" in spec:
        return bytes([int(spec.get("fill", 0))]) * int(spec["size"])
    if "of" in spec:
        if captures is None or spec["of"] not in captures:
            raise BadCase(f"nothing was captured as '{spec['of']}'")
        return captures[spec["of"]]
    raise BadCase(f"not a body: {spec!r}")


def deflate(raw: bytes, dictionary: bytes | None) -> bytes:
    """One zlib stream; with a dictionary its header says so, by FDICT and DICTID."""
    if dictionary is None:
        packer = zlib.compressobj(9)
    else:
        packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return packer.compress(raw) + packer.flush()


def mangle(stream: bytes, how: str) -> bytes:
    """A zlib stream, broken in one stated way."""
    if how == "truncated":
        return stream[: len(stream) // 2]
    if how == "no-checksum":
        return stream[:-4]
    if how == "bad-checksum":
        return stream[:-1] + bytes([stream[-1] ^ 1])
    if how == "trailing":
        return stream + b"\x00"
    if how == "flipped-header":
        return bytes([stream[0] ^ 0x0F]) + stream[1:]
    if how == "garbage":
        return random.Random(7).randbytes(len(stream))
    if how == "empty":
        return b""
    raise BadCase(f"no such way to break a zlib stream: '{how}'")


@functools.lru_cache
def bomb(mebibytes: int) -> bytes:
    """A zlib stream of so many MiB of zeros, made without ever holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(mebibytes)) + packer.flush()


class Encoded:
    """A body as it goes into a frame, with the frame's `a` and `b`."""

    def __init__(
        self, spec: Any, dictionaries: list[bytes], captures: dict[str, bytes] | None = None
    ) -> None:
        """From a plain body, or `{"encoding": n, "raw": body, …}`.

        `deflated_with` chooses another dictionary than the id says ("none", or its index);
        `mangle` breaks the stream; `raw_length` is the length to claim. `{"encoding": 1,
        "bomb_mib": n, "raw_length": m}` is n MiB of zeros.
        """
        if not isinstance(spec, dict) or "encoding" not in spec:
            self.bytes, self.a, self.b = plain(spec, captures), 0, 0
            self.raw = self.bytes
            return
        self.a = int(spec["encoding"])
        if "bomb_mib" in spec:
            # Nobody is to find what is in it, so there is nothing to compare with.
            self.bytes, self.raw, self.b = bomb(spec["bomb_mib"]), b"", int(spec["raw_length"])
            return
        self.raw = plain(spec.get("raw"), captures)
        chosen = spec.get("deflated_with", self.a - 2 if self.a >= 2 else "none")
        if self.a == 0:
            self.bytes = self.raw
        elif chosen == "none":
            self.bytes = deflate(self.raw, None)
        elif isinstance(chosen, int) and 0 <= chosen < len(dictionaries):
            self.bytes = deflate(self.raw, dictionaries[chosen])
        else:
            raise BadCase(f"no dictionary {chosen!r} to deflate with; 'deflated_with' chooses one")
        if "mangle" in spec:
            self.bytes = mangle(self.bytes, spec["mangle"])
        self.b = int(spec.get("raw_length", len(self.raw) if self.a else 0))


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
