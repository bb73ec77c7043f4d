"""The handshake's server side: checks HELLO, builds WELCOME with what the case overrides."""

from __future__ import annotations

from typing import Any

from .. import messages, wire
from ..names import FrameType
from ..outcome import CaseSkipped
from .answers import EPOCH
from .bodies import plain, sha256
from .connection import DEFAULT_LIMITS, Connection
from .rules import CREDIT_MAX, require
from .scene import Scene

KINDS = {"unary": 1, "stream": 2}
IDEMPOTENCIES = {"read-only": 1, "keyed": 2}
CLUSTER = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
METHODS_MAX = 256
# A client that pipelines sends its first REQUESTs with HELLO; those are judged by the defaults.
PIPELINE_S = 0.02


def check_hello(scene: Scene, connection: Connection, checks: dict[str, Any]) -> None:
    """HELLO against the rules and the case."""
    hello = connection.hello_fields
    names = hello["methods"]
    require(len(names) <= METHODS_MAX, "HS-05", f"HELLO lists {len(names)} methods")
    require(hello["initial_window"] <= CREDIT_MAX, "ST-03", "initial_window is above 2^31 - 1")
    for digest in hello["dictionary_sha256"]:
        require(len(digest) == 32, "HS-04", f"HELLO names a dictionary by {len(digest)} bytes")
    cluster = hello.get("cluster_id")
    require(cluster is None or len(cluster) == 16, "HS-07", "HELLO's cluster_id is not 16 bytes")
    for name, facts in scene.methods.items():
        if facts["port"] == connection.port:
            require(name in names, "HS-04", f"HELLO does not list {name}, which 'open' named")
    _check_case(scene, hello, checks)


def _check_case(scene: Scene, hello: dict[str, Any], checks: dict[str, Any]) -> None:
    for feature in checks.get("features", []):
        if feature not in hello["features"]:
            raise CaseSkipped(f"the client does not offer the feature {feature}")
    for feature in checks.get("without", []):
        if feature in hello["features"]:
            scene.should(f"not offer {feature} here")
    if checks.get("grease") and not any(
        feature.startswith("grease-") for feature in hello["features"]
    ):
        scene.should("offer a feature that begins with 'grease-'")
    for name in checks.get("holds", []):
        content = plain(scene.case["dictionaries"][name])
        if sha256(content) not in hello["dictionary_sha256"]:
            scene.should("name in HELLO the dictionaries that it got in its last WELCOME")


def send_welcome(scene: Scene, connection: Connection, spec: dict[str, Any]) -> None:
    """WELCOME: what a right server says, with what the case and `spec` override."""
    spec = {**scene.case.get("welcome", {}), **spec}
    scene.pause(PIPELINE_S)
    connection.write(build(scene, connection, spec))
    connection.welcomed = True
    connection.crc_agreed = "crc32c" in spec.get("features", [])


def greet(scene: Scene) -> None:
    """Accepts whoever came, and answers each HELLO with a right WELCOME."""
    for port in list(scene.listeners):
        scene.try_accept(port, f"#{len(scene.connections)}")
    for connection in list(scene.connections.values()):
        if connection.hello is not None and not connection.welcomed and not connection.ended:
            check_hello(scene, connection, {})
            send_welcome(scene, connection, {})


def build(scene: Scene, connection: Connection, spec: dict[str, Any]) -> bytes:
    """WELCOME as a frame."""
    hello = connection.hello_fields
    features = spec.get("features", [])
    for feature in features:
        if feature not in hello["features"] and not spec.get("unasked"):
            raise CaseSkipped(f"the client does not offer the feature {feature}")
    stated = {**connection.limits, **spec.get("limits", {})}
    connection.limits = {key: value or DEFAULT_LIMITS[key] for key, value in stated.items()}
    fields: dict[str, Any] = {
        "minor": spec.get("minor", 0),
        "features": features,
        "methods": _methods(scene, connection, spec),
        "dictionaries": _dictionaries(scene, connection, hello, spec.get("dictionaries", [])),
        "limits": stated,
        "cluster_id": CLUSTER,
        "log_epoch": int.from_bytes(bytes.fromhex(spec.get("epoch", EPOCH.hex())), "big"),
        "key_retention_ms": spec.get("key_retention_ms", 86_400_000),
        "server": "tandem-reference/1",
        "endpoints": {},
    }
    body = bytes.fromhex(spec["body"]) if "body" in spec else messages.encode("Welcome", fields)
    if "length" in spec:
        body += messages.padding(spec["length"] - 12 - len(body))
    return wire.encode(
        FrameType.WELCOME,
        flags=spec.get("flags", 0), a=spec.get("a", 0), b=spec.get("b", 0),
        stream=spec.get("stream", 0), body=body,
    )


def _methods(
    scene: Scene, connection: Connection, spec: dict[str, Any]
) -> list[dict[str, Any]]:
    infos = [_method(scene, connection, name, spec) for name in connection.methods]
    infos += [{"known": 0}] * spec.get("methods_extra", 0)
    return infos[: len(infos) - spec.get("methods_missing", 0)]


def _method(
    scene: Scene, connection: Connection, name: str, spec: dict[str, Any]
) -> dict[str, Any]:
    facts = scene.methods.get(name)
    short = name.rsplit("/", 1)[-1]
    if facts is None or facts["port"] != connection.port or short in spec.get("unknown", []):
        return {"known": 0}
    return {
        "known": 1,
        "kind": spec.get("kind", KINDS[facts["kind"]]),
        "idempotency": spec.get("idempotency", IDEMPOTENCIES[facts["idempotency"]]),
        "max_size": spec.get("max_size", 1_024_000),
    }


def _dictionaries(
    scene: Scene, connection: Connection, hello: dict[str, Any], specs: list[Any]
) -> list[dict[str, Any]]:
    """Dictionaries by their names in the case; `content` and `sha256` can be made wrong."""
    listed = []
    for spec in specs:
        if isinstance(spec, str):
            spec = {"name": spec}
        content = plain(scene.case["dictionaries"][spec["name"]])
        connection.dictionaries.append(content)
        entry: dict[str, Any] = {"sha256": sha256(content)}
        if spec.get("sha256") == "wrong":
            entry["sha256"] = sha256(content + b"!")
        held = entry["sha256"] in hello["dictionary_sha256"]
        if spec.get("content", not held):
            entry["content"] = content
        listed.append(entry)
    return listed
