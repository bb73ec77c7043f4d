"""Steps about streams, credit and cancelling."""

from __future__ import annotations

from ..names import FrameType
from ..outcome import CaseFailure
from .answers import send
from .bodies import plain
from .scene import Scene
from .verbs import Step, verb

TINY_CREDIT = 1024


@verb("stream_items", "count", "size", "sizes", "overdraw")
def stream_items(scene: Scene, step: Step) -> None:
    """ITEMs as a right server sends them: only while there is credit [ST-02]."""
    name = step["stream_items"]
    connection, request = scene.request(name)
    sizes = step.get("sizes") or [step["size"]] * step["count"]
    for index, size in enumerate(sizes):
        call = connection.open[request.stream]

        def has_credit() -> bool | None:
            if connection.ended:
                raise CaseFailure(f"the client ended the connection after {index} items")
            return True if call.credit > 0 else None

        scene.wait(
            has_credit, f"give credit for item {index} (it has {call.credit} bytes) [ST-13]"
        )
        body = plain({"pattern": size, "item": index})
        send(scene, connection, FrameType.ITEM, {}, stream=request.stream, body=body)
        scene.items.setdefault(name, []).append(body)


@verb("expect_credit", "sum_min")
def expect_credit(scene: Scene, step: Step) -> None:
    """CREDIT came for the stream, none of it below 1,024 bytes."""
    name = step["expect_credit"]
    connection, request = scene.request(name)

    def given() -> list[int] | None:
        came = [b for stream, b in connection.credits if stream == request.stream]
        return came if sum(came) >= step.get("sum_min", 1) else None

    came = scene.wait(given, "give credit back [ST-04]")
    tiny = [b for b in came if b < TINY_CREDIT]
    if tiny:
        raise CaseFailure(f"[ST-04] CREDIT of {tiny[0]} bytes; less than 1,024 is a nuisance")


@verb("expect_cancel", "should")
def expect_cancel(scene: Scene, step: Step) -> None:
    """CANCEL comes for the request."""
    name = step["expect_cancel"]
    connection, request = scene.request(name)

    def cancelled() -> bool | None:
        call = connection.open.get(request.stream)
        if call is not None and call.cancelled_at is not None:
            return True
        if connection.ended:
            raise CaseFailure("the client ended the connection instead of sending CANCEL")
        return None

    if not step.get("should"):
        scene.wait(cancelled, f"send CANCEL for stream {request.stream}")
        return
    try:
        scene.wait(cancelled, "send CANCEL", 3.0)
    except CaseFailure:
        scene.should("send CANCEL when it gives up a call by its own clock [CA-07]")


@verb("pause")
def pause(scene: Scene, step: Step) -> None:
    """The server waits so many milliseconds, so that whatever the client may send can come."""
    scene.pause(step["pause"] / 1000)
