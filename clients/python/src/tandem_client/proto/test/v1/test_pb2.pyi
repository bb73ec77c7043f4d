from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AttemptReply(_message.Message):
    __slots__ = ["attempt"]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    def __init__(self, attempt: _Optional[int] = ...) -> None: ...

class AttemptRequest(_message.Message):
    __slots__ = ["code", "fail_times", "name"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FAIL_TIMES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    code: int
    fail_times: int
    name: str
    def __init__(self, name: _Optional[str] = ..., fail_times: _Optional[int] = ..., code: _Optional[int] = ...) -> None: ...

class EchoReply(_message.Message):
    __slots__ = ["deadline_ms", "payload", "trace_parent"]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TRACE_PARENT_FIELD_NUMBER: _ClassVar[int]
    deadline_ms: int
    payload: bytes
    trace_parent: str
    def __init__(self, payload: _Optional[bytes] = ..., trace_parent: _Optional[str] = ..., deadline_ms: _Optional[int] = ...) -> None: ...

class EchoRequest(_message.Message):
    __slots__ = ["nest", "payload"]
    NEST_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    nest: Nest
    payload: bytes
    def __init__(self, payload: _Optional[bytes] = ..., nest: _Optional[_Union[Nest, _Mapping]] = ...) -> None: ...

class FailReply(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class FailRequest(_message.Message):
    __slots__ = ["code", "message", "metadata", "not_processed", "reason", "retry_after_ms", "secret"]
    class MetadataEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NOT_PROCESSED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    metadata: _containers.ScalarMap[str, str]
    not_processed: bool
    reason: str
    retry_after_ms: int
    secret: str
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., retry_after_ms: _Optional[int] = ..., not_processed: bool = ..., secret: _Optional[str] = ...) -> None: ...

class Nest(_message.Message):
    __slots__ = ["nest"]
    NEST_FIELD_NUMBER: _ClassVar[int]
    nest: Nest
    def __init__(self, nest: _Optional[_Union[Nest, _Mapping]] = ...) -> None: ...

class SleepReply(_message.Message):
    __slots__ = ["ms"]
    MS_FIELD_NUMBER: _ClassVar[int]
    ms: int
    def __init__(self, ms: _Optional[int] = ...) -> None: ...

class SleepRequest(_message.Message):
    __slots__ = ["ignore_cancel", "ms"]
    IGNORE_CANCEL_FIELD_NUMBER: _ClassVar[int]
    MS_FIELD_NUMBER: _ClassVar[int]
    ignore_cancel: bool
    ms: int
    def __init__(self, ms: _Optional[int] = ..., ignore_cancel: bool = ...) -> None: ...

class StreamItem(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StreamRequest(_message.Message):
    __slots__ = ["fail_code", "sizes"]
    FAIL_CODE_FIELD_NUMBER: _ClassVar[int]
    SIZES_FIELD_NUMBER: _ClassVar[int]
    fail_code: int
    sizes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, sizes: _Optional[_Iterable[int]] = ..., fail_code: _Optional[int] = ...) -> None: ...
