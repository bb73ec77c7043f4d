"""Pages of documents: cursors, bounds, and the one position that a page reflects."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..context import Context
from ..messages import Message
from ..names import NEVER, FrameType
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame
from . import shop
from .streams import CREDIT_LEAST

LARGE_LINES = 900
LARGE_DESCRIPTION_BYTES = 200
DEFAULT_PAGE_SIZE = 100


def walk(context: Context, products: int, page_sizes: Sequence[int]) -> dict[str, int]:
    """All products by pages of each of these sizes, and by sizes that change on the way: the same
    list each time, in order, each document once."""
    last = _add_products(context, products)
    peer = context.open("query")
    lists = [_walk(peer, [size], shop.token(last)) for size in page_sizes]
    lists.append(_walk(peer, list(page_sizes), shop.token(last)))
    for ids in lists:
        if ids != sorted(set(ids)):
            raise CaseFailure("products by id, ascending, each once", f"{ids}")
        if ids != lists[0]:
            raise CaseFailure("the same products whatever the page size", f"{ids}, {lists[0]}")
    if len(lists[0]) < products:
        raise CaseFailure(f"at least the {products} products just added", f"{len(lists[0])}")
    return {"products": len(lists[0])}


def _walk(peer: Peer, sizes: Sequence[int], at_least: bytes) -> list[int]:
    ids: list[int] = []
    cursor, turn = b"", 0
    while True:
        size = sizes[turn % len(sizes)]
        documents, cursor, end = shop.page(
            peer, "ListProducts", {"page_size": size, "cursor": cursor}, at_least
        )
        if len(documents) > (size or DEFAULT_PAGE_SIZE):
            raise CaseFailure(f"at most {size or DEFAULT_PAGE_SIZE} ITEMs", f"{len(documents)}")
        if shop.position(shop.token(end)) < shop.position(at_least):
            raise CaseFailure("a page at AT_LEAST or later", end.describe())
        shop.age(end)
        ids += [document["product_id"] for document in documents]
        turn += 1
        if not cursor:
            return ids


def large_documents(context: Context, orders: int) -> dict[str, int]:
    """Orders of about 200 KB each: a page of 20 has fewer, and a cursor to the rest.

    The connection has no zlib, so that the page's size is that of the documents.
    """
    user, last = _user_with_orders(context, orders, LARGE_LINES)
    peer = context.open("query", initial_window=64 << 20)
    fields: Message = {"user_id": user, "page_size": 20}
    first, cursor, _ = shop.page(peer, "ListUserOrders", fields, last)
    if not cursor or not first:
        raise CaseFailure(
            "a page that ends at about 1 MiB, with a cursor",
            f"{len(first)} orders of about 200 KB, cursor {cursor.hex() or 'empty'}",
        )
    ids = [order["order_id"] for order in first]
    while cursor:
        more, cursor, _ = shop.page(peer, "ListUserOrders", fields | {"cursor": cursor}, last)
        ids += [order["order_id"] for order in more]
    if len(ids) != orders or len(set(ids)) != orders:
        raise CaseFailure(f"each of {orders} orders once", f"{ids}")
    return {"documents on the first page": len(first)}


def small_window(context: Context, products: int) -> None:
    """A page through a window of 1: each document needs a CREDIT, and none is lost."""
    last = shop.token(_add_products(context, products))
    whole, _, _ = shop.page(
        context.open("query"), "ListProducts", {"page_size": products}, last
    )
    peer = context.open("query", initial_window=1)
    stream = peer.request("ListProducts", {"page_size": products}, at_least=last)
    call = peer.calls[stream]
    while call.final is None:
        peer.read_frame("the next ITEM or END", None, lambda frame: frame.stream == stream)
        while call.final is None and call.credit <= 0:
            peer.credit(stream, CREDIT_LEAST)
    peer.expect_type(stream, FrameType.END)
    if [peer.message(item) for item in call.items] != whole:
        raise CaseFailure("the same page through a small window", f"{len(call.items)} ITEMs")


def one_position(context: Context, orders: int, rounds: int) -> dict[str, int]:
    """Pages of a user's orders while the user is renamed over and over: the name on a page is the
    one that was in force at the page's TOKEN, on each of its items."""
    user, last = _user_with_orders(context, orders, 1)
    names: dict[int, str | None] = {shop.position(last): None}
    writer = context.open("command", "writer")
    failures: list[BaseException] = []

    def rename() -> None:
        try:
            for turn in range(rounds):
                name = f"Name {turn}"
                fields = {"user_id": user, "name": name}
                _, token = shop.succeed(writer, "RenameUser", fields, context.key())
                names[shop.position(token)] = name
        except BaseException as failure:  # Reported by the case's own thread.
            failures.append(failure)

    thread = threading.Thread(target=rename)
    thread.start()
    reader = context.open("query", "reader")
    pages: list[tuple[int, set[str]]] = []
    while thread.is_alive() or not pages:
        documents, _, end = shop.page(
            reader, "ListUserOrders", {"user_id": user, "page_size": orders}, last
        )
        if len(documents) != orders:
            raise CaseFailure(f"a page of {orders} orders", f"{len(documents)}")
        seen = {order["user_name"] for order in documents}
        pages.append((shop.position(shop.token(end)), seen))
    thread.join()
    if failures:
        raise failures[0]
    for position, seen in pages:
        name = names[max(known for known in names if known <= position)]
        if len(seen) != 1 or name is not None and seen != {name}:
            raise CaseFailure(f"one name, {name!r}, at position {position}", f"{sorted(seen)}")
    return {"pages": len(pages), "positions": len({position for position, _ in pages})}


