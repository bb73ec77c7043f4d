"""metadata.json: the block between header and body."""

from __future__ import annotations

from typing import Any

from .book import Book
from .codec import (
    AGE, AT_LEAST, CUSTOM_BINARY, CUSTOM_TEXT, IDEMPOTENCY_KEY, MAX_STALENESS, TOKEN, TRACE_PARENT,
    block, entry, token,
)

NOTES = {
    "BlockOverrun": "Reads entries beyond the block, or takes the body for entries.",
    "EntryOverrun": "Reads a value beyond its entry or block: an out-of-bounds read in C.",
    "LengthPartly": "Treats a cut length as zero, or waits for bytes that can't come: the frame is "
    "whole already.",
    "BodyLost": "Loses or shifts the body behind the block.",
    "LimitOffByOne": "Refuses a block of exactly the limit, or takes one byte more.",
    "LimitCountsLength": "Counts the block's own length field against the limit.",
    "DuplicateTaken": "Takes the first or the last of two, so that two readers of one frame see "
    "two different keys.",
    "RepeatRefused": "Refuses a repeated custom entry, or keeps only one of them.",
    "OrderLost": "Changes the order of custom entries, or of two with the same name.",
    "UnknownSkipped": "Skips an unknown tag below 80, which may not be skipped.",
    "UnknownRefused": "Refuses an unknown tag from 80 on, and so can't talk to a later version.",
    "SizeUnchecked": "Reads a number of 4 or 16 bytes from a value of another size.",
    "MistakeIsViolation": "Ends the connection for a value of the wrong form: only the call fails.",
    "MistakeHidesViolation": "Stops reading at a malformed value, and misses the violation behind.",
    "TextUnchecked": "Takes bytes that are not UTF-8 for text.",
    "SeparatorMissing": "Takes a custom entry without a zero byte for one with an empty value.",
    "SeparatorLast": "Splits a custom entry at its last zero byte instead of the first.",
    "TextTrimmed": "Trims, normalizes or lowers names or values.",
    "AnswerUnchecked": "Takes an answer whose metadata is not right.",
    "Unsigned": "Reads a number as signed.",
    "MeaninglessRefused": "Refuses a tag that has no meaning for this call.",
}

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
KEY = bytes.fromhex("0192f3a4b5c670008123456789abcdef")
EPOCH = 0x00C0FFEE00C0FFEE
LIMIT = 8_192
FIELDS = {
    TRACE_PARENT: ("trace-parent", TRACE, TRACE.decode()),
    IDEMPOTENCY_KEY: ("idempotency-key", KEY, KEY.hex()),
    AT_LEAST: ("at-least", token(EPOCH, 42), {"epoch": f"{EPOCH:016x}", "position": "42"}),
    MAX_STALENESS: ("max-staleness", bytes([0, 0, 3, 0xE8]), 1000),
    TOKEN: ("token", token(EPOCH, 43), {"epoch": f"{EPOCH:016x}", "position": "43"}),
    AGE: ("age", bytes([0, 0, 0, 12]), 12),
}


def text(name: str, value: str) -> bytes:
    """A CUSTOM_TEXT entry."""
    return entry(CUSTOM_TEXT, name.encode() + b"\0" + value.encode())


def binary(name: str, value: bytes) -> bytes:
    """A CUSTOM_BINARY entry."""
    return entry(CUSTOM_BINARY, name.encode() + b"\0" + value)


def read(body: bytes = b"", *custom: tuple[str, str | bytes], **fields: Any) -> dict[str, Any]:
    """What a reader finds: fields by name, custom entries in order, and the body behind."""
    found: dict[str, Any] = {name.replace("_", "-"): value for name, value in fields.items()}
    if custom:
        found["custom"] = [
            {"name": name, "text": value} if isinstance(value, str)
            else {"name": name, "binary": value.hex()}
            for name, value in custom
        ]
    return {"metadata": found, "body": body.hex()}


def make() -> Book:
    """All vectors of the file. Each input is the payload of a frame with the flag META."""
    book = Book("metadata", "Metadata: the block between a frame's header and its body", NOTES)
    _fields(book)
    _lengths(book)
    _limit(book)
    _repeats(book)
    _unknown(book)
    _malformed(book)
    _custom(book)
    _answers(book)
    return book


def _add(
    book: Book, id: str, comment: str, rules: str, data: bytes, *rest: Any, **more: Any
) -> None:
    book.valid(id, comment, rules, data, *rest, max_bytes=LIMIT, **more)


def _bad(
    book: Book, id: str, comment: str, rules: str, data: bytes, reason: str, notes: str
) -> None:
    book.invalid(id, comment, rules, data, reason, notes=notes, max_bytes=LIMIT)


