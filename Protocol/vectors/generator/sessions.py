"""sessions.json: whole sessions, both directions."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from . import codec, deflate
from .book import CODES, VIOLATIONS, Book
from .codec import (
    CANCEL, COMMAND, CREDIT, END, ERROR, GOAWAY, HELLO, ITEM, META, NEVER, PING, PONG, QUERY,
    REQUEST, RESPONSE, SECOND, WELCOME, Frame, block, entry, fixed64, lump, number, preface, token,
)
from .dictionaries import OTHER, WORDS
from .samples import seen

NOTES = {
    "Transcript": "A session of SPEC.md or SESSIONS.md, byte for byte.",
    "ChecksumFromWelcome": "Checksums begin behind WELCOME for the server, and for the client with "
    "the first frame after it has read WELCOME.",
    "ChecksumForgotten": "A frame without a checksum behind one with it.",
    "Pipelined": "REQUESTs right behind HELLO, before WELCOME: without checksums.",
    "HeldDictionary": "A dictionary that the client holds is listed without its content.",
    "EncodingOfEachFrame": "Frames of one stream with different encodings.",
    "SkippedFrame": "Frames that may be skipped, in the middle of a session.",
    "Breach": "Goes on after the other side has broken the protocol.",
    "OnlyOneFinal": "A call whose answer crossed its CANCEL has one final frame.",
}

EPOCH = 0x00C0FFEE00C0FFEE
CLUSTER = bytes(range(0xA0, 0xB0))
KEY = bytes.fromhex("5b1fc2097ed44a639c08e1723fb6a5d0")
PACKAGE = "tandem.orders.v1."
REGISTER = PACKAGE + "OrderCommands/RegisterUser"
GET_USER = PACKAGE + "OrderQueries/GetUser"
LIST_USERS = PACKAGE + "OrderQueries/ListUsers"
ADA = lump(2, "ada@example.org") + lump(3, "Ada")
USER = number(1, 1) + ADA + number(4, 1_764_000_000_000_000)

KEYED, READ_ONLY = 2, 1
UNARY, STREAM = 1, 2


class Session:
    """A session as it grows."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    def preface(self, comment: str, role: int) -> None:
        """The client's first bytes."""
        data = preface(role)
        self.steps.append(
            {"from": "client", "comment": comment, "bytes": data.hex(), "preface": role})

    def say(self, side: str, comment: str, *frames: Frame) -> None:
        """Frames in one segment."""
        data = b"".join(frame.bytes for frame in frames)
        self.steps.append(
            {"from": side, "comment": comment, "bytes": data.hex(), **_found(*frames)})

    def skip(self, side: str, comment: str, kind: int, body: bytes, *, checked: bool) -> None:
        """A frame that is skipped."""
        length = 12 + len(body) + (4 if checked else 0)
        data = codec.header(length, kind, codec.CRC if checked else 0) + body
        data = codec.with_checksum(data) if checked else data
        self.steps.append(
            {"from": side, "comment": comment, "bytes": data.hex(),
             "frames": seen((kind, length))["frames"]})

    def breach(self, side: str, comment: str, data: bytes, reason: str) -> None:
        """Bytes that end the session."""
        name = VIOLATIONS[reason]
        self.steps.append(
            {"from": side, "comment": comment, "bytes": data.hex(), "frames": [],
             "violation": {"reason": reason, "code": CODES[name], "name": name}})


def _found(*frames: Frame) -> dict[str, Any]:
    return {"frames": seen(*frames)["frames"]}


def method(kind: int, idempotency: int, max_size: int) -> bytes:
    """A MethodInfo that is known."""
    return number(1, 1) + number(2, kind) + number(3, idempotency) + number(4, max_size)


LIMITS = number(1, 1 << 20) + number(2, 8_192) + number(3, 1_024) + number(4, 16 << 20)


def welcome(
    *methods: bytes, features: tuple[str, ...] = (), dictionaries: tuple[bytes, ...] = (),
    retention_ms: int = 0, server: str = "tandem-server/0.1",
    endpoints: dict[str, str] | None = None,
) -> Frame:
    """WELCOME."""
    body = b"".join(lump(2, name) for name in features) + b"".join(lump(3, m) for m in methods)
    body += b"".join(lump(4, dictionary) for dictionary in dictionaries)
    body += lump(5, LIMITS) + lump(6, CLUSTER) + fixed64(7, EPOCH) + number(8, retention_ms)
    body += lump(9, server)
    for role, place in (endpoints or {}).items():
        body += lump(10, lump(1, role) + lump(2, place))
    return Frame(WELCOME, payload=body)


