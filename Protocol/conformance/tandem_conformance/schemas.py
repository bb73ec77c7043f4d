"""The fields of the messages that the suite speaks, as Protocol/proto/ has them.

A field is `name: (number, type)`. Types: `uint` (any unsigned varint, bool and enum too), `int`
(int64), `fixed64`, `string`, `bytes`, `map` (string to string), or a message's name. `*` behind
it: repeated (numbers are sent packed); `?`: optional, so that its absence can be told.
"""

from __future__ import annotations

from dataclasses import dataclass

Fields = dict[str, tuple[int, str]]

MESSAGES: dict[str, Fields] = {
    "Empty": {},
    "MapEntry": {"key": (1, "string"), "value": (2, "string")},
    "Hello": {
        "minor": (1, "uint"),
        "features": (2, "string*"),
        "methods": (3, "string*"),
        "token": (4, "bytes"),
        "cluster_id": (5, "bytes?"),
        "max_frame": (6, "uint"),
        "initial_window": (7, "uint"),
        "dictionary_sha256": (8, "bytes*"),
        "client": (9, "string"),
    },
    "Welcome": {
        "minor": (1, "uint"),
        "features": (2, "string*"),
        "methods": (3, "MethodInfo*"),
        "dictionaries": (4, "Dictionary*"),
        "limits": (5, "Limits"),
        "cluster_id": (6, "bytes"),
        "log_epoch": (7, "fixed64"),
        "key_retention_ms": (8, "uint"),
        "server": (9, "string"),
        "endpoints": (10, "map"),
    },
    "MethodInfo": {
        "known": (1, "uint"),
        "kind": (2, "uint"),
        "idempotency": (3, "uint"),
        "max_size": (4, "uint"),
    },
    "Dictionary": {"sha256": (1, "bytes"), "content": (2, "bytes?")},
    "Limits": {
        "max_frame": (1, "uint"),
        "max_metadata": (2, "uint"),
        "max_in_flight": (3, "uint"),
        "max_in_flight_bytes": (4, "uint"),
    },
    "GoAway": {"message": (1, "string"), "info": (2, "ErrorInfo")},
    "ErrorDetails": {"message": (1, "string"), "info": (2, "ErrorInfo")},
    "ErrorInfo": {"reason": (1, "string"), "domain": (2, "string"), "metadata": (3, "map")},
    "StreamEnd": {"next_cursor": (1, "bytes")},
    "HealthReply": {"state": (1, "uint"), "reasons": (2, "string*")},
    "DescribeReply": {
        "server": (1, "string"),
        "port": (2, "string"),
        "domain": (3, "string"),
        "methods": (4, "MethodDescription*"),
        "collections": (5, "CollectionDescription*"),
        "features": (6, "string*"),
    },
    "MethodDescription": {
        "name": (1, "string"),
        "kind": (2, "string"),
        "idempotency": (3, "string"),
        "max_size": (4, "uint"),
    },
    "CollectionDescription": {"name": (1, "string"), "indexes": (2, "string*")},
    "StatusReply": {
        "role": (1, "string"),
        "log_epoch": (2, "fixed64"),
        "head_position": (3, "uint"),
        "read_position": (4, "uint"),
        "staleness_ms": (5, "uint"),
        "feed_connected": (6, "uint"),
        "collections": (7, "CollectionStatus*"),
        "queue_length": (8, "uint"),
        "uptime_ms": (9, "uint"),
        "building_until_position": (10, "uint"),
        "building_left_ms": (11, "uint"),
        "pending_fan_outs": (12, "uint"),
        "memory": (13, "MemoryStatus"),
        "troubles": (14, "string*"),
    },
    "MemoryStatus": {
        "budget_bytes": (1, "uint"),
        "resident_bytes": (2, "uint"),
        "is_short": (3, "uint"),
        "refusals": (4, "uint"),
        "uses": (5, "MemoryUse*"),
    },
    "MemoryUse": {"name": (1, "string"), "bytes": (2, "uint")},
    "CollectionStatus": {
        "name": (1, "string"),
        "documents": (2, "uint"),
        "raw_bytes": (3, "uint"),
        "stored_bytes": (4, "uint"),
        "memory_bytes": (5, "uint"),
    },
    "EchoRequest": {"payload": (1, "bytes"), "nest": (2, "Nest")},
    "Nest": {"nest": (1, "Nest")},
    "EchoReply": {
        "payload": (1, "bytes"),
        "trace_parent": (2, "string"),
        "deadline_ms": (3, "uint?"),
    },
    "SleepRequest": {"ms": (1, "uint"), "ignore_cancel": (2, "uint")},
    "SleepReply": {"ms": (1, "uint")},
    "FailRequest": {
        "code": (1, "uint"),
        "message": (2, "string"),
        "reason": (3, "string"),
        "metadata": (4, "map"),
        "retry_after_ms": (5, "uint"),
        "not_processed": (6, "uint"),
        "secret": (7, "string"),
    },
    "StreamRequest": {"sizes": (1, "uint*"), "fail_code": (2, "uint")},
    "AttemptRequest": {"name": (1, "string"), "fail_times": (2, "uint"), "code": (3, "uint")},
    "AttemptReply": {"attempt": (1, "uint")},
    "RegisterUserRequest": {"user_id": (1, "uint?"), "email": (2, "string"), "name": (3, "string")},
    "RenameUserRequest": {
        "user_id": (1, "uint"),
        "name": (2, "string"),
        "expected_version": (3, "uint?"),
    },
    "UserReply": {"user_id": (1, "uint"), "version": (2, "uint")},
    "AddProductRequest": {
        "product_id": (1, "uint?"),
        "name": (2, "string"),
        "price_minor": (3, "int"),
        "currency": (4, "string"),
    },
    "ProductReply": {"product_id": (1, "uint")},
    "PlaceOrderRequest": {
        "order_id": (1, "uint?"),
        "user_id": (2, "uint"),
        "lines": (3, "OrderLine*"),
        "currency": (4, "string"),
        "created_at_us": (5, "int?"),
    },
    "OrderLine": {
        "product_id": (1, "uint?"),
        "quantity": (2, "uint"),
        "price_minor": (3, "int?"),
        "description": (4, "string"),
    },
    "OrderId": {"order_id": (1, "uint")},
    "OrderReply": {
        "order_id": (1, "uint"),
        "status": (2, "uint"),
        "total_minor": (3, "int"),
        "currency": (4, "string"),
    },
    "Order": {
        "order_id": (1, "uint"),
        "user_id": (2, "uint"),
        "user_email": (3, "string"),
        "user_name": (4, "string"),
        "status": (5, "uint"),
        "total_minor": (6, "int"),
        "currency": (7, "string"),
        "created_at_us": (8, "int"),
        "items": (9, "OrderItem*"),
    },
    "OrderItem": {
        "product_id": (1, "uint"),
        "product_name": (2, "string"),
        "quantity": (3, "uint"),
        "price_minor": (4, "int"),
    },
    "User": {
        "user_id": (1, "uint"),
        "email": (2, "string"),
        "name": (3, "string"),
        "registered_at_us": (4, "int"),
    },
    "Product": {
        "product_id": (1, "uint"),
        "name": (2, "string"),
        "price_minor": (3, "int"),
        "currency": (4, "string"),
    },
    "UserId": {"user_id": (1, "uint")},
    "ProductId": {"product_id": (1, "uint")},
    "ListUserOrdersRequest": {
        "user_id": (1, "uint"),
        "status": (2, "uint?"),
        "page_size": (3, "uint"),
        "cursor": (4, "bytes"),
    },
    "ListRequest": {"page_size": (1, "uint"), "cursor": (2, "bytes")},
    "SubscribeRequest": {"after_position": (1, "uint"), "log_epoch": (2, "fixed64?")},
    "FeedBatch": {
        "events": (1, "FeedEvent*"),
        "head_position": (2, "uint"),
        "sent_at_us": (3, "int"),
    },
    "FeedEvent": {
        "position": (1, "uint"),
        "stream": (2, "string"),
        "version": (3, "uint"),
        "type": (4, "string"),
        "payload": (5, "bytes"),
        "metadata": (6, "bytes"),
        "recorded_at_us": (7, "int"),
    },
}


