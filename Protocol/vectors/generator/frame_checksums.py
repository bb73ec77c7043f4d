"""The part of frames.json that is about checksums: agreed or not, right or wrong."""

from __future__ import annotations

from zlib import crc32

from . import codec
from .book import Book
from .codec import CANCEL, CRC, HELLO, NAMES, PING, REQUEST, WELCOME, Frame
from .samples import LIMIT, sample, seen


def add(book: Book) -> None:
    """To the vectors of frames.json; the notes are there."""
    for kind, name in NAMES.items():
        _checksum_of(book, kind, name.lower())
    _short_checksums(book)
    _checksum_modes(book)
    _skipped_checksums(book)


def _checksum_of(book: Book, kind: int, name: str) -> None:
    frame = sample(kind).checked()
    book.invalid(
        f"crc-{name}-unagreed", "The flag, where nobody agreed to it.", "FR-16",
        frame.bytes, "reserved-flags", notes="ChecksumUnagreed", max_length=LIMIT, checksum="off",
    )
    if kind in (HELLO, WELCOME):
        return
    book.valid(
        f"crc-{name}", f"A good {name.upper()} with a checksum.", "FR-14", frame.bytes, seen(frame),
        notes="ChecksumKind ChecksumScope ChecksumInBody SplitReads", max_length=LIMIT,
        checksum="required",
    )
    wrong = frame.bytes[:-1] + bytes([frame.bytes[-1] ^ 1])
    book.invalid(
        f"crc-{name}-wrong", "The last bit of the checksum is flipped.", "FR-15", wrong,
        "checksum-wrong", notes="ChecksumSkipped", max_length=LIMIT, checksum="required",
    )
    book.invalid(
        f"crc-{name}-missing", "A frame without a checksum where all have one.", "FR-15",
        sample(kind).bytes, "checksum-missing", notes="ChecksumForgotten", max_length=LIMIT,
        checksum="required",
    )


def _short_checksums(book: Book) -> None:
    for length in (12, 13, 15):
        head = codec.header(length, REQUEST, CRC, stream=1) + bytes(length - 12)
        book.invalid(
            f"crc-length-{length}", "No room for the checksum that the flag announces.",
            "FR-16", head, "frame-too-short", notes="LengthOffByFour", max_length=LIMIT,
            checksum="required",
        )
    bare = Frame(CANCEL, CRC, stream=5)
    book.valid(
        "crc-length-16", "The shortest frame with a checksum: CANCEL's body is still empty.",
        "FR-16 FR-17", bare.bytes, seen(bare), notes="ReservedIgnored ChecksumInBody",
        max_length=16, checksum="required",
    )
    padded = bare._replace(payload=bytes(1))
    book.invalid(
        "crc-cancel-body", "A body of one byte before the checksum.", "FR-01 FR-17", padded.bytes,
        "reserved-field", notes="ReservedIgnored", max_length=LIMIT, checksum="required",
    )
    frame = Frame(REQUEST, CRC, stream=1, payload=bytes(84))
    book.valid(
        "crc-at-limit", "A frame of exactly the limit, trailer included.", "FR-02 FR-17",
        frame.bytes, seen(frame), notes="LimitOffByOne", max_length=100, checksum="required",
    )
    over = Frame(REQUEST, CRC, stream=1, payload=bytes(85))
    book.invalid(
        "crc-over-limit", "The trailer counts: one byte too long.", "FR-02 FR-17", over.bytes[:4],
        "frame-too-long", notes="LimitOffByOne", max_length=100, checksum="required",
    )
    ping = sample(PING).checked()
    book.valid(
        "crc-ping-body", "A PING of eight bytes has twelve behind its header, and is right.",
        "FR-06 FR-17", ping.bytes, seen(ping), notes="PingShape ChecksumInBody", max_length=LIMIT,
        checksum="required", receiver="server",
    )
    for cut in (1, 4):
        book.incomplete(
            f"crc-cut-{cut}", "The trailer is not all there yet.", "FR-03 FR-14", ping.bytes[:-cut],
            seen(rest=len(ping.bytes) - cut), notes="SplitReads", max_length=LIMIT,
            checksum="required",
        )