GET = method(UNARY, READ_ONLY, 65_536)
LIST = method(STREAM, READ_ONLY, 65_536)


def reached(position: int, age: int | None = None) -> bytes:
    """The metadata of an answer."""
    entries = [entry(codec.TOKEN, token(EPOCH, position))]
    if age is not None:
        entries.append(entry(codec.AGE, age.to_bytes(4, "big")))
    return block(*entries)


def keyed(key: bytes) -> bytes:
    """The metadata of a command."""
    return block(entry(codec.IDEMPOTENCY_KEY, key))


def make() -> Book:
    """All vectors of the file."""
    book = Book("sessions", "Sessions: all bytes of a connection, in both directions", NOTES)
    _command(book)
    _queries(book)
    _checked_and_compressed(book)
    _checksums(book)
    _checksums_forgotten(book)
    _dictionaries(book)
    _skipped(book)
    _cancelled(book)
    _breaches(book)
    return book


def _add(
    book: Book, id: str, comment: str, rules: str, notes: str, session: Session, role: int
) -> None:
    book.session(id, comment, rules, notes, {"role": role}, session.steps)


def hello(*fields: bytes) -> Frame:
    """HELLO."""
    return Frame(HELLO, payload=b"".join(fields))


def failed(message: str, reason: str, domain: str = "tandem", **metadata: str) -> bytes:
    """ErrorDetails."""
    info = lump(1, reason) + lump(2, domain)
    for key, value in metadata.items():
        info += lump(3, lump(1, key) + lump(2, value))
    return lump(1, message) + lump(2, info)


def _command(book: Book) -> None:
    s = Session()
    s.preface("Version 1, role command.", COMMAND)
    s.say("client", "HELLO: one method.", hello(lump(3, REGISTER), lump(9, "example/1")))
    s.say("server", "WELCOME.",
          welcome(method(UNARY, KEYED, 1_024_000), retention_ms=86_400_000,
                  endpoints={"feed": "127.0.0.1:7403"}))
    for stream, flags in ((1, META), (2, META | SECOND)):
        s.say("client", "RegisterUser, with its key.",
              Frame(REQUEST, META, 0, stream, 5_000, keyed(KEY) + ADA))
        s.say("server", "UserReply{user_id: 1}; the second time as a replay.",
              Frame(RESPONSE, flags, 0, stream, 0, reached(1) + number(1, 1)))
    _add(book, "command-and-repeat", "SPEC.md: a command, and the same again under its key.",
         "HS-01 HS-04 HS-08 IK-03", "Transcript", s, COMMAND)


def _queries(book: Book) -> None:
    s = Session()
    s.preface("Version 1, role query.", QUERY)
    s.say("client", "HELLO: zlib, two methods, a window.",
          hello(lump(2, "zlib"), lump(3, GET_USER), lump(3, LIST_USERS), number(7, 65_536)))
    s.say("server", "WELCOME.", welcome(GET, LIST, features=("zlib",)))
    s.say("client", "GetUser{user_id: 1}, not before position 1.",
          Frame(REQUEST, META, 0, 1, 2_000,
                block(entry(codec.AT_LEAST, token(EPOCH, 1))) + number(1, 1)))
    s.say("server", "The document.", Frame(RESPONSE, META, 0, 1, 0, reached(1, 12) + USER))
    s.say("client", "ListUsers{page_size: 10}.", Frame(REQUEST, 0, 1, 2, 0, number(1, 10)))
    s.say("server", "One document.", Frame(ITEM, 0, 0, 2, 0, USER))
    s.say("server", "No more.", Frame(END, META, 0, 2, 0, reached(1, 15)))
    s.say("client", "GetUser{user_id: 2}.", Frame(REQUEST, 0, 0, 3, 0, number(1, 2)))
    s.say("server", "NOT_FOUND.",
          Frame(ERROR, META, 5, 3, NEVER, reached(1, 20) + failed(
              "There is no such document among the users.", "NOT_FOUND", collection="users")))
    s.say("client", "PING.", Frame(PING, payload=bytes(range(1, 9))))
    s.say("server", "PONG.", Frame(PONG, payload=bytes(range(1, 9))))
    bye = lump(1, "the server is shutting down")
    s.say("server", "A soft GOAWAY.", Frame(GOAWAY, 0, 0, 3, 30_000, bye))
    s.say("server", "Nothing is open: the hard one.", Frame(GOAWAY, SECOND, 0, 3, 0, bye))
    _add(book, "queries", "SESSIONS.md: queries, PING and the end.",
         "HS-04 HS-08 CS-02 ST-07 DR-01 DR-03 DR-04", "Transcript", s, QUERY)