def invalid_cursors(context: Context) -> None:
    """Cursors that are not of this query, in each way that there is."""
    user, _ = _user_with_orders(context, 3, 1)
    other, last = _user_with_orders(context, 3, 1)
    shop.succeed_all(context, "RegisterUser", [shop.new_user(context) for _ in range(3)])
    peer = context.open("query")
    _, orders, _ = shop.page(peer, "ListUserOrders", {"user_id": user, "page_size": 1}, last)
    _, users, _ = shop.page(peer, "ListUsers", {"page_size": 1}, last)
    wrong: list[tuple[str, Message, bytes]] = [
        ("ListProducts", {}, users),
        ("ListUsers", {}, orders),
        ("ListUserOrders", {"user_id": user}, users),
        ("ListUserOrders", {"user_id": other}, orders),
        ("ListUserOrders", {"user_id": user, "status": 2}, orders),
        ("ListUsers", {}, b"\x00"),
        ("ListUsers", {}, users[:-1]),
        ("ListUsers", {}, users + b"\x00"),
        ("ListUsers", {}, context.random.randbytes(len(users))),
        ("ListUsers", {}, context.random.randbytes(5_000)),
    ]
    for offset in range(len(orders)):
        changed = bytearray(orders)
        changed[offset] ^= 1 << context.random.randrange(8)
        wrong.append(("ListUserOrders", {"user_id": user}, bytes(changed)))
    for method, fields, cursor in wrong:
        stream = peer.request(method, fields | {"cursor": cursor})
        peer.expect_error(
            stream, "INVALID_ARGUMENT", "INVALID_CURSOR", not_processed=True, retry_after=NEVER
        )
    documents, _, _ = shop.page(peer, "ListUserOrders", {"user_id": user, "cursor": orders}, last)
    if len(documents) != 2:
        raise CaseFailure("the right cursor to lead to the other 2 orders", f"{len(documents)}")


def cursor_after_restart(context: Context) -> None:
    """A cursor from before a restart leads on to where it did."""
    user, last = _user_with_orders(context, 5, 1)
    fields: Message = {"user_id": user}
    peer = context.open("query")
    first, cursor, _ = shop.page(peer, "ListUserOrders", fields | {"page_size": 2}, last)
    server = context.server_to_restart()
    server.stop()
    server.start()
    context.restarted()
    peer = context.open("query")
    rest, _, _ = shop.page(peer, "ListUserOrders", fields | {"cursor": cursor}, last)
    ids = [order["order_id"] for order in first + rest]
    if len(ids) != 5 or ids != sorted(ids, reverse=True):
        raise CaseFailure("the 5 orders, newest first, over the restart", f"{ids}")


def held(context: Context, products: int, bytes_most: int) -> dict[str, int]:
    """Pages through a window of 1 are held until one is too many; credit makes room again."""
    last = shop.token(_add_products(context, products))
    peer = context.open("query", initial_window=1)
    fields: Message = {"page_size": products}
    streams: list[int] = []
    while True:
        stream = peer.request("ListProducts", fields, at_least=last)
        frame = peer.read_frame("an ITEM or an ERROR", None, lambda one: one.stream == stream)
        if frame.type == FrameType.ERROR:
            break
        streams.append(stream)
        if len(streams) > bytes_most // products + 2:
            raise CaseFailure("TOO_MANY_HELD_PAGES", f"{len(streams)} pages are held")
    peer.expect_error(
        stream, "RESOURCE_EXHAUSTED", "TOO_MANY_HELD_PAGES", not_processed=True, retry_after=100
    )
    if not streams:
        raise CaseFailure("at least one page to be held", "the first was refused")
    peer.probe()
    for stream in streams:
        peer.credit(stream, 1 << 20)
        peer.expect_items(stream)
    again = peer.request("ListProducts", fields, at_least=last)
    peer.expect_item(again)
    peer.credit(again, 1 << 20)
    peer.expect_items(again)
    return {"pages held": len(streams)}


def _add_products(context: Context, count: int) -> Frame:
    word = shop.unique(context)
    requests: list[Message] = [
        {"name": f"Product {number} of {word}", "price_minor": number, "currency": "EUR"}
        for number in range(count)
    ]
    return shop.succeed_all(context, "AddProduct", requests)[-1]


def _user_with_orders(context: Context, orders: int, lines: int) -> tuple[int, bytes]:
    """A new user with so many orders of so many lines; its id, and the last token."""
    peer = context.open("command", "shop")
    reply, _ = shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    user = reply["user_id"]
    fields = [_order(context, user, lines) for _ in range(orders)]
    finals = shop.run_all(peer, "PlaceOrder", fields, [context.key() for _ in fields])
    for frame in finals:
        if frame.type != FrameType.RESPONSE:
            raise CaseFailure("PlaceOrder to succeed", frame.describe())
    return user, shop.token(finals[-1])


def _order(context: Context, user: int, lines: int) -> Message:
    """A PlaceOrder; with many lines a large one."""
    size = LARGE_DESCRIPTION_BYTES if lines > 1 else 12
    return {
        "user_id": user,
        "currency": "EUR",
        "lines": [
            {
                "quantity": 1,
                "price_minor": 100,
                "description": context.random.randbytes(size // 2).hex(),
            }
            for _ in range(lines)
        ],
    }
