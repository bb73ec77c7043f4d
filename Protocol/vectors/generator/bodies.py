"""bodies.json: the bodies of RESPONSE and ITEM, as a client decodes them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from zlib import adler32

from . import deflate
from .book import Book
from .dictionaries import DICTIONARIES, LARGEST, OTHER, WORDS

NOTES = {
    "ShortTaken": "Takes a stream that holds fewer bytes than `b`: what is left of an old buffer "
    "is handed out with it (CVE-2025-14847).",
    "LongTaken": "Takes a stream that holds more bytes than `b`, cut off or whole.",
    "Bomb": "Inflates all of a small body that holds a lot, before it looks at the length.",
    "PromiseReserved": "Reserves what `b` promises, up to 4 GiB.",
    "ChecksumSkipped": "Does not look at the Adler-32.",
    "TrailingTaken": "Leaves bytes behind the stream unlooked at.",
    "CutTaken": "Takes a stream that breaks off for a short one.",
    "DictionaryUnchecked": "Inflates with whatever dictionary the stream asks for, or with none.",
    "EncodingUnchecked": "Takes an encoding that was not agreed.",
    "OneFormat": "Takes another format than zlib's: raw deflate or gzip.",
    "EmptyBody": "Fails at a body that inflates to nothing, or takes no bytes for an empty stream.",
    "BlockKinds": "Knows one kind of deflate block only.",
    "IdentityLength": "Looks at `b` of a body that is not encoded.",
    "FarMatch": "Copies from before the beginning: reads memory that is not the stream's.",
    "HeaderUnchecked": "Does not look at the two bytes of zlib's header.",
}

TEXT = b'{"order_id":42,"user_id":7,"status":"PLACED","currency":"USD","lines":[]}' * 3
LIMIT = (1 << 24) - 1


def read(raw: bytes) -> dict[str, Any]:
    """What the body is: in full if it is short."""
    found: dict[str, Any] = {"byte_count": len(raw), "sha256": sha256(raw).hexdigest()}
    if len(raw) <= 256:
        found["raw"] = raw.hex()
    return found


def make() -> Book:
    """All vectors of the file."""
    book = Book("bodies", "Bodies of RESPONSE and ITEM: plain, zlib, and with a dictionary", NOTES)
    _good(book)
    _lengths(book)
    _damaged(book)
    _dictionaries(book)
    _encodings(book)
    return book


def setup(encoding: int, b: int, **more: Any) -> dict[str, Any]:
    """The frame's fields, and what the connection agreed on."""
    return {
        "encoding": encoding, "b": b, "zlib": True,
        "dictionaries": ["dictionaries/words", "dictionaries/other", "dictionaries/largest"],
        "max_raw": LIMIT, **more,
    }


def _good(book: Book) -> None:
    for name, raw in {"text": TEXT, "empty": b"", "one-byte": b"\0"}.items():
        book.valid(f"identity-{name}", "Not encoded.", "CO-06", raw, read(raw), **setup(0, 0))
    book.valid("identity-with-b", "Not encoded: whatever `b` says.", "CO-06", TEXT, read(TEXT),
               notes="IdentityLength", **setup(0, 5))
    kinds = {
        "fixed": (deflate.fixed(TEXT), "One block with the fixed code."),
        "stored": (deflate.stored(TEXT), "One stored block."),
        "two-blocks": (
            deflate.stored(TEXT[:20], is_final=False) + deflate.fixed(TEXT[20:], TEXT[:20]),
            "A stored block, and one that copies from it."),
        "empty-stored": (
            deflate.stored(b"", is_final=False) + deflate.fixed(TEXT), "An empty block first."),
    }
    for name, (deflated, comment) in kinds.items():
        book.valid(
            f"zlib-{name}", comment, "CO-03", deflate.zlib(deflated, TEXT), read(TEXT),
            notes="BlockKinds", **setup(1, len(TEXT)),
        )
    book.valid(
        "zlib-dynamic", "One block with a code of its own, as zlib makes it.", "CO-03",
        DYNAMIC_STREAM, read(DYNAMIC_RAW), notes="BlockKinds", **setup(1, len(DYNAMIC_RAW)),
    )
    for name, deflated in {"fixed": deflate.fixed(b""), "stored": deflate.stored(b"")}.items():
        book.valid(
            f"zlib-nothing-{name}", "A stream that holds nothing: `b` is 0.", "CO-03",
            deflate.zlib(deflated, b""), read(b""), notes="EmptyBody", **setup(1, 0),
        )
    zeros = bytes(1 + 258 * 400)
    book.valid(
        "zlib-zeros", "A body that grows nearly a thousandfold, as promised.", "CO-03 CO-04",
        deflate.zlib(deflate.zeros(len(zeros)), zeros), read(zeros), **setup(1, len(zeros)),
    )
    small = bytes([0x48, 0x0D]) + deflate.zlib(deflate.fixed(TEXT), TEXT)[2:]
    assert (small[0] << 8 | small[1]) % 31 == 0
    book.valid(
        "zlib-window-4k", "A stream made with a window of 4 KiB.", "CO-03", small, read(TEXT),
        notes="HeaderUnchecked", **setup(1, len(TEXT)),
    )


