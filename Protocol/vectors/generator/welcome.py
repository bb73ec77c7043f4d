"""welcome.json: WELCOME, and what a client makes of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from .book import Book
from .codec import WELCOME, Frame, fixed64, header, lump, number
from .dictionaries import OTHER, WORDS

NOTES = {
    "SizeUnchecked": "Reserves or awaits a WELCOME of any size.",
    "LimitOffByOne": "Refuses what is exactly at a limit, or takes one byte more.",
    "UnknownFieldRefused": "Refuses a field that it does not know, and so can't talk to a later "
    "server.",
    "FeatureUnasked": "Uses a feature that it did not ask for, or ignores that the server does.",
    "MethodsShifted": "Takes a list of another length for its own, and calls the wrong method.",
    "MinorUnchecked": "Takes a minor version that it does not speak.",
    "KindGuessed": "Takes a kind that it does not know for UNARY.",
    "Defaults": "Takes an absent limit for 0, and never sends anything.",
    "DictionaryUnchecked": "Takes a dictionary that is not the one that it is listed as.",
    "Endianness": "Reads log_epoch big-endian, as the numbers of the frames are.",
    "Unsigned": "Reads an unsigned number as signed.",
    "TextUnchecked": "Takes a string that is not UTF-8.",
    "LengthOverrun": "Reads a field's value beyond the message.",
}

CLUSTER = bytes(range(0xA0, 0xB0))
EPOCH = 0x00C0_FFEE_00C0_FFEE
GET = number(1, 1) + number(2, 1) + number(3, 1) + number(4, 65_536)
LIST = number(1, 1) + number(2, 2) + number(3, 1) + number(4, 65_536)
PUT = number(1, 1) + number(2, 1) + number(3, 2) + number(4, 1_024_000)
UNKNOWN = b""
DEFAULTS = {
    "max_frame": 1 << 20, "max_metadata": 8_192, "max_in_flight": 1_024,
    "max_in_flight_bytes": 16 << 20,
}
SETUP: dict[str, Any] = {
    "max_length": 1 << 20, "minor": 0, "features": ["zlib", "crc32c"], "methods": 2, "held": [],
}


def method(kind: str | None, idempotency: str | None, max_size: int) -> dict[str, Any]:
    """A MethodInfo, as it is read; `kind` is `None` if the server has no such method."""
    return {
        "known": kind is not None, "kind": kind, "idempotency": idempotency, "max_size": max_size,
    }


READ = [method("unary", "read-only", 65_536), method("stream", "read-only", 65_536)]
NONE = method(None, None, 0)


def read(**fields: Any) -> dict[str, Any]:
    """What a client reads; limits that are not there are the defaults."""
    found: dict[str, Any] = {
        "minor": 0, "features": [], "methods": READ, "dictionaries": 0, "limits": DEFAULTS,
        "cluster_id": "", "log_epoch": "0" * 16, "key_retention_ms": "0", "server": "",
        "endpoints": {},
    }
    assert fields.keys() <= found.keys()
    return found | fields


def make() -> Book:
    """All vectors of the file. Each input is the whole frame."""
    book = Book("welcome", "WELCOME: what a client reads, takes and refuses", NOTES)
    _good(book)
    _limits(book)
    _unasked(book)
    _methods(book)
    _dictionaries(book)
    _malformed(book)
    return book


def frame(*fields: bytes) -> bytes:
    """WELCOME with two methods and these fields."""
    return Frame(WELCOME, payload=lump(3, GET) + lump(3, LIST) + b"".join(fields)).bytes


def only(*fields: bytes) -> bytes:
    """WELCOME with these fields alone."""
    return Frame(WELCOME, payload=b"".join(fields)).bytes


def _good(book: Book) -> None:
    book.valid("bare", "Nothing but the two methods.", "HS-15 HS-16", frame(), read(),
               notes="Defaults", **SETUP)
    endpoints = lump(10, lump(1, "feed") + lump(2, "127.0.0.1:7403"))
    whole = (
        lump(2, "zlib") + lump(2, "crc32c") + lump(3, GET) + lump(3, PUT)
        + lump(4, lump(1, sha256(WORDS).digest()) + lump(2, WORDS))
        + lump(5, number(1, 65_536) + number(2, 4_096) + number(3, 7) + number(4, 1_000))
        + lump(6, CLUSTER) + fixed64(7, EPOCH) + number(8, 86_400_000)
        + lump(9, "tandem-server/0.1") + endpoints
    )
    expected = read(
        features=["zlib", "crc32c"], dictionaries=1,
        methods=[READ[0], method("unary", "keyed", 1_024_000)],
        limits={"max_frame": 65_536, "max_metadata": 4_096, "max_in_flight": 7,
                "max_in_flight_bytes": 1_000},
        cluster_id=CLUSTER.hex(), log_epoch=f"{EPOCH:016x}", key_retention_ms="86400000",
        server="tandem-server/0.1", endpoints={"feed": "127.0.0.1:7403"},
    )
    book.valid("all-fields", "Every field.", "HS-15", only(whole), expected, notes="Endianness",
               **SETUP)
    book.valid(
        "numbers-highest", "The highest epoch and retention.", "HS-15",
        frame(fixed64(7, (1 << 64) - 1), number(8, (1 << 64) - 1)),
        read(log_epoch="f" * 16, key_retention_ms=str((1 << 64) - 1)), notes="Unsigned", **SETUP)
    book.valid("unknown-fields", "Fields of a later version.", "FR-07",
               frame(number(90, 1), lump(91, b"\xff"), fixed64(92, 1)), read(),
               notes="UnknownFieldRefused", **SETUP)
    book.valid("one-feature", "One of the features that were asked for.", "HS-15",
               frame(lump(2, "crc32c")), read(features=["crc32c"]), **SETUP)
    for minor in (3, 2):
        book.valid(f"minor-{minor}-of-3", f"Minor version {minor}, where HELLO said 3.", "HS-15",
                   frame(number(1, minor)), read(minor=minor), **{**SETUP, "minor": 3})


def _limits(book: Book) -> None:
    book.valid("limits-empty", "Limits without a number.", "HS-16", frame(lump(5, b"")), read(),
               notes="Defaults", **SETUP)
    book.valid("limits-one", "One limit; the others are the defaults.", "HS-16",
               frame(lump(5, number(3, 1))), read(limits=DEFAULTS | {"max_in_flight": 1}),
               notes="Defaults", **SETUP)
    book.invalid("length-over-limit", "One byte more than 1 MiB, and refused by four bytes.",
                 "FR-02 FR-09", header((1 << 20) + 1, WELCOME)[:4], "frame-too-long",
                 notes="SizeUnchecked LimitOffByOne", **SETUP)
    book.incomplete("length-at-limit", "1 MiB is awaited; nothing is reserved for it.",
                    "FR-02 FR-09", header(1 << 20, WELCOME), {}, notes="LimitOffByOne", **SETUP)


def _unasked(book: Book) -> None:
    for name, feature, asked in (
        ("checksums", "crc32c", ["zlib"]), ("zlib", "zlib", ["crc32c"]),
        ("unknown", "brotli", ["zlib", "crc32c"]), ("grease", "grease-1a", ["zlib"]),
    ):
        book.invalid(f"feature-unasked-{name}", f"{feature}, where HELLO named {asked}.",
                     "HS-15 HS-16", frame(lump(2, feature)), "bad-welcome",
                     notes="FeatureUnasked", **{**SETUP, "features": asked})
    book.invalid("minor-too-high", "Minor version 1, where HELLO said 0.", "HS-15 HS-16",
                 frame(number(1, 1)), "bad-welcome", notes="MinorUnchecked", **SETUP)


def _methods(book: Book) -> None:
    book.valid("method-unknown", "A method that the server does not have.", "HS-10",
               only(lump(3, UNKNOWN), lump(3, LIST)), read(methods=[NONE, READ[1]]),
               notes="MethodsShifted", **SETUP)
    for name, methods in {
        "none": [], "one": [GET], "three": [GET, LIST, GET],
    }.items():
        book.invalid(f"methods-{name}", f"{len(methods)} methods, where HELLO listed two.",
                     "HS-15 HS-16", only(*[lump(3, one) for one in methods]), "bad-welcome",
                     notes="MethodsShifted", **SETUP)
    for name, kind in {"unspecified": b"", "unknown": number(2, 3)}.items():
        info = number(1, 1) + kind + number(3, 1) + number(4, 100)
        book.invalid(f"kind-{name}", "A known method whose kind says nothing.", "HS-16",
                     only(lump(3, GET), lump(3, info)), "bad-welcome", notes="KindGuessed",
                     **SETUP)


def _dictionaries(book: Book) -> None:
    name = sha256(WORDS).digest()
    good = lump(4, lump(1, name) + lump(2, WORDS))
    other = lump(4, lump(1, sha256(OTHER).digest()) + lump(2, OTHER))
    book.valid("dictionaries-two", "Two dictionaries.", "CO-05",
               frame(lump(2, "zlib"), good, other), read(features=["zlib"], dictionaries=2),
               **SETUP)
    wrong = {
        "hash": (lump(4, lump(1, name) + lump(2, OTHER)), "the second's bytes"),
        "twice": (good + good, "one dictionary twice"),
        "absent": (lump(4, lump(1, name)), "no bytes, and HELLO did not name it"),
        "empty": (lump(4, b""), "neither name nor bytes"),
    }
    for id, (field, what) in wrong.items():
        book.invalid(f"dictionary-{id}", f"A dictionary that is not right: {what}.", "CO-05 HS-16",
                     frame(lump(2, "zlib"), field), "bad-dictionary", notes="DictionaryUnchecked",
                     **SETUP)


def _malformed(book: Book) -> None:
    for name, body, notes in (
        ("cut-lump", b"\x4a\x05abcd", "LengthOverrun"),
        ("cut-epoch", b"\x39" + bytes(7), "LengthOverrun"),
        ("cut-limits", lump(5, b"\x08"), "LengthOverrun"),
        ("cut-method", lump(3, b"\x08\x01\x10"), "LengthOverrun"),
        ("server-not-utf8", lump(9, b"\xff"), "TextUnchecked"),
        ("feature-not-utf8", lump(2, b"\xc0\xaf"), "TextUnchecked"),
        ("endpoint-not-utf8", lump(10, lump(1, "feed") + lump(2, b"\xff")), "TextUnchecked"),
    ):
        book.invalid(f"malformed-{name}", f"Not a Welcome: {name.replace('-', ' ')}.", "FR-07",
                     frame(body), "malformed-message", notes=notes, **SETUP)