ORDERS_DICTIONARY = bytes.fromhex(
    "4f6174206d696c6b2c2065787472611801466c61742077686974651801457370726573736f2c20646f75626c65"
    "180140"
) + b"example.org:\x03EUR@"
ORDER_DEFLATED = bytes.fromhex(
    "78f9d135159be360176094e24f4c49449652627"
    "64c49d4603478c40951d4d0f0f3c0c1234dcc5e921ccc420218c632297c61f612e66015e242b65de110b39704"
    "07a710bf3fba1b15d63001003f5d22b1"
)
"""The body of SESSIONS.md's example, as zlib made it."""


def _checked_and_compressed(book: Book) -> None:
    orders = method(STREAM, READ_ONLY, 65_536)
    s = Session()
    s.preface("Version 1, role query.", QUERY)
    s.say("client", "HELLO: zlib, checksums, grease; one method; a window.",
          hello(lump(2, "zlib"), lump(2, "crc32c"), lump(2, "grease-5e"),
                lump(3, PACKAGE + "OrderQueries/ListUserOrders"), number(7, 65_536)))
    offered = lump(1, sha256(ORDERS_DICTIONARY).digest()) + lump(2, ORDERS_DICTIONARY)
    s.say("server", "WELCOME: both agreed, one dictionary. No checksum yet.",
          welcome(orders, features=("zlib", "crc32c"), dictionaries=(offered,)))
    staleness = block(entry(codec.MAX_STALENESS, (2_000).to_bytes(4, "big")))
    s.say("client", "ListUserOrders{user_id: 1, page_size: 20}.",
          Frame(REQUEST, META, 0, 1, 2_000, staleness + number(1, 1) + number(3, 20)).checked())
    s.say("server", "One document of 119 bytes, with the dictionary.",
          Frame(ITEM, 0, 2, 1, 119, ORDER_DEFLATED).checked())
    s.say("server", "END.", Frame(END, META, 0, 1, 0, reached(9, 31)).checked())
    s.skip("client", "A frame that is skipped.", 0xF3, bytes.fromhex("5e005e"), checked=True)
    s.say("client", "PING.", Frame(PING, payload=bytes(range(1, 9))).checked())
    s.say("server", "PONG.", Frame(PONG, payload=bytes(range(1, 9))).checked())
    _add(book, "checksums-and-dictionary", "SESSIONS.md: checksums, and a dictionary.",
         "FR-14 FR-15 FR-17 CO-03 CO-05 EX-02 CS-08", "Transcript", s, QUERY)


def _checksums(book: Book) -> None:
    s = Session()
    s.preface("Version 1, role query.", QUERY)
    s.say("client", "HELLO asks for checksums; a REQUEST right behind it goes without.",
          hello(lump(2, "crc32c"), lump(3, GET_USER), lump(3, LIST_USERS)),
          Frame(REQUEST, 0, 0, 1, 0, number(1, 1)))
    s.say("server", "WELCOME agrees, and goes without.", welcome(GET, LIST, features=("crc32c",)))
    s.say("server", "From here on the server's frames have checksums.",
          Frame(RESPONSE, META, 0, 1, 0, reached(1, 12) + USER).checked())
    s.say("client", "WELCOME was read: so have the client's. CREDIT stays without a body.",
          Frame(REQUEST, 0, 1, 2, 0, number(1, 10)).checked(),
          Frame(CREDIT, stream=2, b=4_096).checked())
    s.skip("client", "A frame that is skipped has one too.", 0xF3, b"grease", checked=True)
    s.say("server", "The trailer counts for the stream's credit.",
          Frame(ITEM, 0, 0, 2, 0, USER).checked(),
          Frame(END, META, 0, 2, 0, reached(1, 15)).checked())
    s.say("client", "PING: eight bytes and the trailer.",
          Frame(PING, payload=b"pingpong").checked())
    s.say("server", "PONG has a checksum of its own.", Frame(PONG, payload=b"pingpong").checked())
    s.say("client", "CANCEL of what has ended is ignored.", Frame(CANCEL, stream=2).checked())
    s.say("server", "The end.",
          Frame(GOAWAY, SECOND, 0, 2, 0, lump(1, "the server is shutting down")).checked())
    _add(book, "checksums", "A session with checksums, begun with a REQUEST before WELCOME.",
         "FR-14 FR-15 FR-17 HS-09", "ChecksumFromWelcome Pipelined SkippedFrame", s, QUERY)


