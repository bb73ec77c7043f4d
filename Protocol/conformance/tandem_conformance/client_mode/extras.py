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
    client may have entries of its own besides. One that never sends some only should.
    """
    custom = [entry for entry in call.extras if entry[0] in _CUSTOM]
    sent = [entry for entry in frame.metadata if entry[0] in _CUSTOM]
    for tag, value in call.extras:
        found = sent if tag in _CUSTOM else frame.entry(tag)
        if found:
            call.extras_sent.add(tag)
        elif tag in call.extras_sent:
            raise CaseFailure(f"[FR-22] {frame}, a repeat, is without {_NAMES[tag]}")
        else:
            scene.should(f"send {_NAMES[tag]} as the caller gave it [FR-22]")
        if tag not in _CUSTOM and found and found != value:
            raise CaseFailure(f"[FR-22] {_NAMES[tag]} is {frame.entry(tag)!r}, not {value!r}")
    rest = iter(sent)
    missing = [entry for entry in custom if entry not in rest] if sent else []
    if missing:
        tag, value = missing[0]
        raise CaseFailure(
            f"[FR-22] {_NAMES[tag]} {value[:40]!r} is not in the REQUEST, or not in its place:"
            f" {[(f'{tag:02X}', value[:40]) for tag, value in sent]}"
        )
