"""HELLO, and what a WELCOME must be to be believed (SPEC.md, section 5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from .errors import ClientError, Code, protocol_error
from .frames import LENGTH_MAX, MAGIC, Frame, Type, encode
from .inflate import read_dictionaries
from .metadata import ENTRIES_MAX
from .options import Options, Role
from .proto.control.v1 import control_pb2 as control

MAJOR: Final = 1
MINOR: Final = 0
METHODS_MAX: Final = 256
HELLO_LENGTH_MAX: Final = 16_384
IN_FLIGHT_MAX: Final = 1024
_KINDS: Final = (control.MethodInfo.UNARY, control.MethodInfo.STREAM)


@dataclass(frozen=True, slots=True)
class Settled:
    """What the handshake settled; it never changes afterwards (HS-11)."""

    methods: tuple[control.MethodInfo, ...]
    crc: bool
    compression: bool
    dictionaries: dict[bytes, bytes]
    """By SHA-256, in WELCOME's order: the n-th one is encoding 2 + n."""
    frame_max: int
    metadata_max: int
    in_flight_max: int
    key_retention_ms: int
    cluster_id: bytes
    log_epoch: int
    server: str


def make_hello(methods: Sequence[str], options: Options,
               held: Mapping[bytes, bytes]) -> control.Hello:
    """`held` are the dictionaries of the last WELCOME, by SHA-256 (HS-12)."""
    grease = [f"grease-{secrets.token_hex(4)}"] * options.grease
    message = control.Hello(
        minor=MINOR, methods=methods, max_frame=options.max_frame, client=options.client_name,
        features=["zlib"] * options.compression + ["crc32c"] * bool(options.crc32c) + grease,
        initial_window=options.initial_window,
        dictionary_sha256=list(held) if options.compression else [],
    )
    if options.cluster_id is not None:
        message.cluster_id = options.cluster_id
    return message


def opening(role: Role, hello: control.Hello) -> bytes:
    """The preface and HELLO."""
    frame = encode(Type.HELLO, body=hello.SerializeToString())
    if len(frame) - 4 > HELLO_LENGTH_MAX:
        raise ClientError(Code.RESOURCE_EXHAUSTED, "TOO_MANY_METHODS", "the names of all methods "
                          f"are too long for a HELLO of {HELLO_LENGTH_MAX} bytes")
    return MAGIC + bytes((MAJOR, role)) + frame


def settle(frame: Frame, hello: control.Hello, held: Mapping[bytes, bytes]) -> Settled:
    """Reads WELCOME. Raises Violation for one that does not answer our HELLO (HS-16)."""
    try:
        welcome = control.Welcome.FromString(frame.body)
    except DecodeError as error:
        raise protocol_error(f"WELCOME does not decode: {error}") from None
    if len(welcome.methods) != len(hello.methods):
        raise protocol_error(f"WELCOME has {len(welcome.methods)} methods; HELLO named "
                             f"{len(hello.methods)}")
    if any(method.known and method.kind not in _KINDS for method in welcome.methods):
        raise protocol_error("WELCOME has a method that is neither UNARY nor STREAM")
    if not set(welcome.features) <= set(hello.features):
        raise protocol_error("WELCOME agrees to a feature that HELLO did not offer")
    if welcome.minor > hello.minor:
        raise protocol_error(f"WELCOME has minor version {welcome.minor}, HELLO had {hello.minor}")
    limits = welcome.limits
    return Settled(
        methods=tuple(welcome.methods),
        crc="crc32c" in welcome.features,
        compression="zlib" in welcome.features,
        dictionaries=read_dictionaries(welcome.dictionaries, held),
        frame_max=min(limits.max_frame or 1 << 20, LENGTH_MAX),
        metadata_max=min(limits.max_metadata or ENTRIES_MAX, ENTRIES_MAX),
        in_flight_max=limits.max_in_flight or IN_FLIGHT_MAX,
        key_retention_ms=welcome.key_retention_ms,
        cluster_id=welcome.cluster_id,
        log_epoch=welcome.log_epoch,
        server=welcome.server,
    )
