"""frames.json: cutting a byte stream into frames, and what each type may carry."""

from __future__ import annotations


from . import codec, frame_checksums
from .book import Book
from .codec import (
    CANCEL, CREDIT, END, ERROR, GOAWAY, HELLO, ITEM, META, NAMES, PING, PONG, REQUEST, RESPONSE,
    SECOND, WELCOME, Frame,
)
from .samples import LIMIT, META_BLOCK, sample, seen

NOTES = {
    "LengthAwaited": "Waits for the header, or for the body, of a frame whose length is already "
    "wrong: a peer promises 4 GiB and the receiver reserves or awaits them.",
    "LengthSigned": "Reads the length as a signed number, so that FFFFFFFF is -1 and passes.",
    "LengthOffByFour": "Counts the length field itself, or does not count the header's rest.",
    "LimitOffByOne": "Refuses a frame of exactly the limit, or takes one byte more.",
    "SplitReads": "Loses or repeats bytes where TCP cuts a frame; run each vector at every split.",
    "ManyInOneRead": "Handles one frame for each read and leaves the others lying.",
    "UnknownSkipped": "Skips what it may not skip: types below 80 carry meaning.",
    "UnknownRefused": "Ends the connection for a type that it must skip, and so can't talk to a "
    "later version.",
    "FlagsIgnored": "Does not look at undefined flag bits, so that they can never get a meaning.",
    "FlagsOfOtherType": "Has one mask of flags for all types.",
    "ReservedIgnored": "Does not look at fields that must be 0.",
    "PingShape": "Takes a PING of any shape, and so becomes an amplifier or an echo server.",
    "WrongSide": "Handles a frame that only the other side sends.",
    "FieldOrder": "Mixes up the fields or their byte order.",
    "Unsigned": "Reads a field of 32 bits as signed.",
    "ChecksumSkipped": "Does not check the checksum, or only when it likes.",
    "ChecksumForgotten": "Takes frames without a checksum once the peer has begun to send them: "
    "whoever damages a frame only has to clear the flag.",
    "ChecksumUnagreed": "Takes the flag without having agreed to it.",
    "ChecksumScope": "Computes the checksum over the wrong bytes: without the length field, with "
    "the trailer, or over the body only.",
    "ChecksumKind": "Uses CRC-32 (zlib's) for CRC-32C, or the wrong byte order or final XOR.",
    "ChecksumInBody": "Hands the trailer on as the last four bytes of the body.",
    "ChecksumOfSkipped": "Does not check the frames that it skips, though they may be the damage.",
}

ROW: dict[int, tuple[int, str]] = {
    HELLO: (0, "FR-01"), WELCOME: (0, "FR-01"), REQUEST: (META, "FR-01"),
    RESPONSE: (META | SECOND, "FR-01"), ITEM: (META, "FR-01"), END: (META, "FR-01"),
    ERROR: (META | SECOND, "FR-01"), CANCEL: (0, "FR-01"), CREDIT: (0, "FR-01"),
    PING: (0, "FR-01 FR-06"), PONG: (0, "FR-01 FR-06"), GOAWAY: (SECOND, "FR-01"),
}
"""The flags that each type may carry, but for CRC."""

def make() -> Book:
    """All vectors of the file."""
    book = Book("frames", "Frames: cutting a byte stream, and what each type may carry", NOTES)
    _each_type(book)
    _lengths(book)
    _streams_of_frames(book)
    _unknown_types(book)
    _flags(book)
    _reserved(book)
    _pings(book)
    _sides(book)
    frame_checksums.add(book)
    return book


