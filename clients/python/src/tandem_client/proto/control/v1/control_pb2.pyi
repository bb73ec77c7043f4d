from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Dictionary(_message.Message):
    __slots__ = ["content", "sha256"]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ..., content: _Optional[bytes] = ...) -> None: ...

class ErrorDetails(_message.Message):
    __slots__ = ["info", "message"]
    INFO_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    info: ErrorInfo
    message: str
    def __init__(self, message: _Optional[str] = ..., info: _Optional[_Union[ErrorInfo, _Mapping]] = ...) -> None: ...

class ErrorInfo(_message.Message):
    __slots__ = ["domain", "metadata", "reason"]
    class MetadataEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    domain: str
    metadata: _containers.ScalarMap[str, str]
    reason: str
    def __init__(self, reason: _Optional[str] = ..., domain: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class GoAway(_message.Message):
    __slots__ = ["info", "message"]
    INFO_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    info: ErrorInfo
    message: str
    def __init__(self, message: _Optional[str] = ..., info: _Optional[_Union[ErrorInfo, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ["client", "cluster_id", "dictionary_sha256", "features", "initial_window", "max_frame", "methods", "minor", "token"]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_ID_FIELD_NUMBER: _ClassVar[int]
    DICTIONARY_SHA256_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    INITIAL_WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_FRAME_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    client: str
    cluster_id: bytes
    dictionary_sha256: _containers.RepeatedScalarFieldContainer[bytes]
    features: _containers.RepeatedScalarFieldContainer[str]
    initial_window: int
    max_frame: int
    methods: _containers.RepeatedScalarFieldContainer[str]
    minor: int
    token: bytes
    def __init__(self, minor: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ..., methods: _Optional[_Iterable[str]] = ..., token: _Optional[bytes] = ..., cluster_id: _Optional[bytes] = ..., max_frame: _Optional[int] = ..., initial_window: _Optional[int] = ..., dictionary_sha256: _Optional[_Iterable[bytes]] = ..., client: _Optional[str] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ["max_frame", "max_in_flight", "max_in_flight_bytes", "max_metadata"]
    MAX_FRAME_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_METADATA_FIELD_NUMBER: _ClassVar[int]
    max_frame: int
    max_in_flight: int
    max_in_flight_bytes: int
    max_metadata: int
    def __init__(self, max_frame: _Optional[int] = ..., max_metadata: _Optional[int] = ..., max_in_flight: _Optional[int] = ..., max_in_flight_bytes: _Optional[int] = ...) -> None: ...

class MethodInfo(_message.Message):
    __slots__ = ["idempotency", "kind", "known", "max_size"]
    class Idempotency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_UNSPECIFIED: MethodInfo.Idempotency
    KEYED: MethodInfo.Idempotency
    KIND_FIELD_NUMBER: _ClassVar[int]
    KIND_UNSPECIFIED: MethodInfo.Kind
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    MAX_SIZE_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY: MethodInfo.Idempotency
    STREAM: MethodInfo.Kind
    UNARY: MethodInfo.Kind
    idempotency: MethodInfo.Idempotency
    kind: MethodInfo.Kind
    known: bool
    max_size: int
    def __init__(self, known: bool = ..., kind: _Optional[_Union[MethodInfo.Kind, str]] = ..., idempotency: _Optional[_Union[MethodInfo.Idempotency, str]] = ..., max_size: _Optional[int] = ...) -> None: ...

class StreamEnd(_message.Message):
    __slots__ = ["next_cursor"]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    next_cursor: bytes
    def __init__(self, next_cursor: _Optional[bytes] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ["cluster_id", "dictionaries", "endpoints", "features", "key_retention_ms", "limits", "log_epoch", "methods", "minor", "server"]
    class EndpointsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CLUSTER_ID_FIELD_NUMBER: _ClassVar[int]
    DICTIONARIES_FIELD_NUMBER: _ClassVar[int]
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    KEY_RETENTION_MS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    cluster_id: bytes
    dictionaries: _containers.RepeatedCompositeFieldContainer[Dictionary]
    endpoints: _containers.ScalarMap[str, str]
    features: _containers.RepeatedScalarFieldContainer[str]
    key_retention_ms: int
    limits: Limits
    log_epoch: int
    methods: _containers.RepeatedCompositeFieldContainer[MethodInfo]
    minor: int
    server: str
    def __init__(self, minor: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ..., methods: _Optional[_Iterable[_Union[MethodInfo, _Mapping]]] = ..., dictionaries: _Optional[_Iterable[_Union[Dictionary, _Mapping]]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., cluster_id: _Optional[bytes] = ..., log_epoch: _Optional[int] = ..., key_retention_ms: _Optional[int] = ..., server: _Optional[str] = ..., endpoints: _Optional[_Mapping[str, str]] = ...) -> None: ...
