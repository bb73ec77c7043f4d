"""An asyncio client for the Tandem protocol, version 1.0."""

from .call import Answer
from .client import Extras, Page, TandemClient, uuid7
from .errors import (
    NEVER, ClientError, Code, ConnectionLost, DeadlineExceeded, MalformedReply, ServerError,
    TandemError,
)
from .handshake import Options, Role
from .retry import Repeat, RetryPolicy
from .wire import AnswerMetadata, Token

__all__ = [
    "NEVER", "Answer", "AnswerMetadata", "ClientError", "Code", "ConnectionLost",
    "DeadlineExceeded", "Extras", "MalformedReply", "Options", "Page", "Repeat", "RetryPolicy",
    "Role", "ServerError", "TandemClient", "TandemError", "Token", "uuid7",
]