def _each_type(book: Book) -> None:
    for kind, name in NAMES.items():
        frame = sample(kind)
        book.valid(
            f"{name.lower()}", f"A good {name}.", "FR-01 FR-03", frame.bytes, seen(frame),
            notes="SplitReads FieldOrder", max_length=LIMIT,
        )
        allowed, rules = ROW[kind]
        if allowed & META:
            frame = frame._replace(flags=META, payload=META_BLOCK + frame.payload)
            book.valid(
                f"{name.lower()}-metadata", f"{name} with a metadata block.", rules, frame.bytes,
                seen(frame), max_length=LIMIT,
            )
    for name, kind in (("response-replayed", RESPONSE), ("error-not-processed", ERROR),
                       ("goaway-hard", GOAWAY)):
        frame = sample(kind)._replace(flags=SECOND)
        book.valid(
            name, "The type's own flag.", "FR-01", frame.bytes, seen(frame), max_length=LIMIT
        )
    replayed = sample(ERROR)._replace(flags=0x04)
    book.valid(
        "error-replayed", "A kept rejection given again.", "FR-01 IK-03", replayed.bytes,
        seen(replayed), notes="FlagsOfOtherType", max_length=LIMIT,
    )
    for kind in (REQUEST, RESPONSE, ITEM, END):
        frame = Frame(kind, stream=9)
        book.valid(
            f"{NAMES[kind].lower()}-empty", "No body: the message without fields.", "UN-06",
            frame.bytes, seen(frame), notes="LengthOffByFour", max_length=LIMIT,
        )
    highest = Frame(REQUEST, 0, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    book.valid(
        "request-highest", "Each field of REQUEST at its highest.", "FR-01", highest.bytes,
        seen(highest), notes="Unsigned FieldOrder", max_length=LIMIT,
    )


def _lengths(book: Book) -> None:
    request = codec.header(12, REQUEST, stream=1)
    for length in (0, 1, 4, 11):
        short = length.to_bytes(4, "big")
        book.invalid(
            f"length-{length}", f"Length {length}: less than the header's rest.", "FR-02",
            short + request[4:], "frame-too-short", notes="LengthOffByFour", max_length=LIMIT,
        )
    book.invalid(
        "length-11-alone", "Four bytes are enough to refuse it.", "FR-02", bytes([0, 0, 0, 11]),
        "frame-too-short", notes="LengthAwaited", max_length=LIMIT,
    )
    book.valid(
        "length-12", "The shortest frame.", "FR-02", request, seen(Frame(REQUEST, stream=1)),
        notes="LimitOffByOne LengthOffByFour", max_length=12,
    )
    frame = Frame(REQUEST, stream=1, payload=bytes(88))
    book.valid(
        "length-at-limit", "A frame of exactly the limit.", "FR-02", frame.bytes, seen(frame),
        notes="LimitOffByOne", max_length=100,
    )
    for name, length in {
        "length-over-limit": 101, "length-2-to-24": 1 << 24, "length-signed": 0x8000_0000,
        "length-max": 0xFFFF_FFFF,
    }.items():
        data = length.to_bytes(4, "big")
        book.invalid(
            name, f"Length {length:08X}, of which only these four bytes came.", "FR-02", data,
            "frame-too-long", notes="LengthAwaited LengthSigned", max_length=100,
        )
    book.invalid(
        "length-over-limit-header", "One byte over the limit, with a whole header.", "FR-02",
        codec.header(LIMIT + 1, REQUEST, stream=1), "frame-too-long",
        notes="LengthAwaited LimitOffByOne", max_length=LIMIT,
    )
    book.invalid(
        "length-over-hello-limit", "HELLO of 16,385 bytes: before it is awaited.", "HS-04 FR-02",
        codec.header(16_385, HELLO), "frame-too-long", notes="LengthAwaited", max_length=16_384,
    )
    book.incomplete(
        "nothing", "No byte at all.", "FR-03", b"", seen(), max_length=LIMIT
    )
    whole = sample(REQUEST).bytes
    for count in (1, 3, 4, 5, 15, 16, len(whole) - 1):
        book.incomplete(
            f"cut-{count}", f"The first {count} bytes of a REQUEST.", "FR-03", whole[:count],
            seen(rest=count), notes="SplitReads", max_length=LIMIT,
        )
    book.incomplete(
        "at-limit-announced", "A header that announces all that is allowed; nothing is reserved "
        "for it.", "FR-02", codec.header(LIMIT, REQUEST, stream=1), seen(rest=16),
        notes="LengthAwaited", max_length=LIMIT,
    )


def _streams_of_frames(book: Book) -> None:
    all_types = [sample(kind) for kind in NAMES]
    book.valid(
        "all-types", "One frame of each type, one behind the other.", "FR-03",
        b"".join(frame.bytes for frame in all_types), seen(*all_types),
        notes="ManyInOneRead SplitReads", max_length=LIMIT,
    )
    pings = [Frame(PING, payload=bytes([n] * 8)) for n in range(20)]
    book.valid(
        "twenty-pings", "Twenty frames in one segment.", "FR-03",
        b"".join(frame.bytes for frame in pings), seen(*pings), notes="ManyInOneRead",
        max_length=LIMIT,
    )
    first = sample(REQUEST)
    book.incomplete(
        "one-and-a-half", "A frame and half of the next.", "FR-03",
        first.bytes + first.bytes[:10], seen(first, rest=10), notes="SplitReads ManyInOneRead",
        max_length=LIMIT,
    )
    book.invalid(
        "good-then-bad", "A good frame counts, though a violation follows in the same segment.",
        "FR-03 FR-08", first.bytes + bytes([0, 0, 0, 11]), "frame-too-short", seen(first),
        notes="ManyInOneRead", max_length=LIMIT,
    )


def _unknown_types(book: Book) -> None:
    for kind in (0x00, 0x0D, 0x10, 0x7F):
        book.invalid(
            f"type-{kind:02x}", f"Type {kind:02X} is unknown, and may not be skipped.", "FR-04",
            codec.header(12, kind), "unknown-frame-type", notes="UnknownSkipped",
            max_length=LIMIT,
        )
    for kind in (0x80, 0x81, 0xEF, 0xF0, 0xFF):
        data = codec.header(20, kind, 0, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(8)
        book.valid(
            f"type-{kind:02x}", f"Type {kind:02X} is skipped, whatever its fields hold.",
            "FR-04 EX-01",
            data + sample(PING).bytes, seen((kind, 20), sample(PING)),
            notes="UnknownRefused SplitReads", max_length=LIMIT,
        )
    book.valid(
        "type-f3-bare", "A skipped frame without a body.", "FR-04", codec.header(12, 0xF3),
        seen((0xF3, 12)), notes="UnknownRefused", max_length=LIMIT,
    )
    book.valid(
        "type-f4-flags", "What may be skipped may have any flags but CRC.", "FR-04",
        codec.header(12, 0xF4, 0x7F), seen((0xF4, 12)), notes="UnknownRefused", max_length=LIMIT,
    )
    book.incomplete(
        "type-f5-cut", "A skipped frame is one whole frame too.", "FR-03 FR-04",
        codec.header(20, 0xF5) + bytes(7), seen(rest=23), notes="SplitReads", max_length=LIMIT,
    )
    book.invalid(
        "type-f6-too-long", "The limit holds for skipped frames too.", "FR-02 FR-04",
        codec.header(LIMIT + 1, 0xF6), "frame-too-long", notes="LengthAwaited", max_length=LIMIT,
    )


def _flags(book: Book) -> None:
    for kind, name in NAMES.items():
        allowed = ROW[kind][0] | (0x04 if kind == ERROR else 0)
        for bit in (1 << n for n in range(7)):
            if allowed & bit:
                continue
            frame = sample(kind)._replace(flags=bit)
            book.invalid(
                f"{name.lower()}-flag-{bit:02x}", f"{name} has no flag {bit:02X}.", "FR-01",
                frame.bytes, "reserved-flags", notes="FlagsIgnored FlagsOfOtherType",
                max_length=LIMIT,
            )
    hello = sample(REQUEST)._replace(flags=META | 0x40, payload=META_BLOCK)
    book.invalid(
        "request-flags-41", "An undefined flag beside a defined one.", "FR-01", hello.bytes,
        "reserved-flags", notes="FlagsIgnored", max_length=LIMIT,
    )
    book.invalid(
        "reserved-flags-early", "The header is enough to refuse it; the body never comes.",
        "FR-01", codec.header(1000, REQUEST, 0x08, stream=1), "reserved-flags",
        notes="LengthAwaited",
        max_length=LIMIT,
    )


def _reserved(book: Book) -> None:
    wrong: list[tuple[str, Frame]] = []
    for kind in (HELLO, WELCOME):
        wrong += [
            ("a", sample(kind)._replace(a=1)), ("stream", sample(kind)._replace(stream=1)),
            ("b", sample(kind)._replace(b=1)),
        ]
    wrong += [
        ("a", sample(CANCEL)._replace(a=1)), ("b", sample(CANCEL)._replace(b=1)),
        ("body", sample(CANCEL)._replace(payload=b"\0")), ("a", sample(CREDIT)._replace(a=0x8000)),
        ("body", sample(CREDIT)._replace(payload=bytes(4))),
    ]
    for field, frame in wrong:
        name = NAMES[frame.kind]
        what = "body must be empty" if field == "body" else f"`{field}` must be 0"
        book.invalid(
            f"{name.lower()}-{field}", f"{name}'s {what}.", "FR-01", frame.bytes, "reserved-field",
            notes="ReservedIgnored", max_length=LIMIT,
        )


def _pings(book: Book) -> None:
    for kind, name in ((PING, "ping"), (PONG, "pong")):
        good = sample(kind)
        shapes = {
            "stream": good._replace(stream=1), "a": good._replace(a=1), "b": good._replace(b=1),
            "body-0": good._replace(payload=b""), "body-7": good._replace(payload=bytes(7)),
            "body-9": good._replace(payload=bytes(9)),
        }
        for what, frame in shapes.items():
            book.invalid(
                f"{name}-{what}", f"A {name.upper()} of the wrong shape: {what}.", "FR-06",
                frame.bytes, "bad-ping", notes="PingShape", max_length=LIMIT, receiver="server",
            )


def _sides(book: Book) -> None:
    for receiver, kinds in (
        ("server", (WELCOME, RESPONSE, ITEM, END, ERROR)),
        ("client", (HELLO, REQUEST, CANCEL, CREDIT)),
    ):
        for kind in kinds:
            name = NAMES[kind]
            book.invalid(
                f"{name.lower()}-to-{receiver}", f"A {receiver} is never sent {name}.", "FR-05",
                sample(kind).bytes, "unexpected-frame", notes="WrongSide", max_length=LIMIT,
                receiver=receiver,
            )
