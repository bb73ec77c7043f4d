"""What the toy client remembers: of its session, of open calls, of a call from try to try."""

from __future__ import annotations

import random
import struct
import threading
import time
from typing import Any

from toy_wire import WRONG


class Session:
    """What all connections of a client share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token: bytes | None = None
        self.dictionaries: dict[bytes, bytes] = {}

    def saw(self, token: bytes | None) -> None:
        with self.lock:
            if token and ("last-token" in WRONG or self.is_newer(token)):
                self.token = token

    def is_newer(self, token: bytes) -> bool:
        """Higher, or of another epoch than the kept one."""
        return self.token is None or token > self.token or token[:8] != self.token[:8]


class Waiting:
    """An open call of a connection."""

    def __init__(self, is_stream: bool) -> None:
        self.is_stream = is_stream
        self.items: list[bytes] = []
        self.uncredited = 0
        self.final: Any = None


class Call:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.port, self.method = asked["port"], asked["method"]
        self.is_stream = asked["kind"] == "stream"
        self.body = bytes.fromhex(asked["body"])
        self.key = bytes.fromhex(asked["key"]) if asked.get("key") else None
        self.read_only = asked["read_only"]
        self.extras = extras(asked)
        self.started = time.monotonic()
        self.deadline = self.started + asked["timeout_ms"] / 1000
        self.cancelled = False
        # An earlier attempt may have taken effect.
        self.unknown = False
        # An attempt went out.
        self.sent = False
        self.repeatable = True

    def is_too_old(self, welcome: dict[str, Any] | None, wait: float = 0.0) -> bool:
        """Whether the server may have forgotten the key by now, or after a wait."""
        retention = (welcome or {}).get("key_retention_ms", 0)
        age = time.monotonic() + wait - self.started
        return bool(self.key and retention and age > retention / 1000)


def extras(asked: dict[str, Any]) -> list[tuple[int, bytes]]:
    """What the caller gave besides: metadata entries."""
    if "no-extras" in WRONG:
        return []
    found = []
    if "trace_parent" in asked:
        found.append((1, asked["trace_parent"].encode()))
    if "max_staleness_ms" in asked:
        found.append((4, struct.pack(">I", asked["max_staleness_ms"])))
    custom = asked.get("custom", [])
    for one in {one["name"]: one for one in custom}.values() if "one-a-name" in WRONG else custom:
        is_text = "text" in one
        value = one["text"].encode() if is_text else bytes.fromhex(one["bytes"])
        found.append((0x40 if is_text else 0x41, one["name"].encode() + b"\0" + value))
    return sorted(found) if "sorts-extras" in WRONG else found


def wait(failures: int) -> float:
    if "no-backoff" in WRONG:
        return 0.0
    return min(2.0, 0.05 * 2 ** min(failures - 1, 8)) * random.uniform(0.5, 1)
