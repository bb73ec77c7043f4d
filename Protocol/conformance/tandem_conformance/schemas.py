"""The messages and the methods that the suite speaks, as Protocol/proto/ has them.

A field is `name: (number, type)`. Types: `uint` (any unsigned varint, bool and enum too), `int`
(int64), `fixed64`, `string`, `bytes`, `map` (string to string), or a message's name. `*` behind
it: repeated (numbers are sent packed); `?`: optional, so that its absence can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import protos
from .protos import Fields

_PROTOS = protos.read(sorted((Path(__file__).resolve().parents[2] / "proto").rglob("*.proto")))

MESSAGES: dict[str, Fields] = {
    "Empty": {},
    "MapEntry": {"key": (1, "string"), "value": (2, "string")},
    **_PROTOS.messages,
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


def _of(service: str) -> tuple[str, ...]:
    return tuple(name for name in _PROTOS.rpcs if name.startswith(service))


# On every port.
_META, _TEST = "tandem.meta.v1.Meta/", "tandem.test.v1.Test/"
_EVERYWHERE = (
    _TEST + "Echo", _TEST + "Sleep", _TEST + "Fail", _TEST + "Stream",
    _META + "Health", _META + "Describe", _META + "Status",
)
_COMMANDS, _QUERIES = "tandem.orders.v1.OrderCommands/", "tandem.orders.v1.OrderQueries/"
_PORTS = {
    "command": ("tandem.test.v1.TestCommands/Attempt", *_of(_COMMANDS)),
    "query": _of(_QUERIES),
    "feed": ("tandem.feed.v1.Feed/Subscribe",),
}
_RAW = {_TEST + "Stream"}


@cache
def _method(name: str) -> Method:
    rpc = _PROTOS.rpcs[name]
    reply = "" if name in _RAW else rpc.reply
    return Method(name, rpc.request, reply, name in _PORTS["command"], rpc.stream)


METHODS: dict[str, dict[str, Method]] = {
    port: {name.rsplit("/", 1)[1]: _method(name) for name in (*_EVERYWHERE, *own)}
    for port, own in _PORTS.items()
}
"""The methods of each port, by their short names: those that HELLO lists unless told otherwise."""

METHODS_BY_NAME: dict[str, Method] = {
    method.name: method for port in METHODS.values() for method in port.values()
}


def method(name: str) -> Method | None:
    """A method by its full name, or by what stands behind the slash."""
    if name in METHODS_BY_NAME:
        return METHODS_BY_NAME[name]
    return next((port[name] for port in METHODS.values() if name in port), None)
