"""Idempotency keys: UUIDs of version 7 (RFC 9562): a server can tell their age (IK-01)."""

from __future__ import annotations

import secrets
import time


def uuid7() -> bytes:
    """16 bytes: 48 bits of milliseconds since 1970, then the version, the variant and chance."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return value.to_bytes(16, "big")
