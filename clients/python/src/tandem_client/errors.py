"""What can go wrong, as exceptions that say if a call may be repeated (SPEC.md, section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

# The status of a call and why a connection ends (section 13): numbers from 0 on, in this order.
Code = IntEnum("Code", (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS "
    "PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED "
    "INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED"), start=0)
GoAwayCode = IntEnum("GoAwayCode", (
    "NO_ERROR PROTOCOL_ERROR VERSION SIZE TIMEOUT FLOW CHECKSUM LIMIT CALM SLOW UNAUTHENTICATED "
    "CLUSTER INTERNAL"), start=0)

NEVER: Final = 0xFFFFFFFF
"""The retry-after that says: do not repeat this by yourself."""
# A final with one of these leaves open what became of a command (IK-07).
_UNKNOWN_OUTCOME: Final = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED, Code.UNKNOWN,
                           Code.INTERNAL, Code.DATA_LOSS)


@dataclass(eq=False)
class TandemError(Exception):
    """A call that failed. Programs go by `code` and `reason`; the text is for people."""

    code: Code
    reason: str
    message: str
    domain: str = "client"
    """`tandem`, the service's package, or `client` for what this client found itself."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    not_processed: bool = False
    """True: nothing was done, by this attempt and all before it."""
    retry_after_ms: int = 0
    """0: nothing said; `NEVER`; or the least wait."""
    outcome_unknown: bool = field(init=False)
    """True: if this was a command, it may or may not have happened. Repeat it only with the same
    key and request; a new key could make it happen twice."""

    def __post_init__(self) -> None:
        self.outcome_unknown = not self.not_processed and self.code in _UNKNOWN_OUTCOME

    def __str__(self) -> str:
        return f"{self.code.name} / {self.reason or '-'}: {self.message}"

    @property
    def is_never(self) -> bool:
        """Whether the server said not to repeat this by oneself."""
        return self.retry_after_ms == NEVER


@dataclass(eq=False)
class ServerError(TandemError):
    """The server's answer: an ERROR frame."""

    replayed: bool = False
    """The stored rejection of an earlier command with the same key."""


@dataclass(eq=False)
class ClientError(TandemError):
    """Refused by this client before anything was sent: a mistake of the caller, or a limit."""

    not_processed: bool = True
    retry_after_ms: int = NEVER


class ConnectionLost(TandemError):
    """The connection could not be made, or ended before the answer."""


class DeadlineExceeded(TandemError):
    """This client's own clock ran out before the server's answer came."""


class MalformedReply(TandemError):
    """The call was answered, but not with a message of the expected type: it has taken effect."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INTERNAL, "MALFORMED_REPLY", message, retry_after_ms=NEVER)
        self.outcome_unknown = False


@dataclass(eq=False)
class Violation(Exception):
    """The server broke the protocol: the connection ends with this code (FR-08)."""

    message: str
    code: GoAwayCode = GoAwayCode.PROTOCOL_ERROR
