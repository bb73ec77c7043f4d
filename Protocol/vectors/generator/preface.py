"""preface.json: the first eight bytes."""

from __future__ import annotations

from .book import Book
from .codec import COMMAND, FEED, MAGIC, QUERY, preface

NOTES = {
    "MagicCheckedLate": "Waits for all eight bytes before it looks at the first: a peer that sends "
    "one wrong byte and waits holds a connection for the whole handshake time.",
    "MagicPartlyChecked": "Compares some of the magic only, so that it takes a mangled path or "
    "another protocol for its own.",
    "LineEndsRewritten": "CR LF stand in the magic so that a path that rewrites line ends shows.",
    "VersionIgnored": "Speaks to another major version as if it were its own.",
    "RoleIgnored": "Serves a role that this port is not for.",
    "PrefaceOverrun": "Takes the first bytes of HELLO for part of the preface, or loses them.",
}


def make() -> Book:
    """All vectors of the file."""
    book = Book("preface", "The preface: what a server makes of the first bytes", NOTES)
    for name, role in {"command": COMMAND, "query": QUERY, "feed": FEED}.items():
        book.valid(
            f"role-{name}", f"The preface of a {name} connection.", "HS-01 HS-03", preface(role),
            {"major": 1, "role": role, "taken": 8}, port=role,
        )
    book.valid(
        "more-behind", "HELLO's first bytes follow in the same segment.", "HS-01",
        preface(QUERY) + bytes.fromhex("0000000c0100"), {"major": 1, "role": QUERY, "taken": 8},
        notes="PrefaceOverrun", port=QUERY,
    )
    for count in range(8):
        book.incomplete(
            f"first-{count}", f"Only the first {count} bytes.", "HS-01 HS-02",
            preface(QUERY)[:count], {"taken": 0}, port=QUERY,
        )
    for at in range(6):
        wrong = bytearray(MAGIC[: at + 1])
        wrong[at] ^= 0x01
        book.invalid(
            f"wrong-byte-{at}", f"Byte {at} is wrong, and nothing follows it.", "HS-02",
            bytes(wrong), "bad-magic", notes="MagicCheckedLate MagicPartlyChecked", port=QUERY,
        )
    others = {
        "lf-for-crlf": (
            bytes.fromhex("f4544e440a01020000"), "CR LF became LF.", "LineEndsRewritten"),
        "crlf-doubled": (
            bytes.fromhex("f4544e440d0d0a0102"), "LF became CR LF.", "LineEndsRewritten"),
        "http": (b"GET / HTTP/1.1\r\n", "An HTTP request.", "MagicCheckedLate"),
        "http-2": (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "The preface of HTTP/2.", "MagicCheckedLate"),
        "tls": (bytes.fromhex("16030100c8010000"), "A TLS ClientHello.", "MagicCheckedLate"),
        "zeros": (bytes(8), "Eight zero bytes.", "MagicCheckedLate"),
        "frame-first": (
            bytes.fromhex("0000000c01000000"), "HELLO without a preface.", "MagicCheckedLate"),
        "high-bit-lost": (
            bytes.fromhex("74544e440d0a0102"), "A path of seven bits.", "MagicPartlyChecked"),
    }
    for id, (data, comment, notes) in others.items():
        book.invalid(id, comment, "HS-02", data, "bad-magic", notes=notes, port=QUERY)
    for major in (0, 2, 0x7F, 0xFF):
        book.invalid(
            f"major-{major}", f"Major version {major}; the role is not read any more.", "HS-03",
            preface(QUERY, major)[:7], "unsupported-version", notes="VersionIgnored", port=QUERY,
        )
    book.invalid(
        "major-before-role", "Version and role are both wrong: the version comes first.", "HS-03",
        preface(9, 2), "unsupported-version", notes="VersionIgnored", port=QUERY,
    )
    for role in (0, 4, 0x80, 0xFF):
        book.invalid(
            f"role-{role}", f"Role {role} is not known.", "HS-03", preface(role), "unknown-role",
            notes="RoleIgnored", port=QUERY,
        )
    for port, role in ((QUERY, COMMAND), (QUERY, FEED), (COMMAND, QUERY), (FEED, QUERY)):
        book.invalid(
            f"role-{role}-on-{port}", f"Role {role} on the port for role {port}.", "HS-03",
            preface(role), "wrong-role", notes="RoleIgnored", port=port,
        )
    return book
