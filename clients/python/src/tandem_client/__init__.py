"""An asyncio client for the Tandem protocol, version 1.0."""

from .calls import Answer, End, Page
from .client import TandemClient
from .errors import (
    NEVER, ClientError, Code, ConnectionLost, DeadlineExceeded, MalformedReply, ServerError,
    TandemError,
)
from .keys import uuid7
from .metadata import AnswerMetadata, Extras, Token
from .options import Options, Role
from .retry import Repeat, RetryPolicy

__all__ = [
    "NEVER", "Answer", "AnswerMetadata", "ClientError", "Code", "ConnectionLost",
    "DeadlineExceeded", "End", "Extras", "MalformedReply", "Options", "Page", "Repeat",
    "RetryPolicy", "Role", "ServerError", "TandemClient", "TandemError", "Token", "uuid7",
]
