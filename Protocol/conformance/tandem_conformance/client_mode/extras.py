"""What a call carries besides its body: the trace context, a bound on staleness, entries of the
application's own. A case names them as the harness is told of them.
"""

from __future__ import annotations

import struct
from typing import Any

from ..outcome import CaseFailure
from . import frames
from .bodies import plain
from .frames import Frame
from .scene import Call, Scene

KEYS = ("trace_parent", "max_staleness_ms", "custom")
_NAMES = {
    frames.TRACE_PARENT: "TRACE_PARENT", frames.MAX_STALENESS: "MAX_STALENESS",
    frames.CUSTOM_TEXT: "CUSTOM_TEXT", frames.CUSTOM_BINARY: "CUSTOM_BINARY",
}
_CUSTOM = (frames.CUSTOM_TEXT, frames.CUSTOM_BINARY)


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
    found = []
    if "trace_parent" in step:
        found.append((frames.TRACE_PARENT, step["trace_parent"].encode()))
    if "max_staleness_ms" in step:
        found.append((frames.MAX_STALENESS, struct.pack(">I", step["max_staleness_ms"])))
    for one in step.get("custom", []):
        is_text = "text" in one
        value = one["text"].encode() if is_text else plain(one["bytes"])
        tag = frames.CUSTOM_TEXT if is_text else frames.CUSTOM_BINARY
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
            raise CaseFailure(f"[FR-22] {frame}, a repeat, is without {_NAMES[tag]}")
        scene.should(f"send {_NAMES[tag]} as the caller gave it [FR-22]")
    call.extras_sent |= sent
    # What is found of it is used up, so that the order of custom entries counts.
    rest = iter(frame.metadata)
    for tag, value in call.extras:
        if tag in sent and (tag, value) not in (rest if tag in _CUSTOM else frame.metadata):
            raise CaseFailure(
                f"[FR-22] {_NAMES[tag]} {value[:40]!r} is not in the REQUEST, or not in its place:"
                f" {[(f'{tag:02X}', value[:40]) for tag, value in frame.metadata]}"
            )