def _checksums_forgotten(book: Book) -> None:
    for side in ("client", "server"):
        s = Session()
        s.preface("Version 1, role query.", QUERY)
        s.say("client", "HELLO.", hello(lump(2, "crc32c"), lump(3, GET_USER)))
        s.say("server", "WELCOME.", welcome(GET, features=("crc32c",)))
        if side == "client":
            s.say("client", "With a checksum.",
                  Frame(REQUEST, 0, 0, 1, 0, number(1, 1)).checked())
            s.breach("client", "Without one.", Frame(REQUEST, 0, 0, 2, 0, number(1, 1)).bytes,
                     "checksum-missing")
        else:
            s.say("client", "Without a checksum: sent before WELCOME was read.",
                  Frame(REQUEST, 0, 0, 1, 0, number(1, 1)))
            s.breach("server", "The server's first frame after WELCOME, without one.",
                     Frame(RESPONSE, META, 0, 1, 0, reached(1, 12) + USER).bytes,
                     "checksum-missing")
        _add(book, f"checksum-forgotten-by-{side}", f"The {side} leaves out a checksum.", "FR-15",
             "ChecksumForgotten ChecksumFromWelcome", s, QUERY)


def _dictionaries(book: Book) -> None:
    first, second = sha256(WORDS).digest(), sha256(OTHER).digest()
    raw = b'{"order_id":1,"user_id":1,"status":"PLACED","currency":"USD","lines":[]}'
    bodies = {
        0: raw, 1: deflate.zlib(deflate.fixed(raw), raw),
        2: deflate.zlib(deflate.fixed(raw, WORDS), raw, WORDS),
        3: deflate.zlib(deflate.fixed(raw, OTHER), raw, OTHER),
    }
    for id, comment, held, offered, notes in (
        ("encodings", "Items in four encodings.", b"",
         lump(1, first) + lump(2, WORDS), "EncodingOfEachFrame"),
        ("dictionaries", "A held and a sent dictionary, and items in four encodings.",
         lump(8, first), lump(1, first), "HeldDictionary EncodingOfEachFrame"),
    ):
        s = Session()
        s.preface("Version 1, role query.", QUERY)
        s.say("client", "HELLO: zlib, and the dictionary that it holds, if any.",
              hello(lump(2, "zlib"), lump(3, LIST_USERS), held))
        s.say("server", "WELCOME: two dictionaries; one that the client holds has no content.",
              welcome(LIST, features=("zlib",),
                      dictionaries=(offered, lump(1, second) + lump(2, OTHER))))
        s.say("client", "A page.", Frame(REQUEST, 0, 0, 1, 0, number(1, 10)))
        s.say("server", "The same document in each of the connection's encodings.",
              *[Frame(ITEM, 0, encoding, 1, len(raw) if encoding else 0, body)
                for encoding, body in bodies.items()],
              Frame(END, META, 0, 1, 0, reached(9, 3)))
        _add(book, id, comment, "HS-12 CO-03 CO-05 CO-06", notes, s, QUERY)


def _skipped(book: Book) -> None:
    s = Session()
    s.preface("Version 1, role query.", QUERY)
    s.say("client", "HELLO with a feature that is none.",
          hello(lump(2, "grease-2b"), lump(3, GET_USER)))
    s.say("server", "WELCOME does not answer it.", welcome(GET))
    s.skip("client", "A frame of a type that is never assigned.", 0xF0, b"", checked=False)
    s.say("client", "GetUser.", Frame(REQUEST, 0, 0, 1, 0, number(1, 1)))
    s.skip("server", "The server may send one too.", 0xFF, bytes(16), checked=False)
    s.say("server", "The document.", Frame(RESPONSE, META, 0, 1, 0, reached(1, 12) + USER))
    _add(book, "skipped-frames", "Features and frames that mean nothing.", "EX-01 EX-02 FR-04",
         "SkippedFrame", s, QUERY)


def _cancelled(book: Book) -> None:
    s = Session()
    s.preface("Version 1, role query.", QUERY)
    s.say("client", "HELLO: a window of 100 bytes.",
          hello(lump(3, GET_USER), lump(3, LIST_USERS), number(7, 100)))
    s.say("server", "WELCOME.", welcome(GET, LIST))
    s.say("client", "A page, and a document; ids may have gaps.",
          Frame(REQUEST, 0, 1, 5, 0, number(1, 10)), Frame(REQUEST, 0, 0, 9, 0, number(1, 1)))
    s.say("server", "An ITEM, and the answer to the later call first.",
          Frame(ITEM, 0, 0, 5, 0, USER), Frame(RESPONSE, META, 0, 9, 0, reached(1, 12) + USER))
    s.say("client", "Credit, and then the caller gives up.", Frame(CREDIT, stream=5, b=1_024),
          Frame(CANCEL, stream=5))
    s.say("server", "What was on its way, and the one final frame.", Frame(ITEM, 0, 0, 5, 0, USER),
          Frame(ERROR, 0, 1, 5, 0, failed("The client cancelled the call.", "CANCELLED")))
    s.say("client", "A CANCEL that comes too late is ignored.", Frame(CANCEL, stream=9))
    _add(book, "cancelled", "A page that is cancelled, and a call that overtakes it.",
         "CA-01 CA-03 UN-01 UN-04 ID-01", "OnlyOneFinal", s, QUERY)


