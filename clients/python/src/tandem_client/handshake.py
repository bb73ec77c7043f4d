"""What a client may be told, and what it says and takes in the handshake (SPEC.md, section 5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

from .bodies import DICTIONARIES_MAX
from .errors import Violation
from .proto.control.v1 import control_pb2 as control
from .retry import RetryPolicy
from .wire import LENGTH_MAX, METADATA_MAX, Frame, Type

M = TypeVar("M", bound=Message)

METHODS_MAX: Final = 256
HELLO_LENGTH_MAX: Final = 16_384
WELCOME_LENGTH_MAX: Final = 1 << 20


class Role(IntEnum):
    """The port a connection is for (section 1)."""

    COMMAND = 1
    QUERY = 2
    FEED = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may be told. Bytes where no unit is named, seconds for times."""

    timeout: float | None = 10.0
    """What a call may take, retries and connecting included, if it does not say so itself."""
    deadline_grace: float = 0.25
    """Beyond the deadline, for the server's own word on what became of the call (CA-07)."""
    connect_timeout: float = 5.0
    cluster_id: bytes | None = None
    """16 bytes: refuse servers of another cluster."""
    compression: bool = True
    crc32c: bool | None = None
    """Checksums on frames. None: ask for them unless the address is a loopback one (FR-18). They
    are computed in Python here, at some 8 MiB/s; say False where something else protects frames."""
    max_frame: int = 4 << 20
    initial_window: int = 256 << 10
    page_bytes_max: int = 64 << 20
    """What all items of one page may take together, inflated."""
    ping_after: float = 60.0
    dead_after_ping: float = 20.0
    grease: bool = True
    """Send an unknown feature and, now and then, an ignorable frame: keeps servers tolerant."""
    retry: RetryPolicy = RetryPolicy()

    def __post_init__(self) -> None:
        if (not 16 << 10 <= self.max_frame <= LENGTH_MAX
                or not 16 << 10 <= self.initial_window < 1 << 31):
            raise ValueError("max_frame is 16 KiB to 16 MiB, initial_window 16 KiB to 2 GiB")


def make_hello(methods: Sequence[str], options: Options,
               held: Mapping[bytes, bytes]) -> control.Hello:
    """`held` are the dictionaries of the last WELCOME, by SHA-256 (HS-12)."""
    grease = [f"grease-{secrets.token_hex(4)}"] * options.grease  # EX-02
    return control.Hello(
        methods=methods, cluster_id=options.cluster_id, max_frame=options.max_frame,
        initial_window=options.initial_window, client="tandem-client-python/1.0",
        features=["zlib"] * options.compression + ["crc32c"] * bool(options.crc32c) + grease,
        dictionary_sha256=list(held)[:DICTIONARIES_MAX] if options.compression else [])


def read_welcome(frame: Frame, hello: control.Hello) -> control.Welcome:
    """WELCOME with the defaults of its limits filled in. Raises Violation (HS-15, HS-16)."""
    welcome = decoded(frame, control.Welcome)
    if len(welcome.methods) != len(hello.methods):
        raise Violation("WELCOME has not one method for each of HELLO")
    if any(method.known and method.kind not in (control.MethodInfo.UNARY, control.MethodInfo.STREAM)
           for method in welcome.methods):
        raise Violation("WELCOME has a method that is neither UNARY nor STREAM")
    if not set(welcome.features) <= set(hello.features) or welcome.minor > hello.minor:
        raise Violation("WELCOME agrees to a feature or version that HELLO did not offer")
    limits = welcome.limits
    limits.max_frame = min(limits.max_frame or 1 << 20, LENGTH_MAX)
    limits.max_metadata = min(limits.max_metadata or METADATA_MAX, METADATA_MAX)
    limits.max_in_flight = limits.max_in_flight or 1024
    return welcome


def decoded(frame: Frame, kind: type[M]) -> M:
    """The message that is a frame's body. Raises Violation."""
    try:
        return kind.FromString(frame.body)
    except DecodeError as error:
        raise Violation(f"{Type(frame.type).name} does not decode: {error}") from None  # FR-07
