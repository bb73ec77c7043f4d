"""What a call carries besides its body: the trace context, a bound on staleness, entries of the
application's own. A case names them as the harness is told of them.
"""

from __future__ import annotations

import struct
from typing import Any

from ..names import Tag
from ..outcome import CaseFailure
from ..wire import Frame
from .bodies import plain
from .scene import Call, Scene

KEYS = ("trace_parent", "max_staleness_ms", "custom")
_CUSTOM = (Tag.CUSTOM_TEXT, Tag.CUSTOM_BINARY)


def asked(step: dict[str, Any]) -> dict[str, Any]:
    """The members of the harness's line: values of custom entries as text, or as hex."""
    told = {key: step[key] for key in KEYS if key in step}
    if "custom" in told:
        told["custom"] = [
            one if "text" in one else {**one, "bytes": plain(one["bytes"]).hex()}
            for one in told["custom"]
        ]
    return told


def entries(step: dict[str, Any]) -> list[tuple[int, bytes]]:
    """The same as they stand in a REQUEST."""
    found: list[tuple[int, bytes]] = []
    if "trace_parent" in step:
        found.append((Tag.TRACE_PARENT, step["trace_parent"].encode()))
    if "max_staleness_ms" in step:
        found.append((Tag.MAX_STALENESS, struct.pack(">I", step["max_staleness_ms"])))
    for one in step.get("custom", []):
        is_text = "text" in one
        value = one["text"].encode() if is_text else plain(one["bytes"])
        tag = Tag.CUSTOM_TEXT if is_text else Tag.CUSTOM_BINARY
        found.append((tag, one["name"].encode() + b"\0" + value))
    return found


def check(scene: Scene, call: Call, frame: Frame) -> None:
    """What the caller gave stands in the REQUEST, unchanged, the custom entries in their order. A
    client may have entries of its own besides. What it never sends it only should.
    """
    sent = {tag for tag, _ in frame.metadata}
    for tag, _ in call.extras:
        if tag in sent:
            continue
        if tag in call.extras_sent:
            raise CaseFailure(f"[FR-22] {frame}, a repeat, is without {Tag(tag).name}")
        scene.should(f"send {Tag(tag).name} as the caller gave it [FR-22]")
    call.extras_sent |= sent
    # What is found of it is used up, so that the order of custom entries counts.
    rest = iter(frame.metadata)
    for tag, value in call.extras:
        if tag in sent and (tag, value) not in (rest if tag in _CUSTOM else frame.metadata):
            raise CaseFailure(
                f"[FR-22] {Tag(tag).name} {value[:40]!r} is not in the REQUEST or out of place:"
                f" {[(f'{tag:02X}', value[:40]) for tag, value in frame.metadata]}"
            )
