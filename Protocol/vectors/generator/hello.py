"""hello.json: HELLO, and what a server makes of it."""

from __future__ import annotations

from typing import Any

from .book import Book
from .codec import HELLO, Frame, fixed64, header, lump, number, varint

NOTES = {
    "SizeAwaited": "Buffers a HELLO that is too long before it refuses it.",
    "LimitOffByOne": "Refuses what is exactly at a limit, or takes one more.",
    "UnknownFieldRefused": "Refuses a field that it does not know, and so can't talk to a later "
    "version.",
    "UnknownFeatureRefused": "Refuses a feature that it does not know, or answers it.",
    "GreaseKnown": "Answers a name that is never a feature.",
    "Defaults": "Takes an absent number for a limit of 0.",
    "Clamp": "Obeys a wish beyond the protocol's limits, or refuses it.",
    "ClusterUnchecked": "Welcomes a client that wants another cluster.",
    "ClusterPrefix": "Compares no more of a cluster id than its first bytes.",
    "EmptyIsAbsent": "Takes a cluster id that is present and empty for none.",
    "LastWins": "Takes the first of two values of a field; protobuf's is the last.",
    "TextUnchecked": "Takes a string that is not UTF-8.",
    "WireType": "Trusts a known field's wire type without looking at it.",
    "VarintOverrun": "Reads a varint without an end beyond the message, or beyond ten bytes.",
    "LengthOverrun": "Reads a field's value beyond the message.",
    "MethodRefused": "Refuses the connection for a method it does not have.",
    "Duplicates": "Merges two equal methods, and so shifts the numbers of those behind.",
    "EmptyHello": "Refuses a HELLO that wishes nothing.",
}

CLUSTER = bytes(range(0xA0, 0xB0))
METHOD = "tandem.orders.v1.OrderQueries/GetUser"
FLOOR, CEILING, WINDOW = 16 << 10, 4 << 20, 256 << 10
WINDOW_MAX = (1 << 31) - 1


def read(**fields: Any) -> dict[str, Any]:
    """What a server reads, and what it makes of it; absent are the defaults."""
    asked: dict[str, Any] = {
        "minor": 0, "features": [], "methods": [], "token": "", "cluster_id": None, "max_frame": 0,
        "initial_window": 0, "dictionary_sha256": [], "client": "",
    }
    agreed = {"max_frame": CEILING, "initial_window": WINDOW, "features": []}
    for name, value in fields.items():
        if name.startswith("agreed_"):
            agreed[name.removeprefix("agreed_")] = value
        else:
            assert name in asked
            asked[name] = value
    return {"hello": asked, "agreed": agreed}


def make() -> Book:
    """All vectors of the file. Each input is the whole frame."""
    book = Book("hello", "HELLO: what a server reads, agrees to and refuses", NOTES)
    _good(book)
    _features(book)
    _numbers(book)
    _protobuf(book)
    _clusters(book)
    _methods(book)
    _sizes(book)
    return book


def frame(body: bytes) -> bytes:
    """HELLO with this body."""
    return Frame(HELLO, payload=body).bytes


SETUP: dict[str, Any] = {
    "max_length": 16_384, "cluster_id": CLUSTER.hex(), "features": ["zlib", "crc32c"],
    "max_methods": 256,
}


def _good(book: Book) -> None:
    book.valid("empty", "A HELLO without a wish.", "FR-07 UN-06", frame(b""), read(),
               notes="EmptyHello Defaults", **SETUP)
    whole = (
        number(1, 3) + lump(2, "zlib") + lump(2, "crc32c") + lump(3, METHOD) + lump(3, "x/Y")
        + lump(4, b"secret") + lump(5, CLUSTER) + number(6, 1 << 20) + number(7, 65_536)
        + lump(8, bytes(32)) + lump(8, b"\xff" * 32) + lump(9, "example/1")
    )
    expected = read(
        minor=3, features=["zlib", "crc32c"], methods=[METHOD, "x/Y"], token=b"secret".hex(),
        cluster_id=CLUSTER.hex(), max_frame=1 << 20, initial_window=65_536,
        dictionary_sha256=["00" * 32, "ff" * 32], client="example/1", agreed_max_frame=1 << 20,
        agreed_initial_window=65_536, agreed_features=["zlib", "crc32c"],
    )
    book.valid("all-fields", "Every field.", "HS-04", frame(whole), expected, **SETUP)
    unordered = number(7, 9) + lump(3, "a/B") + number(1, 1) + lump(3, "c/D")
    book.valid(
        "any-order", "Fields in any order; the methods keep theirs.", "FR-07", frame(unordered),
        read(initial_window=9, methods=["a/B", "c/D"], minor=1, agreed_initial_window=9),
        notes="Duplicates", **SETUP,
    )


