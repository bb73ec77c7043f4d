"""Steps about calls that a client refuses by itself, or sends and is told."""

from __future__ import annotations

from ..names import Tag
from ..outcome import CaseSkipped
from .rules import require
from .scene import Scene
from .verbs import Step, verb
from .verbs_frames import error
from .verbs_requests import find_request


@verb("unknown_method")
def unknown_method(scene: Scene, step: Step) -> None:
    """A call of a method that WELCOME calls unknown: the client may refuse it by itself, or send
    it and be told.
    """
    if _is_sent(scene, step["unknown_method"]):
        _tell_unknown(scene, step["unknown_method"])


@verb("other_kind")
def other_kind(scene: Scene, step: Step) -> None:
    """A call of a method that WELCOME gives another kind than the caller can read: the client
    should refuse it by itself; one that sends it is told that there is no such method.
    """
    if _is_sent(scene, step["other_kind"]):
        scene.should("refuse a call whose kind is not that of WELCOME [section 6]")
        _tell_unknown(scene, step["other_kind"])


@verb("too_much_metadata")
def too_much_metadata(scene: Scene, step: Step) -> None:
    """A call with more entries than WELCOME allows: the client refuses it by itself. One that
    cannot send entries of the caller's is not judged.
    """
    name = step["too_much_metadata"]
    if _is_sent(scene, name):
        sent = scene.request(name)[1].metadata
        require(
            not any(tag >= Tag.CUSTOM_TEXT for tag, _ in sent),
            "UN-17", "the client sent the call, without some of its entries",
        )
        raise CaseSkipped("the client sends no custom entries")


def _is_sent(scene: Scene, name: str) -> bool:
    """Waits until the call's REQUEST has come (true), or the call has ended without one."""

    def settled() -> bool | None:
        found = find_request(scene, list(scene.connections.values()), name)
        if found is not None:
            scene.requests[name] = found
            return True
        return None if scene.result(name) is None else False

    return scene.wait(settled, f"end call {name}")


def _tell_unknown(scene: Scene, name: str) -> None:
    error(scene, {
        "error": name, "code": "UNIMPLEMENTED", "reason": "UNKNOWN_METHOD",
        "not_processed": True, "retry_after": "never",
    })
