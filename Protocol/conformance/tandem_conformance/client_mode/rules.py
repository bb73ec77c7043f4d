"""What every frame of a client must obey, whatever the case is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..names import Flag, FrameType, Tag, type_name
from ..outcome import CaseFailure
from ..wire import Frame

if TYPE_CHECKING:
    from .connection import Connection

FLAGS_ALLOWED: dict[int, int] = {
    FrameType.HELLO: 0, FrameType.REQUEST: Flag.META, FrameType.CANCEL: 0, FrameType.CREDIT: 0,
    FrameType.PING: 0, FrameType.PONG: 0, FrameType.GOAWAY: Flag.HARD,
}
CREDIT_MAX = 2**31 - 1
TAG_SIZES: dict[int, int] = {Tag.IDEMPOTENCY_KEY: 16, Tag.AT_LEAST: 16, Tag.MAX_STALENESS: 4}


def require(holds: bool, rule: str, text: str) -> None:
    if not holds:
        raise CaseFailure(f"[{rule}] {text}")


def check_header(frame: Frame, crc_agreed: bool) -> None:
    """Type, flags and the fields that must be 0."""
    kind = frame.type
    if kind >= 0x80:
        return
    require(kind in tuple(FrameType), "FR-04", f"the client sent {type_name(kind)}")
    require(kind in FLAGS_ALLOWED, "FR-05", f"the client sent {frame}, which is the server's")
    crc = Flag.CRC if crc_agreed and kind != FrameType.HELLO else 0
    extra = frame.flags & ~(FLAGS_ALLOWED[kind] | crc)
    require(not extra, "FR-01", f"the client sent {frame} with the undefined flags {extra:02X}")
    zero: dict[int, dict[str, int]] = {
        FrameType.HELLO: {"a": frame.a, "stream": frame.stream, "b": frame.b},
        FrameType.CANCEL: {"a": frame.a, "b": frame.b, "body": len(frame.body)},
        FrameType.CREDIT: {"a": frame.a, "body": len(frame.body)},
        FrameType.PING: {"a": frame.a, "stream": frame.stream, "b": frame.b},
        FrameType.PONG: {"a": frame.a, "stream": frame.stream, "b": frame.b},
        FrameType.GOAWAY: {"stream": frame.stream, "b": frame.b},
    }
    rule = "DR-09" if kind == FrameType.GOAWAY else "FR-01"
    for field, value in zero.get(kind, {}).items():
        require(not value, rule, f"the client sent {frame} with {field} = {value}, not 0")
    if kind in (FrameType.PING, FrameType.PONG):
        require(len(frame.body) == 8, "FR-06", f"{frame} with {len(frame.body)} bytes, not 8")


def check_metadata(frame: Frame, most: int) -> None:
    """Tags known, none twice, sizes right, all within WELCOME's bound."""
    seen: set[int] = set()
    size = sum(3 + len(value) for _, value in frame.metadata)
    require(size <= most, "UN-17", f"{size} bytes of metadata; WELCOME allows {most}")
    for tag, value in frame.metadata:
        require(
            tag in tuple(Tag) or tag >= 0x80, "FR-12", f"the client sent metadata tag {tag:02X}"
        )
        if tag not in (Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY):
            require(tag not in seen, "FR-11", f"metadata tag {tag:02X} stands twice")
        seen.add(tag)
        size = TAG_SIZES.get(tag, len(value))
        require(
            len(value) == size, "FR-13", f"tag {tag:02X} has {len(value)} bytes, not {size}"
        )


def check_request(connection: Connection, frame: Frame) -> None:
    """Stream id, method, size and slots. Limits bind once WELCOME was sent."""
    require(frame.stream != 0, "ID-01", "the client used stream id 0")
    require(
        frame.stream > connection.last_stream,
        "ID-01",
        f"the client used stream id {frame.stream} after {connection.last_stream}",
    )
    require(
        frame.a < len(connection.methods),
        "HS-10",
        f"the client called method {frame.a}, but listed {len(connection.methods)}",
    )
    limits = connection.limits
    require(
        frame.length <= limits["max_frame"],
        "UN-17",
        f"a REQUEST of length {frame.length}; WELCOME allows {limits['max_frame']}",
    )
    require(
        len(connection.open) < limits["max_in_flight"],
        "UN-16",
        f"the client has {len(connection.open)} calls open and sent one more REQUEST; WELCOME"
        f" allows {limits['max_in_flight']}",
    )


def check_credit(connection: Connection, frame: Frame) -> None:
    """CREDIT: for a stream that was opened, above 0, and never beyond 2^31 - 1 in sum."""
    check_stream_known(connection, frame)
    require(frame.b > 0, "ST-03", f"the client sent CREDIT 0 on stream {frame.stream}")
    call = connection.open.get(frame.stream)
    if call is None:
        return
    require(call.is_stream, "ST-03", f"CREDIT for the unary call on stream {frame.stream}")
    require(
        call.credit + frame.b <= CREDIT_MAX,
        "ST-03",
        f"CREDIT {frame.b} brings stream {frame.stream} to {call.credit + frame.b} bytes",
    )


def check_stream_known(connection: Connection, frame: Frame) -> None:
    require(
        0 < frame.stream <= connection.last_stream,
        "ID-03",
        f"{frame}, but the highest stream id used is {connection.last_stream}",
    )
