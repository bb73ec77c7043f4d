"""dictionaries.json: the dictionaries of a WELCOME."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from zlib import adler32

from .book import Book
from .codec import lump

NOTES = {
    "HashUnchecked": "Takes a dictionary under a name that is not its SHA-256: all that it "
    "inflates may be something else.",
    "SizeUnchecked": "Takes a dictionary of any size.",
    "LimitOffByOne": "Refuses a dictionary of exactly 32,768 bytes, or takes one byte more.",
    "AbsentIsEmpty": "Takes a dictionary without `content` for an empty one.",
    "HeldIgnored": "Needs the content though it said that it holds the dictionary.",
    "UnknownHeld": "Takes a dictionary without content that it never named.",
    "NameLength": "Takes a name that is not 32 bytes.",
    "WholeHashOnly": "Compares some of the hash only.",
}

WORDS = (
    b'{"order_id":0,"user_id":0,"status":"PLACED","currency":"USD","lines":[{"product_id":0,'
    b'"description":"","quantity":1,"price_minor":0}]}tandem.orders.v1'
)
"""A dictionary of what documents are likely to hold."""

OTHER = bytes(reversed(WORDS))
LARGEST = bytes((n * n + n // 256) % 251 for n in range(32_768))
DICTIONARIES = {"words": WORDS, "other": OTHER, "largest": LARGEST, "one-byte": b"a"}
"""The dictionaries that bodies.json refers to by the ids of their vectors here."""


def message(content: bytes | None, name: bytes) -> bytes:
    """A `Dictionary` of WELCOME."""
    return lump(1, name) + (b"" if content is None else lump(2, content))


def read(content: bytes, source: str) -> dict[str, Any]:
    """What a client holds then."""
    return {
        "sha256": sha256(content).hexdigest(), "dictid": f"{adler32(content):08x}",
        "byte_count": len(content), "source": source,
    }


def make() -> Book:
    """All vectors of the file. Each input is one `Dictionary` message of WELCOME."""
    book = Book("dictionaries", "Dictionaries: what a client takes from WELCOME", NOTES)
    for name, content in DICTIONARIES.items():
        book.valid(
            name, f"A dictionary of {len(content)} bytes. bodies.json uses it.", "CO-05",
            message(content, sha256(content).digest()), read(content, "content"),
            notes="LimitOffByOne" if name == "largest" else "", held=[],
        )
    held = sha256(WORDS).hexdigest()
    book.valid(
        "held", "Without content: HELLO named it.", "CO-05",
        message(None, sha256(WORDS).digest()), {"sha256": held, "source": "held"},
        notes="AbsentIsEmpty HeldIgnored", held=[held],
    )
    book.valid(
        "held-and-sent", "With content, though HELLO named it.", "CO-05",
        message(WORDS, sha256(WORDS).digest()), read(WORDS, "content"), notes="HeldIgnored",
        held=[held],
    )
    book.invalid(
        "absent-not-held", "Without content, though HELLO did not name it.", "CO-05",
        message(None, sha256(WORDS).digest()), "bad-dictionary", notes="UnknownHeld AbsentIsEmpty",
        held=[sha256(OTHER).hexdigest()],
    )
    digest = sha256(WORDS).digest()
    wrong: dict[str, tuple[bytes, bytes, str]] = {
        "other-name": (WORDS, sha256(OTHER).digest(), "HashUnchecked"),
        "last-byte-of-name": (WORDS, digest[:-1] + bytes([digest[-1] ^ 1]), "WholeHashOnly"),
        "first-byte-of-name": (WORDS, bytes([digest[0] ^ 0x80]) + digest[1:], "WholeHashOnly"),
        "name-cut": (WORDS, digest[:31], "NameLength WholeHashOnly"),
        "name-long": (WORDS, digest + b"\0", "NameLength"),
        "name-empty": (WORDS, b"", "NameLength HashUnchecked"),
        "content-cut": (WORDS[:-1], digest, "HashUnchecked"),
        "content-empty": (b"", digest, "HashUnchecked AbsentIsEmpty"),
        "too-long": (LARGEST + b"\0", sha256(LARGEST + b"\0").digest(),
                     "SizeUnchecked LimitOffByOne"),
    }
    for id, (content, listed, notes) in wrong.items():
        book.invalid(
            id, f"A dictionary that is not right: {id.replace('-', ' ')}.", "CO-05",
            message(content, listed), "bad-dictionary", notes=notes, held=[],
        )
    return book
