"""A connection whose bodies are JSON: what a client needs that has no protobuf."""

from __future__ import annotations

import base64
import json
from typing import Any

from . import wire
from .context import Context
from .intake import MAX_FRAME_MOST
from .link import PeerClosed
from .names import Flag, FrameType, Tag, name
from .outcome import CaseFailure
from .wire import Frame

Document = dict[str, Any]


class JSONPeer:
    """Connected, with its handshake done in JSON."""

    def __init__(
        self, context: Context, role: str, methods: list[str], **hello: Any
    ) -> None:
        peer = context.connect(role)
        self.link = peer.link
        self.methods = methods
        self.stream = 0
        peer.send_preface()
        fields = {"features": ["json"], "methods": methods, "client": "tandem-conformance/1"}
        self.send(FrameType.HELLO, body=json.dumps({**fields, **hello}).encode())
        frame = self.read()
        if frame.type != FrameType.WELCOME:
            raise CaseFailure("WELCOME", frame.describe())
        self.welcome = document(frame)

    def send(self, frame_type: FrameType, **fields: Any) -> None:
        """Sends a frame."""
        self.link.send(wire.encode(frame_type, **fields))

    def read(self) -> Frame:
        """The next frame."""
        raw = self.link.read_raw(MAX_FRAME_MOST)
        if raw is None:
            raise PeerClosed("a frame", self.link.ended or "closed")
        return wire.decode(raw)

    def request(self, method: str, body: Document | str | bytes, key: bytes | None = None) -> int:
        """Sends a REQUEST; its stream."""
        self.stream += 1
        text = json.dumps(body) if isinstance(body, dict) else body
        self.send(
            FrameType.REQUEST, a=self.methods.index(method), stream=self.stream,
            metadata=None if key is None else [(Tag.IDEMPOTENCY_KEY, key)],
            body=text if isinstance(text, bytes) else text.encode(),
        )
        return self.stream

    def call(
        self, method: str, body: Document | str | bytes, key: bytes | None = None
    ) -> tuple[Frame, list[Document]]:
        """The final frame of a call, and its items."""
        stream = self.request(method, body, key)
        items: list[Document] = []
        while True:
            frame = self.read()
            if frame.stream != stream:
                raise CaseFailure(f"a frame of stream {stream}", frame.describe())
            if frame.is_final:
                return frame, items
            items.append(document(frame))

    def reply(
        self, method: str, body: Document | str | bytes, key: bytes | None = None
    ) -> Document:
        """The RESPONSE of a unary call."""
        frame, _ = self.call(method, body, key)
        if frame.type != FrameType.RESPONSE:
            raise CaseFailure("RESPONSE", f"{frame.describe()}, {frame.body!r}")
        return document(frame)

    def page(self, method: str, body: Document) -> list[Document]:
        """All items of a list, page by page."""
        items: list[Document] = []
        while True:
            frame, page = self.call(method, body)
            if frame.type != FrameType.END:
                raise CaseFailure("END", f"{frame.describe()}, {frame.body!r}")
            items += page
            cursor = document(frame).get("nextCursor", "")
            if not cursor:
                return items
            base64.b64decode(cursor, validate=True)
            body = {**body, "cursor": cursor}

    def error(self, method: str, body: Document | str | bytes, reason: str) -> Document:
        """The details of the ERROR that has to be the answer."""
        frame, _ = self.call(method, body)
        details = document(frame)
        if frame.type != FrameType.ERROR or details.get("info", {}).get("reason") != reason:
            raise CaseFailure(f"ERROR {reason}", f"{name(FrameType, frame.type)} {details}")
        if reason != "ANSWER_NOT_JSON" and not frame.flags & Flag.NOT_PROCESSED:
            raise CaseFailure("an ERROR with NOT_PROCESSED", frame.describe())
        return details


def document(frame: Frame) -> Document:
    """The JSON object in a frame, which must not be encoded otherwise."""
    if frame.a and frame.type in (FrameType.RESPONSE, FrameType.ITEM):
        raise CaseFailure("encoding 0", frame.describe())
    try:
        value = json.loads(frame.body.decode("utf-8", errors="strict"))
    except ValueError as error:
        raise CaseFailure("a body of JSON", f"{error}: {frame.describe()}") from None
    if not isinstance(value, dict):
        raise CaseFailure("a JSON object", frame.describe())
    return value