def _breaches(book: Book) -> None:
    request = Frame(REQUEST, 0, 0, 1, 0, number(1, 1))
    answer = Frame(RESPONSE, META, 0, 1, 0, reached(1, 12) + USER)
    item = Frame(ITEM, 0, 0, 1, 0, USER)
    greeting = hello(lump(3, GET_USER))
    cases: dict[str, tuple[str, str, list[Frame], list[Frame], str, Frame, str]] = {
        # comment, rules, before WELCOME, behind it, side, the offending frame, reason
        "second-hello": ("HELLO twice.", "HS-04 FR-05", [greeting], [], "client", greeting,
                         "unexpected-frame"),
        "request-first": ("REQUEST before HELLO.", "HS-04 FR-05", [], [], "client", request,
                          "unexpected-frame"),
        "id-zero": ("Stream 0.", "ID-01", [greeting], [], "client", request._replace(stream=0),
                    "bad-stream-id"),
        "id-again": ("A stream id that was used.", "ID-01", [greeting], [request, answer],
                     "client", request, "bad-stream-id"),
        "id-back": ("A stream id below the last.", "ID-01", [greeting],
                    [request._replace(stream=9)], "client", request._replace(stream=8),
                    "bad-stream-id"),
        "cancel-unopened": ("CANCEL above the last id.", "ID-03", [greeting], [request], "client",
                            Frame(CANCEL, stream=2), "unopened-stream"),
        "cancel-zero": ("CANCEL of stream 0.", "ID-03", [greeting], [request], "client",
                        Frame(CANCEL), "unopened-stream"),
        "credit-unopened": ("CREDIT above the last id.", "ID-03", [greeting], [request], "client",
                            Frame(CREDIT, stream=2, b=5_000), "unopened-stream"),
        "credit-zero": ("CREDIT of no bytes.", "ST-03", [greeting],
                        [request._replace(a=1)], "client", Frame(CREDIT, stream=1),
                        "zero-credit"),
        "credit-overflow": ("CREDIT beyond 2^31 - 1.", "ST-03", [greeting],
                            [request._replace(a=1)], "client",
                            Frame(CREDIT, stream=1, b=(1 << 31) - 1), "credit-overflow"),
        "credit-unary": ("CREDIT for an open unary call.", "ST-03", [greeting], [request],
                         "client", Frame(CREDIT, stream=1, b=5_000), "credit-on-unary"),
        "answer-twice": ("A second final.", "UN-05", [greeting], [request, answer], "server",
                         answer, "unopened-stream"),
        "answer-unopened": ("An answer that nobody asked for.", "UN-05", [greeting], [request],
                            "server", answer._replace(stream=2), "unopened-stream"),
        "item-on-unary": ("An ITEM on a unary call.", "UN-05", [greeting], [request], "server",
                          item, "unexpected-frame"),
        "response-on-stream": ("A RESPONSE on a stream.", "UN-05", [greeting],
                               [request._replace(a=1)], "server", answer, "unexpected-frame"),
        "second-welcome": ("WELCOME twice.", "HS-08", [greeting], [], "server", welcome(GET, LIST),
                           "unexpected-frame"),
        "answer-before-welcome": ("An answer before WELCOME.", "HS-08", [greeting, request], [],
                                  "server", answer, "unexpected-frame"),
    }
    for id, (comment, rules, before, behind, side, frame, reason) in cases.items():
        s = Session()
        s.preface("Version 1, role query.", QUERY)
        full = hello(lump(3, GET_USER), lump(3, LIST_USERS))
        before = [full if sent is greeting else sent for sent in before]
        for sent in before:
            s.say("client", "Before WELCOME.", sent)
        if full in before and id != "answer-before-welcome":
            s.say("server", "WELCOME.", welcome(GET, LIST))
        for sent in behind:
            s.say("client" if sent.kind == REQUEST else "server", "So far so good.", sent)
        s.breach(side, comment, frame.bytes, reason)
        _add(book, f"breach-{id}", comment, rules, "Breach", s, QUERY)
