from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeedBatch(_message.Message):
    __slots__ = ["digest", "events", "head_position", "sent_at_us"]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    events: _containers.RepeatedCompositeFieldContainer[FeedEvent]
    head_position: int
    sent_at_us: int
    def __init__(self, events: _Optional[_Iterable[_Union[FeedEvent, _Mapping]]] = ..., head_position: _Optional[int] = ..., sent_at_us: _Optional[int] = ..., digest: _Optional[bytes] = ...) -> None: ...

class FeedEvent(_message.Message):
    __slots__ = ["metadata", "payload", "position", "recorded_at_us", "stream", "type", "version"]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    metadata: bytes
    payload: bytes
    position: int
    recorded_at_us: int
    stream: str
    type: str
    version: int
    def __init__(self, position: _Optional[int] = ..., stream: _Optional[str] = ..., version: _Optional[int] = ..., type: _Optional[str] = ..., payload: _Optional[bytes] = ..., metadata: _Optional[bytes] = ..., recorded_at_us: _Optional[int] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ["after_digest", "after_position", "log_epoch"]
    AFTER_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    after_digest: bytes
    after_position: int
    log_epoch: int
    def __init__(self, after_position: _Optional[int] = ..., log_epoch: _Optional[int] = ..., after_digest: _Optional[bytes] = ...) -> None: ...
