"""Compressed answers: encodings as agreed, dictionaries as told, the same bytes for everybody.

The server trains a dictionary when a collection has grown to about a thousand documents, so the
first of these procedures fills it, once for each server that is tested.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from ..context import Context
from ..messages import Message
from ..names import FrameType
from ..outcome import CaseFailure, CaseSkipped
from ..peer import Peer
from ..wire import Frame
from . import shop

FILL_COUNT = 1_200
BEHIND_COUNT = 20
DICTIONARY_BYTES_MOST = 32_768
WORDS = ("packed", "in", "a", "box", "with", "label", "that", "tells", "weight", "origin",
         "blue", "green", "glass", "oak", "steel", "small", "large", "round")  # fmt: skip


@dataclass
class Filled:
    """What the server was filled with. Documents are named by method and id."""

    token: bytes
    repetitive: list[tuple[str, int]]
    small: list[tuple[str, int]]
    behind: list[int]
    early_dictionaries: int
    early_frames: list[Frame] = field(default_factory=list)

    @property
    def all(self) -> list[tuple[str, int]]:
        """All documents that are known by name."""
        return self.repetitive + self.small + [("GetProduct", number) for number in self.behind]


_FILLED: dict[bytes, Filled] = {}


def not_offered(context: Context) -> None:
    """Without zlib: no feature, no dictionary, encoding 0 always; the documents are the same."""
    filled = _filled(context)
    reader = context.open("query", "zlib", features=["zlib"])
    hashes = [entry["sha256"] for entry in _welcome(reader)["dictionaries"]]
    for named in ([], hashes):
        peer = context.open("query", "plain", features=[], dictionary_sha256=named)
        welcome = _welcome(peer)
        if welcome["features"] or welcome["dictionaries"]:
            raise CaseFailure("neither features nor dictionaries in WELCOME", f"{welcome}")
        for method, number in filled.all:
            frame = _get(peer, method, number, filled)
            _expect_encoding(frame, frame.a == 0)
            if frame.body != reader.body(_get(reader, method, number, filled)):
                raise CaseFailure(f"{method} {number} the same with zlib and without", f"{frame}")


def plain(context: Context) -> None:
    """Encoding 1: a zlib stream without a dictionary."""
    filled = _filled(context)
    peer = context.open("query", features=["zlib"])
    other = context.open("query", "plain")
    found = 0
    for method, number in filled.repetitive:
        frame = _get(peer, method, number, filled)
        if frame.a != 1:
            continue
        found += 1
        if peer.body(frame) != _get(other, method, number, filled).body:
            raise CaseFailure(f"{method} {number} to inflate to the document", frame.describe())
    if not found:
        raise CaseSkipped("every collection of this server has a dictionary already")


def with_dictionary(context: Context) -> dict[str, int]:
    """Encoding 2 + n: a zlib stream with dictionary n of WELCOME, by RESPONSE and by ITEM."""
    filled = _filled(context)
    peer = context.open("query", features=["zlib"])
    other = context.open("query", "plain")
    dictionaries = _welcome(peer)["dictionaries"]
    if not dictionaries:
        raise CaseSkipped(f"the server trained no dictionary on {FILL_COUNT} documents")
    _check_dictionaries(dictionaries)
    bodies: dict[int, Frame] = {}
    for number in filled.behind:
        frame = _get(peer, "GetProduct", number, filled)
        if frame.a < 2:
            continue
        bodies[number] = frame
        if peer.body(frame) != _get(other, "GetProduct", number, filled).body:
            raise CaseFailure(f"product {number} to inflate to the document", frame.describe())
    if not bodies:
        raise CaseFailure("new documents with the dictionary that was trained", "none of 20")
    _check_items(peer, filled, bodies)
    return {"dictionaries": len(dictionaries), "documents": len(bodies)}


def unknown_hashes(context: Context) -> None:
    """Hashes that the server does not know, in any size: as if they were not named."""
    filled = _filled(context)
    usual = _welcome(context.open("query", "usual", features=["zlib"]))["dictionaries"]
    unknown = [context.random.randbytes(size) for size in (32, 32, 5, 33)] + [b""]
    peer = context.open("query", features=["zlib"], dictionary_sha256=unknown)
    listed = _welcome(peer)["dictionaries"]
    if listed != usual:
        raise CaseFailure("the same dictionaries, all with content", f"{_outline(listed)}")
    for method, number in filled.all:
        peer.body(_get(peer, method, number, filled))


def held_hashes(context: Context) -> None:
    """Dictionaries that HELLO names are listed without content, under the same encoding id; the
    others have theirs."""
    filled = _filled(context)
    usual = _welcome(context.open("query", "usual", features=["zlib"]))["dictionaries"]
    if not usual:
        raise CaseSkipped(f"the server trained no dictionary on {FILL_COUNT} documents")
    contents = {entry["sha256"]: entry["content"] for entry in usual}
    hashes = list(contents)
    for held in (hashes, hashes[:1], list(reversed(hashes)) + [bytes(32)]):
        peer = context.open("query", features=["zlib"], dictionary_sha256=held)
        listed = _welcome(peer)["dictionaries"]
        if [entry["sha256"] for entry in listed] != hashes:
            raise CaseFailure("the same dictionaries in the same order", f"{_outline(listed)}")
        for entry in listed:
            if ("content" in entry) == (entry["sha256"] in held):
                raise CaseFailure("content just where HELLO named none", f"{_outline(listed)}")
            entry["content"] = contents[entry["sha256"]]
        for method, number in filled.all:
            peer.body(_get(peer, method, number, filled))


def small_documents(context: Context) -> None:
    """Documents that are too small to gain are sent as they are, on any connection."""
    filled = _filled(context)
    peer = context.open("query", features=["zlib"])
    for method, number in filled.small:
        frame = _get(peer, method, number, filled)
        _expect_encoding(frame, frame.a == 0)


def passed_through(context: Context) -> None:
    """The same bytes on each connection that agreed on the encoding, whatever it held before."""
    filled = _filled(context)
    first = context.open("query", "first", features=["zlib"])
    hashes = [entry["sha256"] for entry in _welcome(first)["dictionaries"]]
    others = [
        context.open("query", "second", features=["zlib"]),
        context.open("query", "holder", features=["zlib"], dictionary_sha256=hashes),
        context.open("query", "checked", features=["crc32c", "zlib"]),
    ]
    encoded = 0
    for method, number in filled.all:
        frame = _get(first, method, number, filled)
        encoded += frame.a != 0
        for other in others:
            again = _get(other, method, number, filled)
            if (again.a, again.b, again.body) != (frame.a, frame.b, frame.body):
                raise CaseFailure(f"the same bytes, {frame.describe()}", again.describe())
    if not encoded:
        raise CaseSkipped("the server compresses none of its documents")


def dictionary_too_new(context: Context) -> None:
    """A connection from before a dictionary gets what is stored under it as encoding 0."""
    filled = _filled(context)
    now = len(_welcome(context.open("query", features=["zlib"]))["dictionaries"])
    if now <= filled.early_dictionaries:
        raise CaseSkipped("no dictionary was trained while the server was filled")
    peer = context.open("query", "plain")
    for number, frame in zip(filled.behind, filled.early_frames, strict=True):
        _expect_encoding(frame, frame.a <= 1 + filled.early_dictionaries)
        if frame.a == 0 and frame.body != _get(peer, "GetProduct", number, filled).body:
            raise CaseFailure(f"product {number} as it is", frame.describe())
    if all(frame.a for frame in filled.early_frames):
        raise CaseFailure("documents of the new dictionary as encoding 0", "none")


def _filled(context: Context) -> Filled:
    """Fills the server, once."""
    writer = context.open("command", "writer")
    welcome = _welcome(writer)
    key = welcome["cluster_id"] + welcome["log_epoch"].to_bytes(8, "big")
    if key not in _FILLED:
        _FILLED[key] = _fill(context, writer)
    writer.close()
    return _FILLED[key]


def _fill(context: Context, writer: Peer) -> Filled:
    early = context.open("query", "early", features=["zlib"])
    word = shop.unique(context)
    user, _ = shop.succeed(
        writer,
        "RegisterUser",
        {"email": f"{word}@example.org", "name": "ab" * 90},
        context.key(),
    )
    lines = [{"quantity": 1, "price_minor": 7, "description": "deposit " * 20}] * 20
    order, _ = shop.succeed(
        writer,
        "PlaceOrder",
        {"user_id": user["user_id"], "lines": lines, "currency": "EUR"},
        context.key(),
    )
    twins, _ = shop.succeed(writer, "AddProduct", _product("cd" * 90, 1), context.key())
    small, _ = shop.succeed(writer, "AddProduct", _product("x", 2), context.key())
    shop.succeed_all(context, "AddProduct", [_varied(context) for _ in range(FILL_COUNT)])
    # The training is between two batches of the projection: what comes next is behind it.
    _, token = shop.succeed(writer, "AddProduct", _varied(context), context.key())
    early.expect_items(early.request("ListProducts", {"page_size": 1}, at_least=token))
    behind = []
    for _ in range(BEHIND_COUNT):
        reply, token = shop.succeed(writer, "AddProduct", _varied(context), context.key())
        behind.append(reply["product_id"])
    filled = Filled(
        token=token,
        repetitive=[
            ("GetProduct", twins["product_id"]),
            ("GetOrder", order["order_id"]),
            ("GetUser", user["user_id"]),
        ],
        small=[("GetProduct", small["product_id"])],
        behind=behind,
        early_dictionaries=len(_welcome(early)["dictionaries"]),
    )
    filled.early_frames = [_get(early, "GetProduct", number, filled) for number in behind]
    return filled


def _product(name: str, price: int) -> Message:
    return {"name": name, "price_minor": price, "currency": "EUR"}


def _varied(context: Context) -> Message:
    """A product of about 120 bytes, made of words that all of them share."""
    words = [context.random.choice(WORDS) for _ in range(14)]
    return _product(f"Conformance product {' '.join(words)}"[:200], context.random.randrange(9_999))


def _welcome(peer: Peer) -> dict[str, Any]:
    assert peer.welcome is not None  # Each connection here has had its handshake.
    return peer.welcome


def _get(peer: Peer, method: str, number: int, filled: Filled) -> Frame:
    names = {"GetProduct": "product_id", "GetOrder": "order_id", "GetUser": "user_id"}
    stream = peer.request(method, {names[method]: number}, at_least=filled.token)
    return peer.expect_type(stream, FrameType.RESPONSE)


def _expect_encoding(frame: Frame, is_right: bool) -> None:
    if not is_right or frame.a == 0 and frame.b:
        raise CaseFailure("encoding 0, and b 0", frame.describe())


def _check_dictionaries(dictionaries: list[Message]) -> None:
    for entry in dictionaries:
        content = entry.get("content", b"")
        if not 0 < len(content) <= DICTIONARY_BYTES_MOST:
            raise CaseFailure("a dictionary of 1 to 32,768 bytes", f"{len(content)}")
        if hashlib.sha256(content).digest() != entry["sha256"]:
            raise CaseFailure("a dictionary with the SHA-256 it is listed under", _outline([entry]))
    if len({entry["sha256"] for entry in dictionaries}) != len(dictionaries):
        raise CaseFailure("each dictionary once", _outline(dictionaries))


def _check_items(peer: Peer, filled: Filled, bodies: dict[int, Frame]) -> None:
    """ITEMs have the same bytes as RESPONSEs."""
    seen = 0
    cursor = b""
    while True:
        stream = peer.request(
            "ListProducts", {"page_size": 1_000, "cursor": cursor}, at_least=filled.token
        )
        end = peer.expect_type(stream, FrameType.END)
        for item in peer.calls[stream].items:
            number = peer.message(item)["product_id"]
            if number in bodies:
                seen += 1
                if (item.a, item.b, item.body) != (
                    bodies[number].a,
                    bodies[number].b,
                    bodies[number].body,
                ):
                    raise CaseFailure(f"as RESPONSE {bodies[number].describe()}", item.describe())
        cursor = peer.end(end)["next_cursor"]
        if not cursor:
            break
    if seen != len(bodies):
        raise CaseFailure(f"{len(bodies)} of the products listed", f"{seen}")


def _outline(dictionaries: list[Message]) -> str:
    return ", ".join(
        f"{entry['sha256'].hex()[:16]} {len(entry['content']) if 'content' in entry else 'held'}"
        for entry in dictionaries
    )
