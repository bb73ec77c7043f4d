"""A client's side of one connection: the handshake, and frames as wrong as a case wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import messages, wire
from .intake import DEFAULT_WINDOW, MAX_FRAME_MOST, Intake
from .ledger import Call
from .link import Address
from .messages import Message
from .names import MAJOR_VERSION, FrameType, Role, Tag
from .outcome import BadCase, CaseFailure
from .schemas import METHODS, method
from .wire import Entry

MAX_FRAME_LEAST = 16 << 10


class Connection(Intake):
    """Connected, and silent until told otherwise."""

    def __init__(
        self, address: Address, role: str, timeout: float = 10.0, source: str | None = None
    ) -> None:
        if role not in METHODS:
            raise BadCase(f"role {role!r}: use command, query or feed")
        super().__init__(address, timeout, source)
        self.role = role
        self.highest_stream = 0

    # Opening

    def send_preface(self, role: int | None = None, major: int = MAJOR_VERSION) -> None:
        """Sends the preface of this connection's role, or another."""
        self.send_bytes(wire.preface(Role[self.role.upper()] if role is None else role, major))

    def hello_frame(self, hello: Message | None = None) -> bytes:
        """HELLO, and what it says is noted. By default it lists all of METHODS for this port; a
        field given as None is left out."""
        fields: Message = {
            "methods": [known.name for known in METHODS[self.role].values()],
            "client": "tandem-conformance/1",
        }
        fields.update(hello or {})
        fields = {key: value for key, value in fields.items() if value is not None}
        # A case may give a name as bytes, UTF-8 or not; what is no text is called by number only.
        self.methods = [
            name if isinstance(name, str) else bytes(name).decode(errors="replace")
            for name in fields.get("methods", [])
        ]
        self.window = fields.get("initial_window") or DEFAULT_WINDOW
        stated = fields.get("max_frame") or MAX_FRAME_MOST
        self.max_frame = min(max(stated, MAX_FRAME_LEAST), MAX_FRAME_MOST)
        return wire.encode(FrameType.HELLO, body=messages.encode("Hello", fields))

    def send_hello(self, hello: Message | None = None) -> None:
        """Sends HELLO."""
        self.send_bytes(self.hello_frame(hello))

    def read_welcome(self) -> Message:
        """Reads WELCOME, and fails on anything else."""
        frame = self.read_frame("WELCOME")
        if frame.type != FrameType.WELCOME:
            raise CaseFailure("WELCOME", frame.describe())
        self.welcome = self.decode("Welcome", frame)
        for call in self.calls.values():
            call.is_stream = self.is_stream(call.method)
        return self.welcome

    def hello(self, hello: Message | None = None) -> Message:
        """Preface, HELLO, and WELCOME back."""
        self.send_preface()
        self.send_hello(hello)
        return self.read_welcome()

    # Sending

    def send_bytes(
        self, data: bytes, *, reading: bool = True, timeout: float | None = None
    ) -> bool:
        """Sends bytes as they are. False: the server ended the connection meanwhile."""
        return self.link.send(data, reading=reading, timeout=timeout)

    def frame(self, frame_type: int, *, crc: bool | None = None, **fields: Any) -> bytes:
        """The bytes of a frame as this connection would send it; neither sent nor noted. `crc`
        None: with a checksum if that was agreed."""
        return wire.encode(frame_type, crc=self.crc if crc is None else crc, **fields)

    def send_frame(
        self, frame_type: int, *, a: int = 0, stream: int = 0, b: int = 0,
        cut: int | None = None, reading: bool = True, **fields: Any,
    ) -> bytes:
        """Sends a frame, as wrong as the caller wants it (see `frame`), and returns its bytes.
        `cut`: only so many of them (negative: all but so many)."""
        data = self.frame(frame_type, a=a, stream=stream, b=b, **fields)
        self.note_sent(frame_type, a, stream, b)
        self.send_bytes(data if cut is None else data[:cut], reading=reading)
        return data

    def note_sent(self, frame_type: int, a: int, stream: int, b: int) -> None:
        """Notes what a frame that goes out allows to come back."""
        if frame_type == FrameType.REQUEST:
            self.track(stream, a)
        elif frame_type == FrameType.CREDIT and stream in self.calls:
            self.calls[stream].credit += b

    def track(self, stream: int, method_index: int) -> None:
        """Notes that a REQUEST with this stream id goes out."""
        full_name = self.methods[method_index] if method_index < len(self.methods) else ""
        known = method(full_name)
        if stream not in self.calls:
            self.calls[stream] = Call(stream, known, self.is_stream(known), self.window)
        self.highest_stream = max(self.highest_stream, stream)

    def request(
        self,
        method_name: str,
        message: Message | bytes | None = None,
        *,
        stream: int | None = None,
        timeout_ms: int = 0,
        metadata: Sequence[Entry] | None = None,
        key: bytes | None = None,
        at_least: bytes | None = None,
    ) -> int:
        """Sends a REQUEST; returns its stream id, the next one unless given. `message`: the
        fields, or the body's bytes."""
        body = message if isinstance(message, bytes) else _encode_request(method_name, message)
        entries = list(metadata or [])
        if key is not None:
            entries.append((Tag.IDEMPOTENCY_KEY, key))
        if at_least is not None:
            entries.append((Tag.AT_LEAST, at_least))
        number = self.highest_stream + 1 if stream is None else stream
        self.send_frame(
            FrameType.REQUEST,
            a=self.index(method_name),
            stream=number,
            b=timeout_ms,
            metadata=entries if entries or metadata is not None else None,
            body=body,
        )
        return number

    def index(self, method_name: str) -> int:
        """The number of a method on this connection."""
        known = method(method_name)
        full_name = known.name if known is not None else method_name
        if full_name not in self.methods:
            raise BadCase(f"method {method_name!r} is not among those that HELLO listed")
        return self.methods.index(full_name)

    def cancel(self, stream: int) -> None:
        """Sends CANCEL."""
        self.send_frame(FrameType.CANCEL, stream=stream)

    def credit(self, stream: int, count: int) -> None:
        """Sends CREDIT."""
        self.send_frame(FrameType.CREDIT, stream=stream, b=count)

    def ping(self, body: bytes = b"conforms") -> None:
        """Sends PING."""
        self.send_frame(FrameType.PING, body=body)

    def half_close(self) -> None:
        """Ends our direction; answers can still be read."""
        self.link.half_close()

    def close(self, *, reset: bool = False) -> None:
        """Closes the connection."""
        self.link.close(reset=reset)


def _encode_request(method_name: str, message: Message | None) -> bytes:
    known = method(method_name)
    if known is None:
        raise BadCase(f"method {method_name!r} is not in schemas.py: give its body as bytes")
    return messages.encode(known.request, message or {})
