"""Connections that speak JSON, from the handshake to the shop's documents."""

from __future__ import annotations

import base64
from typing import Any

from .. import messages
from ..context import Context
from ..json_peer import JSONPeer, document
from ..names import Flag, FrameType
from ..outcome import CaseFailure
from . import shop

COMMANDS = "tandem.orders.v1.OrderCommands/"
QUERIES = "tandem.orders.v1.OrderQueries/"
HEALTH = "tandem.meta.v1.Meta/Health"
ECHO = "tandem.test.v1.Test/Echo"
STREAM = "tandem.test.v1.Test/Stream"
ELEMENTS = 20_000


def handshake(context: Context) -> None:
    """HELLO, WELCOME and GOAWAY in JSON; zlib is not agreed beside it, checksums could be."""
    for role in ("command", "query"):
        peer = JSONPeer(context, role, [HEALTH, "x/Y"], features=["zlib", "json", "grease-x"],
                        laterField=[1])
        welcome = peer.welcome
        _equal("features", welcome.get("features"), ["json"])
        _equal("methods", [one.get("known", False) for one in welcome["methods"]], [True, False])
        _equal("dictionaries", welcome.get("dictionaries", []), [])
        if not isinstance(welcome["logEpoch"], str):
            raise CaseFailure("a log epoch as a string", f"{welcome}")
        _equal("health", peer.reply(HEALTH, "").get("state"), "SERVING")
        peer.send(FrameType.REQUEST, a=0, stream=1)
        goaway = peer.read()
        if goaway.type != FrameType.GOAWAY or not goaway.body.startswith(b"{"):
            raise CaseFailure("GOAWAY in JSON", goaway.describe())


def without_the_feature(context: Context) -> None:
    """HELLO in JSON alone makes no bodies JSON; on the feed port nothing does."""
    peer = context.connect("feed")
    peer.send_preface()
    peer.methods = [HEALTH]
    peer.send_frame(FrameType.HELLO, body=b'{"features":["json"],"methods":["%s"]}'
                    % HEALTH.encode())
    welcome = peer.read_welcome()
    _equal("features on the feed port", welcome["features"], [])
    _equal("health", peer.expect_reply(peer.request(HEALTH, {}))["state"], 1)


def orders(context: Context) -> None:
    """The same commands and documents as in protobuf, and the same keys."""
    user, key = shop.new_user(context), context.key()
    peer = JSONPeer(context, "command", [COMMANDS + "RegisterUser", COMMANDS + "PlaceOrder"])
    registered = peer.reply(COMMANDS + "RegisterUser", user, key)
    frame, _ = peer.call(COMMANDS + "RegisterUser", user, key)
    if frame.type != FrameType.RESPONSE or not frame.flags & Flag.REPLAYED:
        raise CaseFailure("a RESPONSE with REPLAYED", frame.describe())
    user_id = registered["userId"]
    if not isinstance(user_id, str):
        raise CaseFailure("an id as a string", f"{registered}")
    order: dict[str, Any] = {
        "userId": user_id, "currency": "EUR",
        "lines": [{"quantity": 2, "priceMinor": "900", "description": "Größe \u2028 \"x\" \\"}],
    }
    peer.error(COMMANDS + "PlaceOrder", order, "KEY_MISSING")
    order["lines"][0]["description"] = 'Größe "x" \\'
    for _ in range(2):
        placed, _ = peer.call(COMMANDS + "PlaceOrder", order, context.key())
        if placed.type != FrameType.RESPONSE:
            raise CaseFailure("RESPONSE", f"{placed.body!r}")
    plain = context.open("query")
    shown = plain.request("GetUser", {"user_id": int(user_id)}, at_least=shop.token(placed))
    reader = JSONPeer(context, "query", [QUERIES + one for one in ("ListUserOrders", "GetUser")])
    _equal("name", plain.expect_reply(shown)["name"], user["name"])
    listed = reader.page(QUERIES + "ListUserOrders", {"userId": user_id, "pageSize": 1})
    _equal("orders", len(listed), 2)
    _equal("item", listed[0]["items"][0]["productName"], 'Größe "x" \\')
    _equal("status", listed[0]["status"], "ORDER_STATUS_PLACED")
    _equal("total", listed[0]["totalMinor"], "900")
    frame, _ = reader.call(QUERIES + "GetUser", {"userId": "9007199254740993"})
    _equal("an unknown user", frame.type, FrameType.ERROR)
    _equal("reason", document(frame)["info"]["reason"], "NOT_FOUND")