@dataclass(frozen=True)
class Method:
    """A method that the suite can call: its full name and its messages. A stream's `reply` is
    its ITEMs' message, or empty if they are raw bytes."""

    name: str
    request: str
    reply: str
    keyed: bool = False
    stream: bool = False


def _methods() -> dict[str, dict[str, Method]]:
    meta, test = "tandem.meta.v1.Meta/", "tandem.test.v1.Test/"
    commands, queries = "tandem.orders.v1.OrderCommands/", "tandem.orders.v1.OrderQueries/"
    everywhere = [
        Method(test + "Echo", "EchoRequest", "EchoReply"),
        Method(test + "Sleep", "SleepRequest", "SleepReply"),
        Method(test + "Fail", "FailRequest", "Empty"),
        Method(test + "Stream", "StreamRequest", "", stream=True),
        Method(meta + "Health", "Empty", "HealthReply"),
        Method(meta + "Describe", "Empty", "DescribeReply"),
        Method(meta + "Status", "Empty", "StatusReply"),
    ]
    ports = {
        "command": [
            Method("tandem.test.v1.TestCommands/Attempt", "AttemptRequest", "AttemptReply", True),
            Method(commands + "RegisterUser", "RegisterUserRequest", "UserReply", True),
            Method(commands + "RenameUser", "RenameUserRequest", "UserReply", True),
            Method(commands + "AddProduct", "AddProductRequest", "ProductReply", True),
            Method(commands + "PlaceOrder", "PlaceOrderRequest", "OrderReply", True),
            Method(commands + "PayOrder", "OrderId", "OrderReply", True),
            Method(commands + "CancelOrder", "OrderId", "OrderReply", True),
        ],
        "query": [
            Method(queries + "GetOrder", "OrderId", "Order"),
            Method(queries + "GetUser", "UserId", "User"),
            Method(queries + "GetProduct", "ProductId", "Product"),
            Method(queries + "ListUsers", "ListRequest", "User", stream=True),
            Method(queries + "ListProducts", "ListRequest", "Product", stream=True),
            Method(queries + "ListUserOrders", "ListUserOrdersRequest", "Order", stream=True),
        ],
        "feed": [
            Method("tandem.feed.v1.Feed/Subscribe", "SubscribeRequest", "FeedBatch", stream=True)
        ],
    }
    return {
        port: {method.name.rsplit("/", 1)[1]: method for method in everywhere + own}
        for port, own in ports.items()
    }


METHODS: dict[str, dict[str, Method]] = _methods()
"""The methods of each port, by their short names: those that HELLO lists unless told otherwise."""

METHODS_BY_NAME: dict[str, Method] = {
    method.name: method for port in METHODS.values() for method in port.values()
}


def method(name: str) -> Method | None:
    """A method by its full name, or by what stands behind the slash."""
    if name in METHODS_BY_NAME:
        return METHODS_BY_NAME[name]
    return next((port[name] for port in METHODS.values() if name in port), None)
