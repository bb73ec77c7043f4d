"""What a client may be told; the defaults are meant for production."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .retry import RetryPolicy


class Role(IntEnum):
    """The port a connection is for (section 1)."""

    COMMAND = 1
    QUERY = 2
    FEED = 3


@dataclass(frozen=True, slots=True)
class Options:
    """Bytes where no unit is named, seconds for times. Raises ValueError for what cannot work."""

    client_name: str = "tandem-client-python/1.0"
    timeout: float | None = 10.0
    """What a call may take, retries and connecting included, if it does not say so itself."""
    deadline_grace: float = 0.25
    """Beyond the deadline, for the server's own word on what became of the call to arrive."""
    connect_timeout: float = 5.0
    cluster_id: bytes | None = None
    """16 bytes: refuse servers of another cluster."""
    compression: bool = True
    crc32c: bool | None = None
    """Checksums on frames. None: ask for them unless the address is a loopback one (FR-18). They
    are computed in Python here, at some 8 MiB/s; say False where something else protects frames."""
    max_frame: int = 4 << 20
    initial_window: int = 256 << 10
    raw_length_max: int = (1 << 24) - 1
    """The longest inflated body that is taken."""
    page_bytes_max: int = 64 << 20
    """What all items of one page may take together, inflated."""
    ping_after: float = 60.0
    dead_after_ping: float = 20.0
    grease: bool = True
    """Send an unknown feature and, now and then, an ignorable frame: keeps servers tolerant."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        if not 16 << 10 <= self.max_frame <= (1 << 24) - 1:
            raise ValueError("max_frame is 16,384 to 2^24 - 1")
        if not 16 << 10 <= self.initial_window <= (1 << 31) - 1:
            raise ValueError("initial_window is 16,384 to 2^31 - 1")
        if self.cluster_id is not None and len(self.cluster_id) != 16:
            raise ValueError("cluster_id has 16 bytes")