def _features(book: Book) -> None:
    samples: dict[str, tuple[list[str], list[str], str]] = {
        "zlib": (["zlib"], ["zlib"], ""), "crc32c": (["crc32c"], ["crc32c"], ""),
        "unknown": (["brotli", "zlib"], ["zlib"], "UnknownFeatureRefused"),
        "grease": (["grease-7f3a", "crc32c"], ["crc32c"], "GreaseKnown UnknownFeatureRefused"),
        "grease-zlib": (["grease-zlib"], [], "GreaseKnown"),
        "case": (["ZLIB", "Zlib", "CRC32C"], [], "UnknownFeatureRefused"),
        "spaces": ([" zlib", "crc32c "], [], "UnknownFeatureRefused"),
        "empty-name": ([""], [], "UnknownFeatureRefused"),
    }
    for name, (asked, agreed, notes) in samples.items():
        book.valid(
            f"feature-{name}", f"The features {asked}.", "HS-11",
            frame(b"".join(lump(2, feature) for feature in asked)),
            read(features=asked, agreed_features=agreed), notes=notes, **SETUP,
        )


def _numbers(book: Book) -> None:
    for asked, agreed in (
        (1, FLOOR), (FLOOR - 1, FLOOR), (FLOOR, FLOOR), (FLOOR + 1, FLOOR + 1), (CEILING, CEILING),
        (CEILING + 1, CEILING), (0xFFFF_FFFF, CEILING),
    ):
        book.valid(
            f"max-frame-{asked}", f"A max_frame of {asked} is taken for {agreed}.", "FR-09",
            frame(number(6, asked)), read(max_frame=asked, agreed_max_frame=agreed),
            notes="Clamp Defaults", **SETUP,
        )
    for asked in (1, WINDOW_MAX):
        book.valid(
            f"window-{asked}", f"An initial_window of {asked}.", "ST-01", frame(number(7, asked)),
            read(initial_window=asked, agreed_initial_window=asked), notes="Defaults Clamp",
            **SETUP,
        )
    for asked in (WINDOW_MAX + 1, 0xFFFF_FFFF):
        book.valid(
            f"window-{asked}", f"An initial_window of {asked} is taken for 2^31 - 1.", "ST-01",
            frame(number(7, asked)),
            read(initial_window=asked, agreed_initial_window=WINDOW_MAX), notes="Clamp", **SETUP,
        )
    book.valid(
        "minor-highest", "A later minor version is no reason to refuse.", "HS-11",
        frame(number(1, 0xFFFF_FFFF)), read(minor=0xFFFF_FFFF), notes="UnknownFieldRefused",
        **SETUP,
    )


