"""Puts a small shop into the server before the abuse begins."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from tandem_conformance import messages, wire
from tandem_conformance.link import Address

from . import requests
from .abuser import Shop
from .crowd import Connection, Crowd

GOOD_USER, LARGE_USER, SMALL_USER = 1, 2, 3
PRODUCTS = 1_000
SECONDS_MAX = 600
AT_ONCE = 64


def set_up(ports: dict[str, Address], large_orders: int, growth_bytes: int,
           seconds: float) -> Shop:
    """Users, products, and one user's orders of 1,000 lines; waits until they can be read."""
    crowd = Crowd(ports, ["127.0.0.1"])
    methods = [f"{requests.COMMANDS}/{name}" for name in ("RegisterUser", "AddProduct",
                                                          "PlaceOrder")]
    connection = crowd.open("command", methods)
    if connection is None:
        raise RuntimeError("no connection to the command port")
    users = (requests.register_user(user, f"user-{user}")
             for user in (GOOD_USER, LARGE_USER, SMALL_USER))
    products = (requests.add_product(product) for product in range(1, PRODUCTS + 1))
    large = (requests.place_order(
        LARGE_USER, requests.catalogue_lines(requests.LINES_MAX, PRODUCTS, order), order)
        for order in range(1, large_orders + 1))
    for method, bodies in enumerate((users, products, large)):
        _call_all(crowd, connection, method, bodies)
    refusals = [what for what in crowd.tally if what.startswith(("refused", "ended"))]
    if refusals:
        raise RuntimeError(f"the shop could not be set up: {dict(crowd.tally)}")
    crowd.close(connection)
    await_documents(crowd)
    return Shop(LARGE_USER, large_orders, SMALL_USER, PRODUCTS, growth_bytes, seconds)


def _call_all(crowd: Crowd, connection: Connection, method: int, bodies: Iterable[bytes]) -> None:
    for body in bodies:
        connection.call(body, method=method, key=b"\0" * 8 + os.urandom(8))
        _wait(crowd, connection, AT_ONCE)
    _wait(crowd, connection, 0)


def _wait(crowd: Crowd, connection: Connection, most: int) -> None:
    """Until no more calls than that are open."""
    deadline = time.monotonic() + SECONDS_MAX
    while connection.open_calls > most and not connection.is_closed:
        crowd.turn(0.1)
        if time.monotonic() > deadline:
            raise RuntimeError("the shop was not set up in time")


def await_documents(crowd: Crowd) -> None:
    """Until the documents have all that is in the log."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        status = read_status(crowd)
        if status.get("read_position") == status.get("head_position") != 0:
            return
        time.sleep(0.1)
    raise RuntimeError("the documents were not built in time")


def read_status(crowd: Crowd) -> messages.Message:
    """What Meta/Status of the query port says; empty if there is no answer."""
    answers: list[bytes] = []
    connection = crowd.open("query", [requests.STATUS])
    if connection is None:
        return {}
    connection.on_frame = lambda kind, stream, frame: answers.append(frame) if stream else None
    connection.call(b"")
    deadline = time.monotonic() + 10
    while not answers and not connection.is_closed and time.monotonic() < deadline:
        crowd.turn(0.1)
    crowd.close(connection)
    return messages.decode("StatusReply", wire.decode(answers[0]).body) if answers else {}
