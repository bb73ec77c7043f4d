from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
ORDER_STATUS_CANCELLED: OrderStatus
ORDER_STATUS_DELIVERED: OrderStatus
ORDER_STATUS_PAID: OrderStatus
ORDER_STATUS_PLACED: OrderStatus
ORDER_STATUS_REFUNDED: OrderStatus
ORDER_STATUS_SHIPPED: OrderStatus
ORDER_STATUS_UNSPECIFIED: OrderStatus

class AddOrderItemRequest(_message.Message):
    __slots__ = ["expected_version", "line", "order_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    line: OrderLine
    order_id: int
    def __init__(self, order_id: _Optional[int] = ..., line: _Optional[_Union[OrderLine, _Mapping]] = ..., expected_version: _Optional[int] = ...) -> None: ...

class AddProductRequest(_message.Message):
    __slots__ = ["currency", "name", "price_minor", "product_id", "stock"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    currency: str
    name: str
    price_minor: int
    product_id: int
    stock: int
    def __init__(self, product_id: _Optional[int] = ..., name: _Optional[str] = ..., price_minor: _Optional[int] = ..., currency: _Optional[str] = ..., stock: _Optional[int] = ...) -> None: ...

class CancelOrderRequest(_message.Message):
    __slots__ = ["expected_version", "order_id", "reason"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    order_id: int
    reason: str
    def __init__(self, order_id: _Optional[int] = ..., reason: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ChangeItemQuantityRequest(_message.Message):
    __slots__ = ["expected_version", "item", "order_id", "price_minor", "quantity"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    item: int
    order_id: int
    price_minor: int
    quantity: int
    def __init__(self, order_id: _Optional[int] = ..., item: _Optional[int] = ..., quantity: _Optional[int] = ..., price_minor: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ChangeProductPriceRequest(_message.Message):
    __slots__ = ["expected_version", "price_minor", "product_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    price_minor: int
    product_id: int
    def __init__(self, product_id: _Optional[int] = ..., price_minor: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ChangeUserEmailRequest(_message.Message):
    __slots__ = ["email", "expected_version", "user_id"]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    email: str
    expected_version: int
    user_id: int
    def __init__(self, user_id: _Optional[int] = ..., email: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class CurrencyAmount(_message.Message):
    __slots__ = ["amount_minor", "currency"]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    amount_minor: int
    currency: str
    def __init__(self, currency: _Optional[str] = ..., amount_minor: _Optional[int] = ...) -> None: ...

class DailySales(_message.Message):
    __slots__ = ["currency", "day", "order_count", "refunded_minor", "status", "total_minor"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_MINOR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MINOR_FIELD_NUMBER: _ClassVar[int]
    currency: str
    day: int
    order_count: int
    refunded_minor: int
    status: OrderStatus
    total_minor: int
    def __init__(self, day: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., currency: _Optional[str] = ..., order_count: _Optional[int] = ..., total_minor: _Optional[int] = ..., refunded_minor: _Optional[int] = ...) -> None: ...

class DeliverOrderRequest(_message.Message):
    __slots__ = ["expected_version", "order_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    order_id: int
    def __init__(self, order_id: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class FindUserByEmailRequest(_message.Message):
    __slots__ = ["email"]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    email: str
    def __init__(self, email: _Optional[str] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ["order_id"]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: int
    def __init__(self, order_id: _Optional[int] = ...) -> None: ...

class GetOrdersRequest(_message.Message):
    __slots__ = ["order_ids"]
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    order_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, order_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class GetProductRequest(_message.Message):
    __slots__ = ["product_id"]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    def __init__(self, product_id: _Optional[int] = ...) -> None: ...

class GetUserRequest(_message.Message):
    __slots__ = ["user_id"]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: int
    def __init__(self, user_id: _Optional[int] = ...) -> None: ...

class GetUserSummaryRequest(_message.Message):
    __slots__ = ["user_id"]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: int
    def __init__(self, user_id: _Optional[int] = ...) -> None: ...

class ListDailySalesRequest(_message.Message):
    __slots__ = ["cursor", "descending", "end_day", "from_day", "page_size", "status"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    END_DAY_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    descending: bool
    end_day: int
    from_day: int
    page_size: int
    status: OrderStatus
    def __init__(self, from_day: _Optional[int] = ..., end_day: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., descending: bool = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListOrdersByEmailRequest(_message.Message):
    __slots__ = ["cursor", "email", "page_size"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    email: str
    page_size: int
    def __init__(self, email: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListOrdersRequest(_message.Message):
    __slots__ = ["ascending", "cursor", "end_created_at_us", "end_total_minor", "from_created_at_us", "from_total_minor", "page_size", "status"]
    ASCENDING_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    END_CREATED_AT_US_FIELD_NUMBER: _ClassVar[int]
    END_TOTAL_MINOR_FIELD_NUMBER: _ClassVar[int]
    FROM_CREATED_AT_US_FIELD_NUMBER: _ClassVar[int]
    FROM_TOTAL_MINOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ascending: bool
    cursor: bytes
    end_created_at_us: int
    end_total_minor: int
    from_created_at_us: int
    from_total_minor: int
    page_size: int
    status: OrderStatus
    def __init__(self, status: _Optional[_Union[OrderStatus, str]] = ..., from_created_at_us: _Optional[int] = ..., end_created_at_us: _Optional[int] = ..., from_total_minor: _Optional[int] = ..., end_total_minor: _Optional[int] = ..., ascending: bool = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListProductSalesRequest(_message.Message):
    __slots__ = ["cursor", "page_size", "product_id"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    page_size: int
    product_id: int
    def __init__(self, product_id: _Optional[int] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListProductsRequest(_message.Message):
    __slots__ = ["cursor", "name_start", "page_size"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    NAME_START_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    name_start: str
    page_size: int
    def __init__(self, page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ..., name_start: _Optional[str] = ...) -> None: ...

class ListTopProductsRequest(_message.Message):
    __slots__ = ["currency", "cursor", "page_size"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    currency: str
    cursor: bytes
    page_size: int
    def __init__(self, currency: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListUserOrdersRequest(_message.Message):
    __slots__ = ["cursor", "page_size", "status", "user_id"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    page_size: int
    status: OrderStatus
    user_id: int
    def __init__(self, user_id: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ["cursor", "page_size"]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    page_size: int
    def __init__(self, page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ["cancel_reason", "created_at_us", "currency", "items", "order_id", "refund_reason", "refunded_minor", "status", "total_minor", "user_email", "user_id", "user_name", "version"]
    CANCEL_REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_US_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_MINOR_FIELD_NUMBER: _ClassVar[int]
    REFUND_REASON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MINOR_FIELD_NUMBER: _ClassVar[int]
    USER_EMAIL_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    cancel_reason: str
    created_at_us: int
    currency: str
    items: _containers.RepeatedCompositeFieldContainer[OrderItem]
    order_id: int
    refund_reason: str
    refunded_minor: int
    status: OrderStatus
    total_minor: int
    user_email: str
    user_id: int
    user_name: str
    version: int
    def __init__(self, order_id: _Optional[int] = ..., user_id: _Optional[int] = ..., user_email: _Optional[str] = ..., user_name: _Optional[str] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., total_minor: _Optional[int] = ..., currency: _Optional[str] = ..., created_at_us: _Optional[int] = ..., items: _Optional[_Iterable[_Union[OrderItem, _Mapping]]] = ..., version: _Optional[int] = ..., refunded_minor: _Optional[int] = ..., cancel_reason: _Optional[str] = ..., refund_reason: _Optional[str] = ...) -> None: ...

class OrderItem(_message.Message):
    __slots__ = ["number", "price_minor", "product_id", "product_name", "quantity", "unit_price_minor"]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_NAME_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    number: int
    price_minor: int
    product_id: int
    product_name: str
    quantity: int
    unit_price_minor: int
    def __init__(self, product_id: _Optional[int] = ..., product_name: _Optional[str] = ..., quantity: _Optional[int] = ..., price_minor: _Optional[int] = ..., unit_price_minor: _Optional[int] = ..., number: _Optional[int] = ...) -> None: ...

class OrderLine(_message.Message):
    __slots__ = ["description", "price_minor", "product_id", "quantity", "unit_price_minor"]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    description: str
    price_minor: int
    product_id: int
    quantity: int
    unit_price_minor: int
    def __init__(self, product_id: _Optional[int] = ..., quantity: _Optional[int] = ..., price_minor: _Optional[int] = ..., description: _Optional[str] = ..., unit_price_minor: _Optional[int] = ...) -> None: ...

class OrderReply(_message.Message):
    __slots__ = ["currency", "item", "order_id", "refunded_minor", "status", "total_minor", "version"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_MINOR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MINOR_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    currency: str
    item: int
    order_id: int
    refunded_minor: int
    status: OrderStatus
    total_minor: int
    version: int
    def __init__(self, order_id: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., total_minor: _Optional[int] = ..., currency: _Optional[str] = ..., version: _Optional[int] = ..., refunded_minor: _Optional[int] = ..., item: _Optional[int] = ...) -> None: ...

class PayOrderRequest(_message.Message):
    __slots__ = ["expected_version", "order_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    order_id: int
    def __init__(self, order_id: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class PlaceOrderRequest(_message.Message):
    __slots__ = ["created_at_us", "currency", "lines", "order_id", "user_id"]
    CREATED_AT_US_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    created_at_us: int
    currency: str
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    order_id: int
    user_id: int
    def __init__(self, order_id: _Optional[int] = ..., user_id: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ..., currency: _Optional[str] = ..., created_at_us: _Optional[int] = ...) -> None: ...

class PlaceOrdersError(_message.Message):
    __slots__ = ["code", "message", "metadata", "not_processed", "reason", "retry_after_ms"]
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
    code: int
    message: str
    metadata: _containers.ScalarMap[str, str]
    not_processed: bool
    reason: str
    retry_after_ms: int
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., not_processed: bool = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class PlaceOrdersReply(_message.Message):
    __slots__ = ["outcomes"]
    class Outcome(_message.Message):
        __slots__ = ["error", "is_replay", "reply"]
        ERROR_FIELD_NUMBER: _ClassVar[int]
        IS_REPLAY_FIELD_NUMBER: _ClassVar[int]
        REPLY_FIELD_NUMBER: _ClassVar[int]
        error: PlaceOrdersError
        is_replay: bool
        reply: OrderReply
        def __init__(self, reply: _Optional[_Union[OrderReply, _Mapping]] = ..., error: _Optional[_Union[PlaceOrdersError, _Mapping]] = ..., is_replay: bool = ...) -> None: ...
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[PlaceOrdersReply.Outcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[PlaceOrdersReply.Outcome, _Mapping]]] = ...) -> None: ...

class PlaceOrdersRequest(_message.Message):
    __slots__ = ["parts"]
    class Part(_message.Message):
        __slots__ = ["idempotency_key", "request"]
        IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
        REQUEST_FIELD_NUMBER: _ClassVar[int]
        idempotency_key: bytes
        request: PlaceOrderRequest
        def __init__(self, request: _Optional[_Union[PlaceOrderRequest, _Mapping]] = ..., idempotency_key: _Optional[bytes] = ...) -> None: ...
    PARTS_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedCompositeFieldContainer[PlaceOrdersRequest.Part]
    def __init__(self, parts: _Optional[_Iterable[_Union[PlaceOrdersRequest.Part, _Mapping]]] = ...) -> None: ...

class Product(_message.Message):
    __slots__ = ["currency", "is_retired", "name", "price_minor", "product_id", "stock", "version"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    IS_RETIRED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    currency: str
    is_retired: bool
    name: str
    price_minor: int
    product_id: int
    stock: int
    version: int
    def __init__(self, product_id: _Optional[int] = ..., name: _Optional[str] = ..., price_minor: _Optional[int] = ..., currency: _Optional[str] = ..., version: _Optional[int] = ..., stock: _Optional[int] = ..., is_retired: bool = ...) -> None: ...

class ProductReply(_message.Message):
    __slots__ = ["product_id", "stock", "version"]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    product_id: int
    stock: int
    version: int
    def __init__(self, product_id: _Optional[int] = ..., version: _Optional[int] = ..., stock: _Optional[int] = ...) -> None: ...

class ProductSales(_message.Message):
    __slots__ = ["currency", "product_id", "revenue_minor", "units"]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    REVENUE_MINOR_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    currency: str
    product_id: int
    revenue_minor: int
    units: int
    def __init__(self, product_id: _Optional[int] = ..., currency: _Optional[str] = ..., units: _Optional[int] = ..., revenue_minor: _Optional[int] = ...) -> None: ...

class RefundOrderRequest(_message.Message):
    __slots__ = ["amount_minor", "expected_version", "order_id", "reason"]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    amount_minor: int
    expected_version: int
    order_id: int
    reason: str
    def __init__(self, order_id: _Optional[int] = ..., amount_minor: _Optional[int] = ..., reason: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RegisterUserRequest(_message.Message):
    __slots__ = ["email", "name", "user_id"]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    email: str
    name: str
    user_id: int
    def __init__(self, user_id: _Optional[int] = ..., email: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class RemoveOrderItemRequest(_message.Message):
    __slots__ = ["expected_version", "item", "order_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    item: int
    order_id: int
    def __init__(self, order_id: _Optional[int] = ..., item: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RenameUserRequest(_message.Message):
    __slots__ = ["expected_version", "name", "user_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    name: str
    user_id: int
    def __init__(self, user_id: _Optional[int] = ..., name: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RestockProductRequest(_message.Message):
    __slots__ = ["expected_version", "product_id", "units"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    product_id: int
    units: int
    def __init__(self, product_id: _Optional[int] = ..., units: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RetireProductRequest(_message.Message):
    __slots__ = ["expected_version", "product_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    product_id: int
    def __init__(self, product_id: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ShipOrderRequest(_message.Message):
    __slots__ = ["expected_version", "order_id"]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    expected_version: int
    order_id: int
    def __init__(self, order_id: _Optional[int] = ..., expected_version: _Optional[int] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ["email", "name", "registered_at_us", "user_id", "version"]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_AT_US_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    email: str
    name: str
    registered_at_us: int
    user_id: int
    version: int
    def __init__(self, user_id: _Optional[int] = ..., email: _Optional[str] = ..., name: _Optional[str] = ..., registered_at_us: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class UserReply(_message.Message):
    __slots__ = ["user_id", "version"]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    user_id: int
    version: int
    def __init__(self, user_id: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class UserSummary(_message.Message):
    __slots__ = ["cancelled_count", "first_order_at_us", "last_order_at_us", "order_count", "spent", "user_id"]
    CANCELLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_ORDER_AT_US_FIELD_NUMBER: _ClassVar[int]
    LAST_ORDER_AT_US_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    cancelled_count: int
    first_order_at_us: int
    last_order_at_us: int
    order_count: int
    spent: _containers.RepeatedCompositeFieldContainer[CurrencyAmount]
    user_id: int
    def __init__(self, user_id: _Optional[int] = ..., order_count: _Optional[int] = ..., cancelled_count: _Optional[int] = ..., spent: _Optional[_Iterable[_Union[CurrencyAmount, _Mapping]]] = ..., first_order_at_us: _Optional[int] = ..., last_order_at_us: _Optional[int] = ...) -> None: ...

class OrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
