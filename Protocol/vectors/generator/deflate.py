"""A small deflate encoder (RFC 1951), so that the vectors do not depend on the zlib of the machine
that makes them: stored blocks, and blocks with the fixed Huffman code and greedy matches."""

from __future__ import annotations

from zlib import adler32

_LENGTHS = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
]
_LENGTH_EXTRA = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
_DISTANCES = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
]
_DISTANCE_EXTRA = [0, 0] + [bits for bits in range(14) for _ in range(2)]


class _Bits:
    def __init__(self) -> None:
        self.out = bytearray()
        self.pending = 0
        self.count = 0

    def put(self, value: int, count: int) -> None:
        """Adds bits, the least significant first."""
        self.pending |= value << self.count
        self.count += count
        while self.count >= 8:
            self.out.append(self.pending & 0xFF)
            self.pending >>= 8
            self.count -= 8

    def code(self, value: int, count: int) -> None:
        """Adds a Huffman code: the most significant bit first."""
        self.put(int(f"{value:0{count}b}"[::-1], 2), count)

    def symbol(self, value: int) -> None:
        """A literal or length in the fixed code (RFC 1951, section 3.2.6)."""
        if value < 144:
            self.code(0x30 + value, 8)
        elif value < 256:
            self.code(0x190 + value - 144, 9)
        elif value < 280:
            self.code(value - 256, 7)
        else:
            self.code(0xC0 + value - 280, 8)

    def match(self, length: int, distance: int) -> None:
        """A copy of `length` bytes from `distance` bytes back."""
        index = max(i for i, base in enumerate(_LENGTHS) if base <= length)
        self.symbol(257 + index)
        self.put(length - _LENGTHS[index], _LENGTH_EXTRA[index])
        index = max(i for i, base in enumerate(_DISTANCES) if base <= distance)
        self.code(index, 5)
        self.put(distance - _DISTANCES[index], _DISTANCE_EXTRA[index])

    def flush(self) -> bytes:
        """All of it, filled up to whole bytes."""
        if self.count:
            self.put(0, 8 - self.count)
        return bytes(self.out)


def _longest(window: bytes, start: int) -> tuple[int, int]:
    """The longest match for what begins at `start`: its length and distance."""
    length, at = 0, -1
    while length < min(258, len(window) - start):
        found = window.rfind(window[start : start + max(3, length + 1)], 0, start + length)
        if found < 0 or start - found > 32_768 or found >= start:
            break
        at, length = found, max(3, length + 1)
    return (length, start - at) if length >= 3 else (0, 0)


def fixed(raw: bytes, dictionary: bytes = b"", *, is_final: bool = True) -> bytes:
    """One block with the fixed code, behind a preset dictionary."""
    bits = _Bits()
    bits.put(1 if is_final else 0, 1)
    bits.put(1, 2)
    window = dictionary[-32_768:] + raw
    position = len(window) - len(raw)
    while position < len(window):
        length, distance = _longest(window, position)
        if length and length <= len(window) - position:
            bits.match(length, distance)
            position += length
        else:
            bits.symbol(window[position])
            position += 1
    bits.symbol(256)
    return bits.flush()


def far_match(length: int, distance: int) -> bytes:
    """One block that copies from further back than there is anything."""
    bits = _Bits()
    bits.put(1, 1)
    bits.put(1, 2)
    bits.match(length, distance)
    bits.symbol(256)
    return bits.flush()


def zeros(count: int) -> bytes:
    """`count` zero bytes as tightly as the fixed code has them: 1 + a multiple of 258."""
    bits = _Bits()
    bits.put(1, 1)
    bits.put(1, 2)
    bits.symbol(0)
    for _ in range((count - 1) // 258):
        bits.match(258, 1)
    bits.symbol(256)
    return bits.flush()


def stored(raw: bytes, *, is_final: bool = True) -> bytes:
    """One block as it is."""
    size = len(raw)
    check = size ^ 0xFFFF
    return bytes([is_final]) + size.to_bytes(2, "little") + check.to_bytes(2, "little") + raw


def zlib(
    deflated: bytes, raw: bytes, dictionary: bytes | None = None, *, dictid: int | None = None
) -> bytes:
    """The stream of RFC 1950 around deflated data; `dictid` lies."""
    flags = 0x20 if dictionary is not None or dictid is not None else 0
    flags |= 31 - (0x7800 | flags) % 31
    name = b""
    if flags & 0x20:
        named = adler32(dictionary or b"") if dictid is None else dictid
        name = named.to_bytes(4, "big")
    return bytes([0x78, flags]) + name + deflated + adler32(raw).to_bytes(4, "big")
