"""Why a connection ended, and what that means for its calls (SPEC.md, section 13)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from .errors import NEVER, Code, ConnectionLost, GoAwayCode, Violation, protocol_error
from .frames import Frame
from .proto.control.v1 import control_pb2 as control

_log = logging.getLogger("tandem_client")
# What every new connection would get again, always or if it came instead of WELCOME; what asks for
# a rest before the next one; and what ends a connection in the ordinary course of things.
_REFUSALS: Final = (GoAwayCode.VERSION, GoAwayCode.CLUSTER, GoAwayCode.UNAUTHENTICATED)
_REFUSALS_FIRST: Final = (*_REFUSALS, GoAwayCode.PROTOCOL_ERROR, GoAwayCode.SIZE)
_REST: Final = (GoAwayCode.LIMIT, GoAwayCode.CALM)
_REST_MS: Final = 1000
_ORDINARY: Final = (GoAwayCode.NO_ERROR, GoAwayCode.TIMEOUT, GoAwayCode.SLOW)


@dataclass(frozen=True, slots=True)
class Ending:
    message: str
    reason: str = "CONNECTION_LOST"
    code: Code = Code.UNAVAILABLE
    retry_after_ms: int = 0

    def error(self, not_processed: bool) -> ConnectionLost:
        """A new one for each call: retries write into it."""
        return ConnectionLost(self.message, reason=self.reason, not_processed=not_processed,
                              code=self.code, retry_after_ms=self.retry_after_ms)


LOST: Final = Ending("the connection ended before the answer")
RETIRED: Final = Ending("the connection takes no more calls")
CLOSED: Final = Ending("this client was closed", "CLIENT_CLOSED", Code.CANCELLED)


def go_away_message(frame: Frame) -> str:
    try:
        # Cut: it goes to logs, and may be as long as a frame.
        return control.GoAway.FromString(frame.body).message[:500]
    except DecodeError as error:
        raise protocol_error(f"GOAWAY does not decode: {error}") from None


def hard_go_away(number: int, message: str, is_first: bool) -> Ending:
    """`is_first`: it came instead of WELCOME."""
    code = GoAwayCode.of(number)
    text = f"the server ended the connection, {code.name}: {message}"
    if code not in _ORDINARY:
        _log.warning(text)
    reason = f"GOAWAY_{code.name}"
    if code in (_REFUSALS_FIRST if is_first else _REFUSALS):
        return Ending(text, reason, Code.FAILED_PRECONDITION, NEVER)
    return Ending(text, reason, retry_after_ms=_REST_MS if code in _REST else 0)


def violated(violation: Violation) -> Ending:
    text = f"the server broke the protocol, {violation}"
    _log.warning(text)
    if violation.code in (GoAwayCode.CHECKSUM, GoAwayCode.TIMEOUT):
        # Rather the network's doing than the server's: what can be repeated, may be.
        return Ending(text, violation.code.name)
    return Ending(text, "PROTOCOL_VIOLATION", Code.INTERNAL)
