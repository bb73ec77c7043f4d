"""crc32c.json: the checksum itself, and whole frames with it."""

from __future__ import annotations

from . import codec
from .book import Book
from .codec import CRC, META, PING, REQUEST, Frame

NOTES = {
    "ChecksumKind": "Computes CRC-32 (zlib's polynomial 04C11DB7) instead of CRC-32C (1EDC6F41).",
    "NotReflected": "Computes the checksum with the most significant bit first.",
    "NoFinalXor": "Leaves out the initial value or the final XOR: both are FFFFFFFF.",
    "ByteOrder": "Writes the checksum least significant byte first. RFC 3720 shows its checksums "
    "in that order; on this wire they are big-endian, as every number.",
    "TableTail": "Takes eight bytes a step and is wrong in the rest: every length from 0 to 40.",
    "Scope": "Covers the wrong bytes: all of the frame before the trailer, its length included.",
}

RFC3720 = {
    "zeros": (bytes(32), 0x8A9136AA),
    "ones": (b"\xff" * 32, 0x62A8AB43),
    "incrementing": (bytes(range(32)), 0x46DD794E),
    "decrementing": (bytes(range(31, -1, -1)), 0x113FDB5C),
    "iscsi-read-pdu": (
        bytes.fromhex(
            "01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
            "0200000000000000"
        ),
        0xD9963A56,
    ),
}
"""RFC 3720, appendix B.4, with the values read as numbers."""


def make() -> Book:
    """All vectors of the file."""
    book = Book("crc32c", "CRC-32C: of given bytes, and as the trailer of frames", NOTES)
    for name, (data, value) in RFC3720.items():
        assert codec.crc32c(data) == value
        book.valid(
            f"rfc3720-{name}", f"RFC 3720, appendix B.4: {name}.", "FR-14", data,
            {"crc": f"{value:08x}"}, notes="ChecksumKind NotReflected NoFinalXor ByteOrder",
        )
    book.valid(
        "check", 'The check value of the catalogues: "123456789".', "FR-14", b"123456789",
        {"crc": "e3069283"}, notes="ChecksumKind NotReflected NoFinalXor",
    )
    for count in range(41):
        data = bytes((n * 37 + 11) % 256 for n in range(count))
        book.valid(
            f"length-{count}", f"{count} bytes.", "FR-14", data,
            {"crc": f"{codec.crc32c(data):08x}"}, notes="TableTail NoFinalXor",
        )
    frames = {
        "ping": Frame(PING, CRC, payload=bytes(range(1, 9))),
        "request-bare": Frame(REQUEST, CRC, 0, 1, 0),
        "request-metadata": Frame(
            REQUEST, CRC | META, 0, 2, 5000,
            codec.block(codec.entry(codec.IDEMPOTENCY_KEY, bytes(16))) + b"\x08\x01"),
    }
    for name, frame in frames.items():
        whole = frame.bytes
        book.valid(
            f"frame-{name}", "A whole frame; its last four bytes are the checksum of the others.",
            "FR-14", whole[:-4], {"crc": whole[-4:].hex(), "trailer": whole[-4:].hex()},
            notes="Scope ByteOrder",
        )
    return book
