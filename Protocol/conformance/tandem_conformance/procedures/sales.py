"""What orders add up to: the products that sold best, and the sales of days.

In a currency and on days of the case's own, so that nobody else's orders count there.
"""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..messages import Message
from ..names import NEVER
from ..outcome import CaseFailure
from ..peer import Peer
from . import shop

PLACED, PAID, CANCELLED = 1, 2, 5
DAY_US = 86_400_000_000
# The last day that orders can have is in the year 9999.
DAYS = 2_900_000


class _Shop:
    """A user who orders, in a currency that no run before has used, as good as."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.peer = context.open("command", "shop")
        self.user, self.token = self.run("RegisterUser", shop.new_user(context))
        chance = int.from_bytes(context.key()[:6], "big")
        self.first_day = chance % DAYS
        self.currency = "".join(chr(ord("A") + chance // 26**n % 26) for n in range(3))

    def run(self, method: str, fields: Message) -> tuple[Message, bytes]:
        """A command that must succeed; queries see it from then on."""
        reply, self.token = shop.succeed(self.peer, method, fields, self.context.key())
        return reply, self.token

    def product(self, name: str) -> int:
        """A product whose units are not counted."""
        fields = {"name": name, "price_minor": 1, "currency": self.currency}
        return int(self.run("AddProduct", fields)[0]["product_id"])

    def order(self, *lines: Message, created_at_us: int | None = None) -> int:
        """An order of these lines."""
        fields: Message = {
            "user_id": self.user["user_id"], "lines": list(lines), "currency": self.currency
        }
        if created_at_us is not None:
            fields["created_at_us"] = created_at_us
        return int(self.run("PlaceOrder", fields)[0]["order_id"])

    def all(self, reader: Peer, method: str, fields: Message, page_size: int) -> list[Message]:
        """All of a list, by pages of this size at most."""
        found: list[Message] = []
        cursor = b""
        while True:
            page, cursor, _ = shop.page(
                reader, method, {**fields, "page_size": page_size, "cursor": cursor}, self.token
            )
            if len(page) > page_size:
                raise CaseFailure(f"at most {page_size} ITEMs", f"{len(page)}")
            found += page
            if not cursor:
                return found


def top_products(context: Context) -> dict[str, int]:
    """By revenue in a currency, by pages; and by units whatever the currency, with all others'."""
    own = _Shop(context)
    few, many, some = (own.product(name) for name in ("Few", "Many", "Some"))
    own.order(_line(few, 1, 900), _line(many, 9, 400), _line(some, 2, 700))
    own.order(_line(many, 1, 100))
    given_back = own.order(_line(some, 5, 5_000))
    own.run("CancelOrder", {"order_id": given_back})
    reader = context.open("query")
    # Chance may give two runs, or another case, one currency.
    own_products = {few, many, some}

    def mine(came: list[Message]) -> list[Message]:
        return [sold for sold in came if sold["product_id"] in own_products]

    wanted = [_sold(own, few, 1, 900), _sold(own, some, 2, 700), _sold(own, many, 10, 500)]
    for page_size in (1, 2, 1_000):
        came = own.all(reader, "ListTopProducts", {"currency": own.currency}, page_size)
        _equal(f"by revenue in {own.currency}", mine(came), wanted)
    by_units = own.all(reader, "ListTopProducts", {}, 1_000)
    units = [sold["units"] for sold in by_units]
    _equal("by units, the most first", units, sorted(units, reverse=True))
    _equal("by units", mine(by_units), [wanted[2], wanted[1], wanted[0]])
    other = own.currency[1:] + own.currency[:1].lower()
    stream = reader.request("ListTopProducts", {"currency": other}, at_least=own.token)
    reader.expect_error(
        stream, "INVALID_ARGUMENT", "INVALID_CURRENCY", not_processed=True, retry_after=NEVER
    )
    return {"products sold": len(by_units)}


def daily(context: Context) -> None:
    """Orders of two days by their status, which moves them, while their day stays."""
    own = _Shop(context)
    day, start = own.first_day, own.first_day * DAY_US
    for at in (start, start + DAY_US - 1):
        own.order(_parcel(300), created_at_us=at)
    paid = own.order(_parcel(1_000), created_at_us=start + 1)
    own.run("PayOrder", {"order_id": paid})
    own.run("RefundOrder", {"order_id": paid, "amount_minor": 250})
    later = own.order(_parcel(70), created_at_us=start + DAY_US)
    reader = context.open("query")

    def rows(until: int = 2, **fields: Any) -> list[Message]:
        asked = {"from_day": day, "end_day": day + until, **fields}
        came = own.all(reader, "ListDailySales", asked, 2)
        return [row for row in came if row["currency"] == own.currency]

    first = [_day(own, day, PLACED, 2, 600), _day(own, day, PAID, 1, 1_000, 250)]
    second = _day(own, day + 1, PLACED, 1, 70)
    _equal("a day", rows(until=1), first)
    _equal("two days", rows(), [*first, second])
    _equal("days of placed orders", rows(status=PLACED), [first[0], second])
    backwards = [row["day"] for row in rows(descending=1)]
    _equal("the last day first", backwards, [day + 1, day, day])
    own.run("CancelOrder", {"order_id": later})
    gone = _day(own, day + 1, CANCELLED, 1, 70)
    _equal("behind a cancelled order", rows(), [*first, gone])


def _line(product: int, quantity: int, price: int) -> Message:
    return {"product_id": product, "quantity": quantity, "price_minor": price}


def _parcel(price: int) -> Message:
    return {"description": "A parcel", "quantity": 1, "price_minor": price}


def _sold(own: _Shop, product: int, units: int, revenue: int) -> Message:
    return {
        "product_id": product, "currency": own.currency, "units": units, "revenue_minor": revenue
    }


def _day(
    own: _Shop, day: int, status: int, count: int, total: int, refunded: int = 0
) -> Message:
    return {
        "day": day, "status": status, "currency": own.currency, "order_count": count,
        "total_minor": total, "refunded_minor": refunded,
    }


def _equal(what: str, came: object, wanted: object) -> None:
    if came != wanted:
        raise CaseFailure(f"{what}: {wanted}", f"{came}")
