"""What can go wrong, as exceptions that say whether a call may be repeated (section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

NEVER: Final = 0xFFFFFFFF
"""The retry-after that says: do not repeat this by yourself."""


class Code(IntEnum):
    """The status of a call; gRPC's numbers and meanings."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16

    @classmethod
    def of(cls, number: int) -> Code:
        """The code of a number from the wire; an unknown one is UNKNOWN (UN-07)."""
        return cls(number) if 0 < number <= 16 else cls.UNKNOWN


# A final with one of these leaves open what became of a command (IK-07).
_UNKNOWN_OUTCOME: Final = frozenset(
    (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED, Code.UNKNOWN, Code.INTERNAL,
     Code.DATA_LOSS)
)


class TandemError(Exception):
    """A call that failed. Programs go by `code` and `reason`; the text is for people."""

    def __init__(
        self,
        code: Code,
        reason: str,
        message: str,
        *,
        domain: str = "",
        metadata: Mapping[str, str] | None = None,
        not_processed: bool = False,
        retry_after_ms: int = 0,
    ) -> None:
        super().__init__(f"{code.name} / {reason or '-'}: {message}")
        self.code: Final = code
        self.reason: Final = reason
        self.message: Final = message
        self.domain: Final = domain
        """`tandem`, the service's package, or `client` for what this client found itself."""
        self.metadata: Final[Mapping[str, str]] = dict(metadata or {})
        self.not_processed = not_processed
        """True: nothing was done, by this attempt and all before it."""
        self.retry_after_ms: Final = retry_after_ms
        """0: nothing said; `NEVER`; or the least wait."""
        self.outcome_unknown = not not_processed and code in _UNKNOWN_OUTCOME
        """True: if this was a command, it may or may not have happened. Repeat it only with the
        same key and request; a new key could make it happen twice."""

    @property
    def is_never(self) -> bool:
        """Whether the server said not to repeat this by oneself."""
        return self.retry_after_ms == NEVER


class ServerError(TandemError):
    """The server's answer: an ERROR frame."""

    replayed: bool = False
    """The stored rejection of an earlier command with the same key."""


class ClientError(TandemError):
    """Refused by this client before anything was sent: a mistake of the caller, or a limit."""

    def __init__(self, code: Code, reason: str, message: str) -> None:
        super().__init__(code, reason, message, domain="client", not_processed=True,
                         retry_after_ms=NEVER)


class ConnectionLost(TandemError):
    """The connection could not be made, or ended before the answer."""

    def __init__(self, message: str, *, reason: str = "CONNECTION_LOST",
                 not_processed: bool = False, code: Code = Code.UNAVAILABLE,
                 retry_after_ms: int = 0) -> None:
        super().__init__(code, reason, message, domain="client", not_processed=not_processed,
                         retry_after_ms=retry_after_ms)


class DeadlineExceeded(TandemError):
    """This client's own clock ran out before the server's answer came."""

    def __init__(self, message: str, *, not_processed: bool = False) -> None:
        super().__init__(Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", message, domain="client",
                         not_processed=not_processed)


class MalformedReply(TandemError):
    """The call was answered, but the answer is no message of the expected type."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INTERNAL, "MALFORMED_REPLY", message, domain="client",
                         retry_after_ms=NEVER)
        self.outcome_unknown = False  # A command that was answered has taken effect.


class GoAwayCode(IntEnum):
    """Why a connection ends (section 13)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    VERSION = 2
    SIZE = 3
    TIMEOUT = 4
    FLOW = 5
    CHECKSUM = 6
    LIMIT = 7
    CALM = 8
    SLOW = 9
    UNAUTHENTICATED = 10
    CLUSTER = 11
    INTERNAL = 12

    @classmethod
    def of(cls, number: int) -> GoAwayCode:
        """The code of a number from the wire; an unknown one is PROTOCOL_ERROR (section 13)."""
        return cls(number) if number <= 12 else cls.PROTOCOL_ERROR


class Violation(Exception):
    """The server broke the protocol: the connection ends with this code (FR-08)."""

    def __init__(self, code: GoAwayCode, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code: Final = code
        self.message: Final = message


def protocol_error(message: str) -> Violation:
    return Violation(GoAwayCode.PROTOCOL_ERROR, message)
