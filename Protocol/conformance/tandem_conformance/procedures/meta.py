"""Meta on every port: what it says has to agree with what the connection itself was told."""

from __future__ import annotations

from ..context import Context
from ..messages import Message
from ..outcome import CaseFailure
from ..peer import Peer
from . import shop

META = "tandem.meta.v1.Meta/"
KINDS = {"unary": 1, "stream": 2}
IDEMPOTENCIES = {"read-only": 1, "keyed": 2}
META_BYTES_MOST = 1_024


def describe(context: Context, role: str, domain: str) -> dict[str, int]:
    """Describe on one port: its name, its domain, the methods that WELCOME knows, as WELCOME has
    them, and the features that can be agreed on."""
    peer = context.open(role)
    told = peer.expect_reply(peer.request(META + "Describe", {}))
    welcome: Message = peer.welcome or {}
    wanted = (role, domain, welcome["server"])
    if (told["port"], told["domain"], told["server"]) != wanted:
        raise CaseFailure(f"port, domain and server to be {wanted}", f"{told}")
    described = {method["name"]: method for method in told["methods"]}
    if len(described) != len(told["methods"]):
        raise CaseFailure("each method once", f"{sorted(described)}")
    for name, info in zip(peer.methods, welcome["methods"], strict=True):
        if bool(info["known"]) != (name in described):
            raise CaseFailure(f"{name} in Describe just if WELCOME knows it", f"{info}")
        if info["known"]:
            _check_method(described[name], info)
    for method in ("Health", "Describe", "Status"):
        if described.get(META + method, {}).get("max_size") != META_BYTES_MOST:
            raise CaseFailure(f"{method} with {META_BYTES_MOST} bytes at most", f"{described}")
    _check_all_known(context, role, list(described))
    _check_features(context, role, told["features"])
    return {"methods": len(described)}


def collections(context: Context) -> None:
    """The query port describes the collections that Status counts; the others have none."""
    for role in ("command", "feed"):
        peer = context.open(role)
        if peer.expect_reply(peer.request(META + "Describe", {}))["collections"]:
            raise CaseFailure(f"no collections on the {role} port", "some")
    peer = context.open("query")
    told = peer.expect_reply(peer.request(META + "Describe", {}))["collections"]
    counted = peer.expect_reply(peer.request(META + "Status", {}))["collections"]
    names = [collection["name"] for collection in told]
    if not names or sorted(names) != sorted(one["name"] for one in counted):
        raise CaseFailure("the collections of Status", f"{told}, {counted}")
    for collection in told:
        if len(set(collection["indexes"])) != len(collection["indexes"]):
            raise CaseFailure("each index once", f"{collection}")


def status(context: Context) -> None:
    """Status of each port knows the log: its epoch, and its head once a command was answered."""
    finals = shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])
    token = shop.token(finals[0])
    for role, side in (("command", "write"), ("feed", "write"), ("query", "read")):
        peer = context.open(role)
        if role == "query":
            peer.expect_items(peer.request("ListUsers", {"page_size": 1}, at_least=token))
        told = peer.expect_reply(peer.request(META + "Status", {}))
        welcome: Message = peer.welcome or {}
        if told["role"] != side or told["log_epoch"] != shop.epoch(token):
            raise CaseFailure(f"role {side}, epoch {shop.epoch(token):016x}", f"{told}")
        if told["log_epoch"] != welcome["log_epoch"]:
            raise CaseFailure("the epoch of WELCOME", f"{told}")
        reached = told["read_position"] if side == "read" else told["head_position"]
        if reached < shop.position(token):
            raise CaseFailure(f"{shop.position(token)} or later", f"{told}")
        if side == "read" and not told["feed_connected"]:
            raise CaseFailure("a read side that is connected to the feed", f"{told}")
    _check_counts(context, token)


def _check_counts(context: Context, token: bytes) -> None:
    """One more user is one more document."""
    peer = context.open("query")
    counts = []
    for _ in range(2):
        peer.expect_items(peer.request("ListUsers", {"page_size": 1}, at_least=token))
        told = peer.expect_reply(peer.request(META + "Status", {}))["collections"]
        counts.append({one["name"]: one["documents"] for one in told}["users"])
        finals = shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])
        token = shop.token(finals[0])
    if counts[1] != counts[0] + 1:
        raise CaseFailure("one document more", f"{counts}")


def _check_method(described: Message, info: Message) -> None:
    kind = KINDS.get(described["kind"])
    idempotency = IDEMPOTENCIES.get(described["idempotency"])
    if (kind, idempotency, described["max_size"]) != (
        info["kind"],
        info["idempotency"],
        info["max_size"],
    ):
        raise CaseFailure(f"as WELCOME has it, {info}", f"{described}")


def _check_all_known(context: Context, role: str, names: list[str]) -> None:
    peer = context.open(role, "all", methods=names)
    unknown = [
        name for name, info in zip(names, (peer.welcome or {})["methods"]) if not info["known"]
    ]
    if unknown:
        raise CaseFailure("each method of Describe to be known to WELCOME", f"{unknown}")


def _check_features(context: Context, role: str, features: list[str]) -> None:
    known = {"zlib", "crc32c", "json"}
    # Cases of their own are about JSON: nothing else is compressed beside it.
    features = [feature for feature in features if feature != "json"]
    asked = [*features, "grease-conformance"]
    peer: Peer = context.open(role, "features", features=asked)
    agreed = (peer.welcome or {})["features"]
    if sorted(agreed) != sorted(features):
        raise CaseFailure(f"all of {features} to be agreed", f"{agreed}")
    if not known & set(features) or set(features) - known:
        raise CaseFailure(f"features among {sorted(known)}", f"{features}")