def _protobuf(book: Book) -> None:
    unknown = {
        "varint": number(15, 1 << 40), "fixed64": fixed64(100, 1), "lump": lump(1000, b"\xff\xfe"),
        "fixed32": varint(12 << 3 | 5) + bytes(4), "highest": lump((1 << 29) - 1, b""),
    }
    for name, field in unknown.items():
        book.valid(
            f"unknown-{name}", "A field of a later version, before a known one.", "FR-07",
            frame(field + lump(9, "x")), read(client="x"), notes="UnknownFieldRefused", **SETUP,
        )
    book.valid(
        "number-twice", "A number twice: the last counts.", "FR-07",
        frame(number(7, 5) + number(7, 6)), read(initial_window=6, agreed_initial_window=6),
        notes="LastWins", **SETUP,
    )
    book.valid(
        "varint-padded", "A varint with needless groups is one.", "FR-07",
        frame(bytes([0x38, 0x85, 0x80, 0x80, 0x00])),
        read(initial_window=5, agreed_initial_window=5),
        notes="VarintOverrun", **SETUP,
    )
    bad = {
        "cut-key": (b"\x80", "VarintOverrun"), "cut-varint": (b"\x38\x80", "VarintOverrun"),
        "varint-11-bytes": (b"\x38" + b"\x80" * 10 + b"\x01", "VarintOverrun"),
        "no-value": (b"\x4a", "LengthOverrun"), "long-lump": (b"\x4a\x05abcd", "LengthOverrun"),
        "huge-lump": (b"\x4a\xff\xff\xff\xff\x07", "LengthOverrun"),
        "overflowing-lump": (b"\x4a" + b"\xff" * 9 + b"\x01", "LengthOverrun VarintOverrun"),
        "cut-fixed64": (b"\x79" + bytes(7), "LengthOverrun"),
        "cut-fixed32": (b"\x7d" + bytes(3), "LengthOverrun"),
        "field-0": (b"\x00\x01", "WireType"), "wire-type-6": (b"\x4e\x01", "WireType"),
        "wire-type-7": (b"\x4f\x01", "WireType"), "lone-end-group": (b"\x7c", "WireType"),
        "client-not-utf8": (lump(9, b"\xff"), "TextUnchecked"),
        "method-not-utf8": (lump(3, b"a\xc0\xafb"), "TextUnchecked"),
        "feature-not-utf8": (lump(2, b"\xed\xa0\x80"), "TextUnchecked"),
        "text": (b"hello, server", "WireType"),
    }
    for name, (body, notes) in bad.items():
        book.invalid(
            f"malformed-{name}", f"Not a Hello: {name.replace('-', ' ')}.", "FR-07", frame(body),
            "malformed-message", notes=notes, **SETUP,
        )


def _clusters(book: Book) -> None:
    book.valid("cluster-right", "The server's cluster.", "HS-07", frame(lump(5, CLUSTER)),
               read(cluster_id=CLUSTER.hex()), **SETUP)
    wrong = {
        "other": (bytes(16), "ClusterUnchecked"),
        "last-bit": (CLUSTER[:-1] + b"\xae", "ClusterPrefix ClusterUnchecked"),
        "short": (CLUSTER[:-1], "ClusterPrefix ClusterUnchecked"),
        "long": (CLUSTER + b"\0", "ClusterPrefix ClusterUnchecked"),
        "empty": (b"", "EmptyIsAbsent"),
    }
    for name, (value, notes) in wrong.items():
        book.invalid(
            f"cluster-{name}", f"Another cluster id: {name}.", "HS-07", frame(lump(5, value)),
            "wrong-cluster", notes=notes, **SETUP,
        )


def _methods(book: Book) -> None:
    many = [f"m/{n}" for n in range(257)]
    body = b"".join(lump(3, name) for name in many[:256])
    book.valid("methods-256", "All the methods that are allowed.", "HS-05", frame(body),
               read(methods=many[:256]), notes="LimitOffByOne", **SETUP)
    book.invalid("methods-257", "One method too many.", "HS-05", frame(body + lump(3, many[256])),
                 "too-many-methods", notes="LimitOffByOne", **SETUP)
    odd = ["", "no slash", METHOD, METHOD, "tandem.orders.v1.OrderQueries/getuser", "ä/ö"]
    book.valid(
        "methods-odd", "Unknown, empty and repeated names keep their places.", "HS-10",
        frame(b"".join(lump(3, name) for name in odd)), read(methods=odd),
        notes="MethodRefused Duplicates", **SETUP,
    )


def _sizes(book: Book) -> None:
    room = 16_384 - 12 - 3
    client = "c" * room
    body = lump(9, client)
    assert len(body) == 16_384 - 12
    book.valid("length-16384", "As long as allowed.", "HS-04", frame(body), read(client=client),
               notes="LimitOffByOne", **SETUP)
    book.invalid("length-16385", "One byte too long, and refused by its first four bytes.",
                 "HS-04 FR-02", header(16_385, HELLO)[:4], "frame-too-long",
                 notes="SizeAwaited LimitOffByOne", **SETUP)
    book.incomplete("cut", "A HELLO that is not all there.", "FR-03", frame(lump(9, "x"))[:-1],
                    {}, **SETUP)
