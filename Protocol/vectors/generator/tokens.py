"""tokens.json: consistency tokens, and idempotency keys with the time in them."""

from __future__ import annotations

from uuid import UUID

from . import codec
from .book import Book

NOTES = {
    "ByteOrder": "Reads epoch or position little-endian, as WELCOME's fixed64 is.",
    "Unsigned": "Reads a number of 64 bits as signed, or as a double.",
    "VersionNibble": "Looks for the version in the wrong place, or takes any key for a UUIDv7.",
    "VariantIgnored": "Does not look at the variant, so that a key of another kind has a time.",
    "TimeUnit": "Reads the 48 bits as seconds, or as microseconds.",
    "TimeWidth": "Reads 32 or 64 bits instead of 48.",
    "Boundary": "Refuses a key of exactly the retention, which is not more than it.",
    "FutureRefused": "Refuses a key of a clock that is ahead, or takes the age of one as huge.",
}

NOW = 1_800_000_000_000
RETENTION = 86_400_000


def uuid7(milliseconds: int, rest: int = 0x0123_4567_89AB_CDEF_0123, *, variant: int = 2,
          version: int = 7) -> bytes:
    """A UUID with the time in its first 48 bits."""
    high = milliseconds << 16 | version << 12 | rest >> 68 & 0xFFF
    low = variant << 62 | rest & (1 << 62) - 1
    return high.to_bytes(8, "big") + low.to_bytes(8, "big")


def make() -> Book:
    """All vectors of the file."""
    book = Book("tokens", "Consistency tokens, and idempotency keys with the time in them", NOTES)
    _tokens(book)
    _keys(book)
    _ages(book)
    return book


def _tokens(book: Book) -> None:
    samples = {
        "zero": (0, 0), "first": (0x00C0_FFEE_00C0_FFEE, 1),
        "position-only": (0, 0x0102030405060708), "epoch-only": (0x0102030405060708, 0),
        "2-to-53": (1, (1 << 53) + 1), "2-to-63": (1 << 63, 1 << 63),
        "highest": ((1 << 64) - 1, (1 << 64) - 1),
    }
    for name, (epoch, position) in samples.items():
        book.valid(
            f"token-{name}", f"Position {position} of the log {epoch:016x}.", "CS-01",
            codec.token(epoch, position), {"epoch": f"{epoch:016x}", "position": str(position)},
            notes="ByteOrder Unsigned", what="token",
        )


def _keys(book: Book) -> None:
    samples: dict[str, tuple[bytes, int | None, str, str]] = {
        "rfc9562": (UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").bytes, 1_645_557_742_000,
                    "RFC 9562, appendix A.6.", "TimeUnit"),
        "now": (uuid7(NOW), NOW, "A UUIDv7.", "TimeUnit TimeWidth"),
        "time-zero": (uuid7(0), 0, "A UUIDv7 of 1970.", "TimeWidth"),
        "time-highest": (uuid7((1 << 48) - 1), (1 << 48) - 1, "A UUIDv7 of the year 10889.",
                         "TimeWidth Unsigned"),
        "variant-11": (uuid7(NOW, variant=3), None, "Version 7, but the variant of Microsoft.",
                       "VariantIgnored"),
        "variant-01": (uuid7(NOW, variant=1), None, "Version 7, but the variant of NCS.",
                       "VariantIgnored"),
        "variant-00": (uuid7(NOW, variant=0), None, "Version 7, but the variant of NCS.",
                       "VariantIgnored"),
        "version-4": (uuid7(NOW, version=4), None, "A random UUID has no time.", "VersionNibble"),
        "version-1": (UUID("C232AB00-9414-11EC-B3C8-9F6BDECED846").bytes, None,
                      "RFC 9562, appendix A.1: time in another form, which is not looked at.",
                      "VersionNibble"),
        "version-6": (uuid7(NOW, version=6), None, "Version 6.", "VersionNibble"),
        "version-8": (uuid7(NOW, version=8), None, "Version 8.", "VersionNibble"),
        "nil": (bytes(16), None, "Sixteen zero bytes are a key too.", "VersionNibble"),
        "max": (b"\xff" * 16, None, "Sixteen FF bytes are a key too.", "VersionNibble"),
        "swapped": (uuid7(NOW)[8:] + uuid7(NOW)[:8], None, "The halves of a UUIDv7 swapped.",
                    "VersionNibble ByteOrder"),
    }
    for name, (key, time, comment, notes) in samples.items():
        book.valid(
            f"key-{name}", comment, "IK-01 IK-13", key,
            {"key": key.hex(), "time_ms": None if time is None else str(time)}, notes=notes,
            what="key",
        )


def _ages(book: Book) -> None:
    setup = {"what": "key-at", "now_ms": str(NOW), "retention_ms": str(RETENTION)}
    fine: dict[str, tuple[bytes, str, str]] = {
        "new": (uuid7(NOW), "A key of now.", "TimeUnit"),
        "old-enough": (uuid7(NOW - RETENTION), "As old as the retention: not more.", "Boundary"),
        "future": (uuid7(NOW + 1), "A clock that is ahead.", "FutureRefused"),
        "far-future": (uuid7((1 << 48) - 1), "A clock that is far ahead.", "FutureRefused"),
        "random-old": (uuid7(0, version=4), "A random key never expires by itself.",
                       "VersionNibble"),
        "wrong-variant-old": (uuid7(0, variant=3), "Not a UUIDv7: it has no time.",
                              "VariantIgnored"),
    }
    for name, (key, comment, notes) in fine.items():
        book.valid(f"age-{name}", comment, "IK-13", key, {"key": key.hex()}, notes=notes, **setup)
    for name, time, notes in (
        ("just-expired", NOW - RETENTION - 1, "Boundary"), ("year-1970", 0, "TimeWidth TimeUnit"),
        ("one-year", NOW - 365 * RETENTION, "TimeUnit"),
    ):
        book.refused(
            f"age-{name}", f"{NOW - time} ms old.", "IK-13", uuid7(time), "KEY_EXPIRED",
            {"retention_ms": str(RETENTION)}, notes=notes, **setup,
        )