def _fields(book: Book) -> None:
    for tag, (name, value, expected) in FIELDS.items():
        _add(
            book, name, f"Tag {tag:02X} alone.", "FR-10", block(entry(tag, value)),
            read(b"", **{name: expected}),
        )
    everything = {name: expected for name, _, expected in FIELDS.values()}
    entries = [entry(tag, value) for tag, (_, value, _) in FIELDS.items()]
    _add(
        book, "all-fields", "All six, and a body. Those without a meaning for this call are "
        "accepted.", "FR-10", block(*entries) + b"\x08\x01", read(b"\x08\x01", **everything),
        notes="BodyLost MeaninglessRefused",
    )
    _add(
        book, "all-fields-reversed", "The order of entries is free.", "FR-10",
        block(*reversed(entries)) + b"\x08\x01", read(b"\x08\x01", **everything), notes="BodyLost",
    )
    _add(book, "empty-block", "A block without entries.", "FR-10", block(), read())
    _add(
        book, "empty-block-body", "A block without entries, and a body that looks like one.",
        "FR-10", block() + block(entry(0x7F, b"")), read(block(entry(0x7F, b""))),
        notes="BlockOverrun BodyLost",
    )
    highest = b"\xff" * 4
    _add(
        book, "age-unknown", "AGE FFFFFFFF: not known. Not minus one.", "CS-02",
        block(entry(AGE, highest)), read(age=None), notes="Unsigned",
    )
    _add(
        book, "max-staleness-highest", "The highest MAX_STALENESS: any age will do.", "FR-10",
        block(entry(MAX_STALENESS, highest)), read(b"", **{"max-staleness": 0xFFFF_FFFF}),
        notes="Unsigned",
    )
    _add(
        book, "token-highest", "The highest epoch and position.", "FR-10",
        block(entry(TOKEN, b"\xff" * 16)),
        read(token={"epoch": "f" * 16, "position": str((1 << 64) - 1)}), notes="Unsigned",
    )
    _add(
        book, "trace-parent-empty", "Text of no length is text.", "FR-13",
        block(entry(TRACE_PARENT, b"")), read(b"", **{"trace-parent": ""}),
        notes="MistakeIsViolation",
    )


def _lengths(book: Book) -> None:
    _bad(book, "no-block", "The flag META, and no byte behind the header.", "FR-10", b"",
         "metadata-truncated", "LengthPartly")
    _bad(book, "half-length", "One byte of the block's length.", "FR-10", b"\0",
         "metadata-truncated", "LengthPartly")
    whole = block(entry(IDEMPOTENCY_KEY, KEY))
    _bad(book, "block-one-short", "The frame ends one byte before its block.", "FR-10", whole[:-1],
         "metadata-truncated", "BlockOverrun")
    _bad(book, "block-no-bytes", "The frame ends behind the block's length.", "FR-10", whole[:2],
         "metadata-truncated", "BlockOverrun")
    _bad(book, "entry-tag-only", "A tag, and the block is over.", "FR-10",
         block(b"\x02") + KEY, "metadata-truncated", "EntryOverrun LengthPartly")
    _bad(book, "entry-half-length", "A tag and half a length.", "FR-10",
         block(b"\x02\x00") + KEY, "metadata-truncated", "EntryOverrun LengthPartly")
    _bad(book, "entry-no-value", "A length, and the block is over; the body would do.", "FR-10",
         block(b"\x02\x00\x10") + KEY, "metadata-truncated", "EntryOverrun")
    _bad(book, "entry-one-long", "An entry one byte longer than its block.", "FR-10",
         block(entry(IDEMPOTENCY_KEY, KEY, 17)) + b"\0", "metadata-truncated", "EntryOverrun")
    _bad(book, "entry-ffff", "An entry of 65,535 bytes in a block of 19.", "FR-10",
         block(entry(IDEMPOTENCY_KEY, KEY, 0xFFFF)) + bytes(64), "metadata-truncated",
         "EntryOverrun")
    _bad(book, "second-entry-long", "The first entry is right, the second is too long.", "FR-10",
         block(entry(AGE, bytes(4)), entry(MAX_STALENESS, bytes(3), 4)), "metadata-truncated",
         "EntryOverrun")
    _bad(book, "skipped-entry-long", "An entry that may be skipped is too long to be.", "FR-10",
         block(entry(0x80, bytes(3), 4)) + bytes(9), "metadata-truncated", "EntryOverrun")
    _bad(book, "block-in-entry", "The block ends in the middle of its only entry.", "FR-10",
         block(entry(IDEMPOTENCY_KEY, KEY), length=18), "metadata-truncated",
         "BlockOverrun EntryOverrun")


