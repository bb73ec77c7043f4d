"""What a running case has at hand: connections, the server, a seeded source of chance."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from .link import Address
from .messages import Message
from .outcome import CaseFailure, CaseSkipped
from .peer import Peer
from .server import Server
from .wire import hexdump

# Longer than any case takes: it ends those in which the server sends without end.
CASE_SECONDS_MAX = 900


@dataclass
class Context:
    """One case's surroundings; `close` ends all its connections."""

    addresses: dict[str, Address]
    role: str = "query"
    strict: bool = True
    timeout: float = 10.0
    random: random.Random = field(default_factory=random.Random)
    server: Server | None = None
    pid: int | None = None
    peers: dict[str, Peer] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    last: Peer | None = None
    ends_at: float = field(default_factory=lambda: time.monotonic() + CASE_SECONDS_MAX)
    _all: list[Peer] = field(default_factory=list)

    def connect(
        self, role: str | None = None, name: str | None = None, source: str | None = None
    ) -> Peer:
        """A TCP connection to the port of a role, from an address of ours; nothing is sent."""
        chosen = role or self.role
        if chosen not in self.addresses:
            raise CaseSkipped(f"the {chosen} port is not known: give its address")
        peer = Peer(self.addresses[chosen], chosen, self.timeout, source)
        peer.link.ends_at = self.ends_at
        self._all.append(peer)
        self.last = peer
        self.peers[name or "main"] = peer
        return peer

    def open(
        self, role: str | None = None, name: str | None = None, source: str | None = None,
        **hello: Any,
    ) -> Peer:
        """A connection with its handshake done; `hello` overrides fields of HELLO."""
        peer = self.connect(role, name, source)
        peer.hello(dict(hello))
        return peer

    def probe(self, role: str | None = None) -> None:
        """The server answers a call on a fresh connection."""
        peer = self.connect(role, "probe")
        peer.hello({"methods": ["tandem.meta.v1.Meta/Status"]})
        peer.probe()
        peer.close()

    def key(self) -> bytes:
        """A fresh idempotency key. Not from the seed: a run must not meet the keys of the last.
        A UUIDv4: 16 random bytes would now and then be a UUIDv7 of long ago, and so expired."""
        return uuid.uuid4().bytes

    def server_to_restart(self) -> Server:
        """The server, if the runner started it; skips the case if not."""
        if self.server is None:
            raise CaseSkipped("needs a server that the runner started (--start)")
        return self.server

    def restarted(self) -> None:
        """Takes over the addresses and the pid that the server has after a restart."""
        server = self.server_to_restart()
        self.addresses = dict(server.addresses)
        self.pid = server.pid

    def close(self) -> None:
        """Ends every connection of the case."""
        for peer in self._all:
            peer.close()

    def transcript(self) -> list[str]:
        """The last frames of the connection used last, as hex."""
        if self.last is None:
            return []
        return [f"{way:>8} {hexdump(data)}" for way, data in self.last.link.remembered]


__all__ = ["CaseFailure", "CaseSkipped", "Context", "Message"]
