from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CollectionDescription(_message.Message):
    __slots__ = ["indexes", "name"]
    INDEXES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    indexes: _containers.RepeatedScalarFieldContainer[str]
    name: str
    def __init__(self, name: _Optional[str] = ..., indexes: _Optional[_Iterable[str]] = ...) -> None: ...

class CollectionStatus(_message.Message):
    __slots__ = ["documents", "memory_bytes", "name", "raw_bytes", "stored_bytes"]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    RAW_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORED_BYTES_FIELD_NUMBER: _ClassVar[int]
    documents: int
    memory_bytes: int
    name: str
    raw_bytes: int
    stored_bytes: int
    def __init__(self, name: _Optional[str] = ..., documents: _Optional[int] = ..., raw_bytes: _Optional[int] = ..., stored_bytes: _Optional[int] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class DescribeReply(_message.Message):
    __slots__ = ["collections", "domain", "features", "files", "methods", "port", "server"]
    COLLECTIONS_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    collections: _containers.RepeatedCompositeFieldContainer[CollectionDescription]
    domain: str
    features: _containers.RepeatedScalarFieldContainer[str]
    files: bytes
    methods: _containers.RepeatedCompositeFieldContainer[MethodDescription]
    port: str
    server: str
    def __init__(self, server: _Optional[str] = ..., port: _Optional[str] = ..., domain: _Optional[str] = ..., methods: _Optional[_Iterable[_Union[MethodDescription, _Mapping]]] = ..., collections: _Optional[_Iterable[_Union[CollectionDescription, _Mapping]]] = ..., features: _Optional[_Iterable[str]] = ..., files: _Optional[bytes] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ["with_files"]
    WITH_FILES_FIELD_NUMBER: _ClassVar[int]
    with_files: bool
    def __init__(self, with_files: bool = ...) -> None: ...

class HealthReply(_message.Message):
    __slots__ = ["reasons", "state"]
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    DEGRADED: HealthReply.State
    DRAINING: HealthReply.State
    NOT_READY: HealthReply.State
    REASONS_FIELD_NUMBER: _ClassVar[int]
    SERVING: HealthReply.State
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_UNSPECIFIED: HealthReply.State
    reasons: _containers.RepeatedScalarFieldContainer[str]
    state: HealthReply.State
    def __init__(self, state: _Optional[_Union[HealthReply.State, str]] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class HealthRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class MemoryStatus(_message.Message):
    __slots__ = ["budget_bytes", "is_short", "refusals", "resident_bytes", "uses"]
    BUDGET_BYTES_FIELD_NUMBER: _ClassVar[int]
    IS_SHORT_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    RESIDENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    budget_bytes: int
    is_short: bool
    refusals: int
    resident_bytes: int
    uses: _containers.RepeatedCompositeFieldContainer[MemoryUse]
    def __init__(self, budget_bytes: _Optional[int] = ..., resident_bytes: _Optional[int] = ..., is_short: bool = ..., refusals: _Optional[int] = ..., uses: _Optional[_Iterable[_Union[MemoryUse, _Mapping]]] = ...) -> None: ...

class MemoryUse(_message.Message):
    __slots__ = ["bytes", "name"]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    name: str
    def __init__(self, name: _Optional[str] = ..., bytes: _Optional[int] = ...) -> None: ...

class MethodDescription(_message.Message):
    __slots__ = ["idempotency", "kind", "max_size", "name", "reply", "request"]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MAX_SIZE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    idempotency: str
    kind: str
    max_size: int
    name: str
    reply: str
    request: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., idempotency: _Optional[str] = ..., max_size: _Optional[int] = ..., request: _Optional[str] = ..., reply: _Optional[str] = ...) -> None: ...

class StatusReply(_message.Message):
    __slots__ = ["building_left_ms", "building_until_position", "collections", "feed_connected", "head_position", "log_epoch", "memory", "pending_fan_outs", "queue_length", "read_position", "role", "staleness_ms", "troubles", "uptime_ms"]
    BUILDING_LEFT_MS_FIELD_NUMBER: _ClassVar[int]
    BUILDING_UNTIL_POSITION_FIELD_NUMBER: _ClassVar[int]
    COLLECTIONS_FIELD_NUMBER: _ClassVar[int]
    FEED_CONNECTED_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    PENDING_FAN_OUTS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_LENGTH_FIELD_NUMBER: _ClassVar[int]
    READ_POSITION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    STALENESS_MS_FIELD_NUMBER: _ClassVar[int]
    TROUBLES_FIELD_NUMBER: _ClassVar[int]
    UPTIME_MS_FIELD_NUMBER: _ClassVar[int]
    building_left_ms: int
    building_until_position: int
    collections: _containers.RepeatedCompositeFieldContainer[CollectionStatus]
    feed_connected: bool
    head_position: int
    log_epoch: int
    memory: MemoryStatus
    pending_fan_outs: int
    queue_length: int
    read_position: int
    role: str
    staleness_ms: int
    troubles: _containers.RepeatedScalarFieldContainer[str]
    uptime_ms: int
    def __init__(self, role: _Optional[str] = ..., log_epoch: _Optional[int] = ..., head_position: _Optional[int] = ..., read_position: _Optional[int] = ..., staleness_ms: _Optional[int] = ..., feed_connected: bool = ..., collections: _Optional[_Iterable[_Union[CollectionStatus, _Mapping]]] = ..., queue_length: _Optional[int] = ..., uptime_ms: _Optional[int] = ..., building_until_position: _Optional[int] = ..., building_left_ms: _Optional[int] = ..., pending_fan_outs: _Optional[int] = ..., memory: _Optional[_Union[MemoryStatus, _Mapping]] = ..., troubles: _Optional[_Iterable[str]] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...