# Made once by zlib 1.2.13 at level 9, and kept: so that a block with a code of its own is here.
DYNAMIC_RAW = b"".join(b"%d,%d;" % (n, n * n) for n in range(40))
DYNAMIC_STREAM = bytes.fromhex(
    "78da158fc90d003108031bf2832b2488fefbdad95764e16362b275f9866a53b325ef3d8ab3adecbd"
    "aad9a7ae1d3d5f37b9112011a89057ad279959273abd4e98b4371da8ab78dc9e32700e9d6c998a96"
    "7055a1987eb5913a311ba5737be3a8698956ffeaeafeb7a7fb3b412197a6a1255d4367c2624c2430"
    "c66242e300e40195a66c5ef0f2ca13da7c3f3bfe911ffef20188e9354d"
)


def _lengths(book: Book) -> None:
    body = deflate.zlib(deflate.fixed(TEXT), TEXT)
    for name, b, notes in (
        ("one-more", len(TEXT) - 1, "LongTaken"), ("one-less", len(TEXT) + 1, "ShortTaken"),
        ("b-0", 0, "LongTaken"), ("b-1", 1, "LongTaken"), ("b-limit", LIMIT, "ShortTaken"),
        ("b-over-limit", LIMIT + 1, "PromiseReserved"),
        ("b-highest", 0xFFFF_FFFF, "PromiseReserved"),
    ):
        reason = "promise-too-long" if b > LIMIT else "bad-body"
        book.invalid(
            f"length-{name}", f"{len(TEXT)} bytes, where `b` says {b}.",
            "CO-04" if b > LIMIT else "CO-03", body, reason, notes=notes, **setup(1, b),
        )
    zeros = 1 + 258 * 16_384
    book.invalid(
        "bomb", f"{zeros} zero bytes, where `b` says 100.", "CO-03 CO-04",
        deflate.zlib(deflate.zeros(zeros), bytes(zeros)), "bad-body", notes="Bomb LongTaken",
        **setup(1, 100),
    )
    book.invalid(
        "bomb-of-nothing", f"{zeros} zero bytes, where `b` says 0.", "CO-03 CO-04",
        deflate.zlib(deflate.zeros(zeros), bytes(zeros)), "bad-body", notes="Bomb LongTaken",
        **setup(1, 0),
    )
    book.invalid(
        "nothing-where-one", "A stream that holds nothing, where `b` says 1.", "CO-03",
        deflate.zlib(deflate.fixed(b""), b""), "bad-body", notes="ShortTaken", **setup(1, 1),
    )


def _damaged(book: Book) -> None:
    body = deflate.zlib(deflate.fixed(TEXT), TEXT)
    plain = deflate.fixed(TEXT)
    gzip = bytes.fromhex("1f8b08000000000000ff") + plain + bytes(8)
    samples = {
        "adler-last-bit": (body[:-1] + bytes([body[-1] ^ 1]), "ChecksumSkipped"),
        "adler-zero": (body[:-4] + bytes(4), "ChecksumSkipped"),
        "adler-little-endian": (body[:-4] + body[:-5:-1], "ChecksumSkipped"),
        "adler-cut": (body[:-1], "CutTaken ChecksumSkipped"),
        "adler-absent": (body[:-4], "CutTaken ChecksumSkipped"),
        "cut-in-data": (body[:-12], "CutTaken"),
        "header-only": (body[:2], "CutTaken"), "half-header": (body[:1], "CutTaken"),
        "no-bytes": (b"", "EmptyBody CutTaken"),
        "one-byte-behind": (body + b"\0", "TrailingTaken"),
        "another-stream-behind": (body + body, "TrailingTaken"),
        "not-final": (
            deflate.zlib(deflate.fixed(TEXT, is_final=False), TEXT), "CutTaken TrailingTaken"),
        "raw-deflate": (plain, "OneFormat HeaderUnchecked"), "gzip": (gzip, "OneFormat"),
        "header-check": (bytes([0x78, 0x02]) + body[2:], "HeaderUnchecked"),
        "method-7": (bytes([0x77, 0x04]) + body[2:], "HeaderUnchecked"),
        "window-64k": (bytes([0x88, 0x1C]) + body[2:], "HeaderUnchecked"),
        "block-type-3": (body[:2] + b"\x07" + body[3:], "BlockKinds"),
        "stored-length": (
            deflate.zlib(b"\x01\x05\x00\x00\x00hello", b"hello"), "BlockKinds"),
        "far-match": (
            deflate.zlib(deflate.far_match(3, 1), b"\0\0\0"), "FarMatch"),
        "text": (TEXT, "OneFormat"),
    }
    for name, (data, notes) in samples.items():
        b = {"stored-length": 5, "far-match": 3}.get(name, len(TEXT))
        book.invalid(
            f"damaged-{name}", f"Not a whole zlib stream of {b} bytes: {name.replace('-', ' ')}.",
            "CO-03", data, "bad-body", notes=notes, **setup(1, b),
        )