def batches_and_sums(context: Context) -> None:
    """A batch, and what its orders add up to; a part is PlaceOrder's, in protobuf too."""
    plain = context.open("command")
    user, _ = shop.succeed(plain, "RegisterUser", shop.new_user(context), context.key())
    goods: messages.Message = {"name": "Tea", "price_minor": 250, "currency": "EUR"}
    product, _ = shop.succeed(plain, "AddProduct", goods, context.key())
    user_id, product_id, part_key = user["user_id"], product["product_id"], context.key()
    line = {"productId": str(product_id), "quantity": 2}
    order = {"userId": str(user_id), "currency": "EUR", "lines": [line]}
    nobody = {**order, "userId": str((1 << 63) - 1)}
    batch = {"parts": [
        {"request": order, "idempotencyKey": base64.b64encode(part_key).decode()},
        {"request": nobody}, {"request": order},
    ]}
    method, key = COMMANDS + "PlaceOrders", context.key()
    peer = JSONPeer(context, "command", [method])
    peer.error(method, {"parts": []}, "KEY_MISSING")
    first = peer.reply(method, batch, key)["outcomes"]
    _equal("total", first[0]["reply"]["totalMinor"], "500")
    _equal("status", first[2]["reply"]["status"], "ORDER_STATUS_PLACED")
    _equal("code", first[1]["error"]["code"], 5)
    _equal("reason", first[1]["error"]["reason"], "UNKNOWN_USER")
    again = peer.reply(method, batch, key)["outcomes"]
    _equal("repeat", again, [{**outcome, "isReplay": True} for outcome in first])
    fields = {
        "user_id": user_id, "lines": [{"product_id": product_id, "quantity": 2}],
        "currency": "EUR",
    }
    alone, _ = shop.succeed(plain, "PlaceOrder", fields, part_key)
    _equal("order of the part's key", str(alone["order_id"]), first[0]["reply"]["orderId"])
    # The part's position is before that of the last: another command is after both.
    _, token = shop.succeed(plain, "AddProduct", goods, context.key())
    waiting = context.open("query")
    waiting.expect_reply(waiting.request("GetUser", {"user_id": user_id}, at_least=token))
    reader = JSONPeer(context, "query", [QUERIES + "GetUserSummary", QUERIES + "ListProductSales"])
    summary = reader.reply(QUERIES + "GetUserSummary", {"userId": str(user_id)})
    _equal("orders", summary["orderCount"], "2")
    _equal("spent", summary["spent"], [{"currency": "EUR", "amountMinor": "1000"}])
    _equal("sales", reader.page(QUERIES + "ListProductSales", {"productId": str(product_id)}), [
        {"productId": str(product_id), "currency": "EUR", "units": "4", "revenueMinor": "1000"}
    ])


def refusals(context: Context) -> None:
    """What is not the request's JSON is refused on its stream, and the connection goes on."""
    peer = JSONPeer(context, "query", [ECHO, STREAM])
    for body in ("{", "[]", '{"payload": 1}', '{"nothing": 1}', '{"payload": "AQ=="} x', b"\xff",
                 "\x00", '{"payload": "%s"' % ("[" * 5_000)):
        details = peer.error(ECHO, body, "MALFORMED_REQUEST")
        _equal("domain", details["info"]["domain"], "tandem")
    peer.error(ECHO, '{"nest":' * 200 + "{}" + "}" * 200, "MALFORMED_REQUEST")
    peer.error(ECHO, "[" + "{}," * ELEMENTS + "{}]", "REQUEST_TOO_COMPLEX")
    most = peer.welcome["methods"][0]["maxSize"]
    peer.error(ECHO, " " * (most + 1), "REQUEST_TOO_LARGE")
    # The test service's items are bytes of a pattern, which is no message.
    peer.error(STREAM, {"sizes": [10]}, "ANSWER_NOT_JSON")
    _equal("echo", peer.reply(ECHO, {"payload": "AAEC"}), {"payload": "AAEC"})


def same_body(context: Context) -> None:
    """Two texts of one message are one body for its key, and another message is another."""
    user, key = shop.new_user(context), context.key()
    method = COMMANDS + "RegisterUser"
    peer = JSONPeer(context, "command", [method])
    first = peer.reply(method, user, key)
    spaced = '{ "name": %s,\n "email": %s }' % (_text(user["name"]), _text(user["email"]))
    _equal("reply", peer.reply(method, spaced, key), first)
    plain = context.open("command")
    stream = plain.request("RegisterUser", messages.encode("RegisterUserRequest", user), key=key)
    _equal("reply in protobuf", f'{plain.expect_reply(stream)["user_id"]}', first["userId"])
    frame, _ = peer.call(method, {**user, "name": "Other"}, key)
    _equal("another body", frame.type, FrameType.ERROR)
    _equal("reason", document(frame)["info"]["reason"], "KEY_REUSED")


def _text(value: Any) -> str:
    return '"%s"' % value


def _equal(what: str, came: Any, expected: Any) -> None:
    if came != expected:
        raise CaseFailure(f"{what} {expected!r}", f"{came!r}")