def _checksum_modes(book: Book) -> None:
    plain, checked = sample(REQUEST), sample(REQUEST).checked()
    book.valid(
        "crc-awaited-plain", "Sent before the client had read WELCOME: without checksums.",
        "FR-14 HS-09", plain.bytes * 2, seen(plain, plain), notes="ChecksumForgotten",
        max_length=LIMIT, checksum="awaited",
    )
    book.valid(
        "crc-awaited-then-checked", "Two without, and from the third on with a checksum.",
        "FR-15", plain.bytes * 2 + checked.bytes * 2, seen(plain, plain, checked, checked),
        notes="SplitReads", max_length=LIMIT, checksum="awaited",
    )
    book.invalid(
        "crc-dropped-again", "A frame without a checksum behind one with.", "FR-15",
        checked.bytes + plain.bytes, "checksum-missing", seen(checked), notes="ChecksumForgotten",
        max_length=LIMIT, checksum="awaited",
    )
    for name, at in {"length": 3, "flags": 5, "stream": 11, "b": 12, "body": 18}.items():
        damaged = bytearray(checked.bytes)
        # A bit whose change leaves the frame whole and its fields allowed.
        damaged[at] ^= {"length": 0x01, "flags": 0x01}.get(name, 0x10)
        data = bytes(damaged) + bytes(1 if name == "length" else 0)
        book.invalid(
            f"crc-damaged-{name}", f"One bit was flipped on the way, in: {name}.", "FR-15", data,
            "checksum-wrong", notes="ChecksumScope ChecksumSkipped", max_length=LIMIT,
            checksum="required",
        )
    good = checked.bytes
    zlib_like = good[:-4] + crc32(good[:-4]).to_bytes(4, "big")
    little = good[:-4] + good[:-5:-1]
    bodied = good[:-4] + codec.crc32c(good[4:-4]).to_bytes(4, "big")
    for name, data in {"crc32": zlib_like, "little-endian": little, "no-length": bodied}.items():
        book.invalid(
            f"crc-kind-{name}", f"Another checksum than the one agreed: {name}.", "FR-15", data,
            "checksum-wrong", notes="ChecksumKind ChecksumScope", max_length=LIMIT,
            checksum="required",
        )


def _skipped_checksums(book: Book) -> None:
    checked = codec.with_checksum(codec.header(20, 0xF1, CRC) + bytes(4))
    book.valid(
        "crc-skipped", "A skipped frame has a checksum too.", "FR-04 FR-17", checked,
        seen((0xF1, 20)), notes="ChecksumOfSkipped", max_length=LIMIT, checksum="required",
    )
    book.invalid(
        "crc-skipped-wrong", "A damaged frame is not skipped: its type may be the damage.",
        "FR-15 FR-17", checked[:-1] + bytes([checked[-1] ^ 0x80]), "checksum-wrong",
        notes="ChecksumOfSkipped", max_length=LIMIT, checksum="required",
    )
    plain = codec.header(12, 0xF1)
    book.invalid(
        "crc-skipped-missing", "A skipped frame without a checksum where all have one.",
        "FR-15 FR-17", plain, "checksum-missing", notes="ChecksumOfSkipped ChecksumForgotten",
        max_length=LIMIT, checksum="required",
    )
    book.invalid(
        "crc-skipped-unagreed", "The flag on a skipped frame, where nobody agreed to it.",
        "FR-16", checked, "reserved-flags", notes="ChecksumUnagreed", max_length=LIMIT,
        checksum="off",
    )
    book.invalid(
        "crc-skipped-counts", "A skipped frame with a checksum ends the time without, too.",
        "FR-15 FR-17", checked + sample(PING).bytes, "checksum-missing", seen((0xF1, 20)),
        notes="ChecksumForgotten", max_length=LIMIT, checksum="awaited",
    )