def _dictionaries(book: Book) -> None:
    for index, (name, dictionary) in enumerate(
        (("words", WORDS), ("other", OTHER), ("largest", LARGEST))
    ):
        raw = TEXT if name != "largest" else LARGEST[100:400] + TEXT
        data = deflate.zlib(deflate.fixed(raw, dictionary), raw, dictionary)
        book.valid(
            f"dictionary-{name}", f"Encoding {2 + index}: dictionary {index} of WELCOME.", "CO-03",
            data, read(raw), notes="DictionaryUnchecked", **setup(2 + index, len(raw)),
        )
    first = LARGEST[:300]
    book.valid(
        "dictionary-far", "Copies from the dictionary's first bytes, 32,768 back.", "CO-03",
        deflate.zlib(deflate.fixed(first, LARGEST), first, LARGEST), read(first),
        **setup(4, len(first)),
    )
    book.valid(
        "dictionary-nothing", "Nothing, with a dictionary.", "CO-03",
        deflate.zlib(deflate.fixed(b""), b"", WORDS), read(b""), notes="EmptyBody", **setup(2, 0),
    )
    stream = deflate.zlib(deflate.fixed(TEXT, WORDS), TEXT, WORDS)
    plain = deflate.zlib(deflate.fixed(TEXT), TEXT)
    lying = deflate.zlib(deflate.fixed(TEXT, WORDS), TEXT, dictid=adler32(OTHER))
    samples = {
        "other-encoding": (3, stream, "Made with dictionary 0, sent as dictionary 1."),
        "as-plain": (1, stream, "FDICT is set, where the encoding says no dictionary."),
        "without": (2, plain, "FDICT is not set, where the encoding says a dictionary."),
        "wrong-dictid": (2, lying, "DICTID is that of another dictionary."),
        "wrong-dictid-right-encoding": (3, lying, "The DICTID fits the encoding, the data do not."),
        "dictid-zero": (2, stream[:2] + bytes(4) + stream[6:], "DICTID 0."),
        "dictid-one": (
            1, deflate.zlib(deflate.fixed(TEXT), TEXT, dictid=1),
            "DICTID 1, that of an empty dictionary, where there is none."),
        "dictid-cut": (2, stream[:5], "The stream breaks off in its DICTID."),
    }
    for name, (encoding, data, comment) in samples.items():
        book.invalid(
            f"dictionary-{name}", comment, "CO-03", data, "bad-body", notes="DictionaryUnchecked",
            **setup(encoding, len(TEXT)),
        )


def _encodings(book: Book) -> None:
    stream = deflate.zlib(deflate.fixed(TEXT, WORDS), TEXT, WORDS)
    for encoding in (5, 0x8000, 0xFFFF):
        book.invalid(
            f"encoding-{encoding}", f"Encoding {encoding}: WELCOME listed three dictionaries.",
            "CO-07", stream, "bad-encoding", notes="EncodingUnchecked",
            **setup(encoding, len(TEXT)),
        )
    plain = deflate.zlib(deflate.fixed(TEXT), TEXT)
    book.invalid(
        "encoding-unagreed", "Encoding 1, where zlib was not agreed.", "CO-02 CO-07", plain,
        "bad-encoding", notes="EncodingUnchecked",
        **{**setup(1, len(TEXT)), "zlib": False, "dictionaries": []},
    )
    assert DICTIONARIES["words"] == WORDS