def _limit(book: Book) -> None:
    value = b"n\0" + bytes(range(256)) * 32
    full = block(entry(CUSTOM_BINARY, value[: LIMIT - 3]))
    _add(
        book, "limit", "8,192 bytes of entries.", "FR-10", full + b"\x08",
        read(b"\x08", ("n", value[2 : LIMIT - 3])), notes="LimitOffByOne LimitCountsLength",
    )
    over = block(entry(CUSTOM_BINARY, value[: LIMIT - 2]))
    _bad(book, "limit-plus-one", "8,193 bytes of entries, all there.", "FR-10", over,
         "metadata-too-long", "LimitOffByOne")
    _bad(book, "limit-skipped", "8,193 bytes, though they could all be skipped.", "FR-10 FR-12",
         block(entry(0xF0, bytes(LIMIT - 2))), "metadata-too-long", "LimitOffByOne")
    many = block(*[entry(0xF0 + n % 16, b"") for n in range(LIMIT // 3)])
    _add(book, "many-entries", "2,730 entries without a value.", "FR-10 FR-12", many, read(),
         notes="UnknownRefused")


def _repeats(book: Book) -> None:
    for tag, (name, value, _) in FIELDS.items():
        _bad(book, f"{name}-twice", f"Tag {tag:02X} twice, the same both times.", "FR-11",
             block(entry(tag, value), entry(tag, value)), "metadata-duplicate", "DuplicateTaken")
    _bad(book, "key-twice-apart", "Two different keys, with another entry between.", "FR-11",
         block(entry(IDEMPOTENCY_KEY, KEY), entry(AGE, bytes(4)),
               entry(IDEMPOTENCY_KEY, KEY[::-1])),
         "metadata-duplicate", "DuplicateTaken")
    _bad(book, "malformed-twice", "A malformed value does not make the second one the first.",
         "FR-11 FR-13", block(entry(AGE, bytes(3)), entry(AGE, bytes(4))), "metadata-duplicate",
         "DuplicateTaken MistakeHidesViolation")
    _add(book, "custom-repeated", "Custom entries repeat, under one name too, in their order.",
         "FR-11", block(text("a", "2"), binary("b", b"\0"), text("a", "1"), text("a", "2")),
         read(b"", ("a", "2"), ("b", b"\0"), ("a", "1"), ("a", "2")),
         notes="RepeatRefused OrderLost")
    _add(book, "skipped-repeated", "What is skipped may stand twice.", "FR-11 FR-12",
         block(entry(0x80, b"x"), entry(0x80, b"x")), read(), notes="UnknownRefused")


def _unknown(book: Book) -> None:
    for tag in (0x00, 0x07, 0x3F, 0x42, 0x7F):
        _bad(book, f"tag-{tag:02x}", f"Tag {tag:02X} is unknown, and may not be skipped.", "FR-12",
             block(entry(tag, b"")), "metadata-unknown", "UnknownSkipped")
    for tag in (0x80, 0x81, 0xEF, 0xF0, 0xFF):
        data = block(entry(tag, b"\0\1\2"), entry(AGE, bytes([0, 0, 0, 12])))
        _add(book, f"tag-{tag:02x}", f"Tag {tag:02X} is skipped; what follows is read.", "FR-12",
             data + b"\x01", read(b"\x01", age=12), notes="UnknownRefused BodyLost")
    _bad(book, "unknown-behind-good", "An unknown tag behind good ones.", "FR-12",
         block(entry(AGE, bytes(4)), text("a", "b"), entry(0x10, b"")), "metadata-unknown",
         "UnknownSkipped")


def _malformed(book: Book) -> None:
    def refuse(id: str, comment: str, data: bytes, tag: int, notes: str = "") -> None:
        book.refused(
            id, comment, "FR-13", data, "MALFORMED_METADATA", {"tag": tag},
            notes=f"MistakeIsViolation {notes}", max_bytes=LIMIT,
        )

    for tag, (name, value, _) in FIELDS.items():
        if tag == TRACE_PARENT:
            continue
        for wrong in (b"", value[:-1], value + b"\0"):
            refuse(f"{name}-{len(wrong)}-bytes", f"Tag {tag:02X} with {len(wrong)} bytes.",
                   block(entry(tag, wrong)), tag, "SizeUnchecked")
    for name, wrong in {
        "lone-continuation": b"\x80", "overlong": b"\xc0\xaf", "surrogate": b"\xed\xa0\x80",
        "cut": b"00-\xe2\x82", "above-10ffff": b"\xf4\x90\x80\x80", "ff": b"\xff",
    }.items():
        refuse(f"trace-parent-{name}", f"TRACE_PARENT is not UTF-8: {name}.",
               block(entry(TRACE_PARENT, wrong)), TRACE_PARENT, "TextUnchecked")
    refuse("first-of-two", "Two malformed values: the first is named.",
           block(entry(AGE, b""), entry(TOKEN, b"")), AGE)
    _bad(book, "malformed-then-violation", "A violation behind a malformed value is one.",
         "FR-13 FR-10", block(entry(AGE, b""), entry(TOKEN, b"", 16)), "metadata-truncated",
         "MistakeHidesViolation")
    _bad(book, "malformed-then-unknown", "An unknown tag behind a malformed value.", "FR-13 FR-12",
         block(entry(AT_LEAST, b"x"), entry(0x20, b"")), "metadata-unknown",
         "MistakeHidesViolation")
    wrong_custom = {
        "custom-text-no-separator": (CUSTOM_TEXT, b"name", "SeparatorMissing"),
        "custom-text-empty": (CUSTOM_TEXT, b"", "SeparatorMissing"),
        "custom-text-no-name": (CUSTOM_TEXT, b"\0value", "SeparatorMissing"),
        "custom-text-only-separator": (CUSTOM_TEXT, b"\0", "SeparatorMissing"),
        "custom-text-bad-name": (CUSTOM_TEXT, b"\xff\0value", "TextUnchecked"),
        "custom-text-bad-value": (CUSTOM_TEXT, b"name\0\xc3", "TextUnchecked"),
        "custom-text-split-character": (CUSTOM_TEXT, b"n\xc3\0\xa9", "TextUnchecked"),
        "custom-binary-no-separator": (CUSTOM_BINARY, b"\x01\x02", "SeparatorMissing"),
        "custom-binary-empty": (CUSTOM_BINARY, b"", "SeparatorMissing"),
        "custom-binary-no-name": (CUSTOM_BINARY, b"\0\x01", "SeparatorMissing"),
        "custom-binary-bad-name": (CUSTOM_BINARY, b"\xc0\x80\0\x01", "TextUnchecked"),
    }
    for id, (tag, value, notes) in wrong_custom.items():
        refuse(id, f"A custom entry of the wrong form: {value!r}.", block(entry(tag, value)), tag,
               notes)


def _answers(book: Book) -> None:
    for id, tag, value in (
        ("token-15-bytes", TOKEN, bytes(15)), ("age-3-bytes", AGE, bytes(3)),
        ("trace-parent-not-utf8", TRACE_PARENT, b"\xff"),
        ("custom-text-no-separator", CUSTOM_TEXT, b"name"),
        ("custom-binary-no-name", CUSTOM_BINARY, b"\0\x01"),
    ):
        book.invalid(
            f"answer-{id}", "In an answer a value of the wrong form is the server's violation.",
            "FR-13", block(entry(tag, value)), "metadata-malformed", notes="AnswerUnchecked",
            max_bytes=LIMIT, on="answer",
        )
    everything = [entry(TOKEN, token(EPOCH, 43)), entry(AGE, bytes([0, 0, 0, 12])), text("a", "b")]
    _add(book, "answer-good", "TOKEN, AGE and a custom entry in an answer.", "FR-10",
         block(*everything) + b"\x08", read(
             b"\x08", ("a", "b"), token={"epoch": f"{EPOCH:016x}", "position": "43"}, age=12),
         on="answer")


def _custom(book: Book) -> None:
    _add(book, "custom-text", "Name and value, UTF-8.", "FR-10",
         block(text("Käse", "Gouda 🧀")), read(b"", ("Käse", "Gouda 🧀")),
         notes="TextTrimmed")
    _add(book, "custom-text-spaces", "Names and values are taken as they are.", "FR-10",
         block(text(" N ", "\tv\n")), read(b"", (" N ", "\tv\n")), notes="TextTrimmed")
    _add(book, "custom-text-empty-value", "An empty value is one.", "FR-10",
         block(text("n", "")), read(b"", ("n", "")), notes="SeparatorMissing")
    _add(book, "custom-text-unnormalized", "A combining accent stays what it is.", "FR-10",
         block(text("e\u0301", "\u00e9")), read(b"", ("e\u0301", "\u00e9")), notes="TextTrimmed")
    _add(book, "custom-binary", "Any bytes.", "FR-10",
         block(binary("n", bytes(range(256)))), read(b"", ("n", bytes(range(256)))),
         notes="TextUnchecked")
    _add(book, "custom-binary-empty-value", "An empty value is one.", "FR-10",
         block(binary("n", b"")), read(b"", ("n", b"")), notes="SeparatorMissing")
    _add(book, "custom-binary-zeros", "Split at the first zero byte; the others are the value's.",
         "FR-10", block(binary("n", b"\0\0x")), read(b"", ("n", b"\0\0x")), notes="SeparatorLast")
    _add(book, "custom-with-fields", "Custom entries among the others, and a body.", "FR-10",
         block(text("a", "b"), entry(AGE, bytes([0, 0, 0, 12])), binary("a", b"\xff")) + b"\x08",
         read(b"\x08", ("a", "b"), ("a", b"\xff"), age=12), notes="OrderLost BodyLost")
