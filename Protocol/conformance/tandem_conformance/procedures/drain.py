"""The regular end of a server, frame by frame, and the regular end of a connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..context import Context
from ..intake import is_hard_goaway
from ..link import PeerClosed
from ..messages import Message
from ..names import Flag, FrameType, GoAwayCode
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame
from . import feed, shop
from .feed import Subscription

HEALTH = "tandem.meta.v1.Meta/Health"
DRAINING = 3
NO_ERROR = GoAwayCode.NO_ERROR


def order(context: Context, role: str) -> dict[str, int]:
    """SIGTERM while calls are open. On a busy connection: soft GOAWAY, the answers to what is sent
    then, the calls that were open, hard GOAWAY with the last id, the end; on an idle one both
    GOAWAYs at once. Nobody new is let in, and the process ends with 0."""
    idle = context.open(role, "idle")
    strangers = [context.connect(role, "silent"), context.connect(role, "half")]
    strangers[1].send_preface()
    busy = context.open(role, "busy")
    # Long enough that what is asked behind the soft GOAWAY is answered first on any machine.
    slow = busy.request("Sleep", {"ms": 4_000})
    busy.probe()
    with _shutdown(context):
        soft = _next(busy, "a soft GOAWAY NO_ERROR")
        _expect_goaway(soft, hard=False)
        last = _calls_behind_soft(busy)
        if busy.calls[slow].final is not None:
            raise CaseFailure("the shorter Sleep before the longer", "both")
        busy.expect_type(slow, FrameType.RESPONSE)
        _expect_hard(busy, last)
        _expect_goaway(_next(idle, "a soft GOAWAY NO_ERROR"), hard=False)
        _expect_hard(idle, 0)
        for stranger in strangers:
            _expect_end_at_once(stranger)
        _expect_nobody_let_in(context, role)
    return {"grace ms": soft.b}


def _calls_behind_soft(busy: Peer) -> int:
    """What is asked behind a soft GOAWAY is served; the last id."""
    echo = busy.request("Echo", {"payload": b"served"})
    health = busy.request(HEALTH, {})
    last = busy.request("Sleep", {"ms": 100})
    if busy.expect_reply(echo)["payload"] != b"served":
        raise CaseFailure("a request behind a soft GOAWAY to be served", "another payload")
    state = busy.expect_reply(health)["state"]
    if state != DRAINING:
        raise CaseFailure("Health to say DRAINING behind the soft GOAWAY", f"state {state}")
    busy.ping(b"draining")
    busy.expect_pong(b"draining")
    busy.expect_type(last, FrameType.RESPONSE)
    return last


def subscription(context: Context) -> None:
    """A subscription holds nothing up: soft and hard GOAWAY come at once, and it has no final."""
    peer = context.open("feed")
    live = Subscription(peer, 0)
    live.batch()
    with _shutdown(context):
        frames = _rest(peer)
    goaways = [frame for frame in frames if frame.type == FrameType.GOAWAY]
    if len(goaways) != 2 or frames[-1] is not goaways[-1]:
        raise CaseFailure(
            "soft GOAWAY, hard GOAWAY, the end", " ".join(frame.describe() for frame in frames)
        )
    _expect_goaway(goaways[0], hard=False)
    _expect_goaway(goaways[1], hard=True)
    if any(frame.is_final for frame in frames):
        raise CaseFailure("a subscription without END or ERROR", f"{frames}")


def streams_finish(context: Context, items: int) -> None:
    """Streams that stand still at the soft GOAWAY, for want of credit: items of 64 KiB, and a page
    of documents. They get their credit a moment later, one ITEM at a time, and end with END."""
    users = [shop.new_user(context) for _ in range(items)]
    last = shop.token(shop.succeed_all(context, "RegisterUser", users)[-1])
    peer = context.open("query", initial_window=1)
    streams = [
        peer.request("Stream", {"sizes": [65_536] * items}),
        peer.request("ListUsers", {"page_size": items}, at_least=last),
    ]
    for stream in streams:
        peer.expect_item(stream)
    with _shutdown(context):
        _expect_goaway(_next(peer, "a soft GOAWAY"), hard=False)
        peer.expect_silence(0.5)
        for stream in streams:
            for _ in range(items - 1):
                peer.credit(stream, 1_024 - peer.calls[stream].credit)
                peer.expect_item(stream)
            peer.expect_type(stream, FrameType.END)
        _expect_hard(peer, max(streams))


def grace_over(context: Context, grace_ms: int) -> dict[str, int]:
    """A call that takes longer than the grace: the hard GOAWAY comes when that is over, not
    sooner, names the call's id as one whose outcome is unknown, and the call has no final."""
    peer = context.open("query")
    peer.request("Echo", {})
    slow = peer.request("Sleep", {"ms": 60_000})
    peer.expect_reply(slow - 1)
    # Before the server can begin to count: whatever holds us up, this is no shorter than that.
    asked = time.monotonic()
    with _shutdown(context):
        soft = _next(peer, "a soft GOAWAY")
        _expect_goaway(soft, hard=False)
        if soft.b != grace_ms:
            raise CaseFailure(f"a soft GOAWAY with a grace of {grace_ms} ms", soft.describe())
        _expect_hard(peer, slow)
        waited_ms = round((time.monotonic() - asked) * 1000)
    # Timed: a lower bound, counted from before the wait can begin.
    if waited_ms < grace_ms:
        raise CaseFailure(f"the hard GOAWAY {grace_ms} ms behind the soft one", f"{waited_ms} ms")
    if peer.calls[slow].final is not None:
        raise CaseFailure("no final of a call that was cut off", f"{peer.calls[slow].final}")
    return {"waited ms": waited_ms}


def behind_hard(context: Context) -> None:
    """A command behind a hard GOAWAY was not processed: its retry runs for the first time."""
    peer = context.open("command")
    shop.succeed(peer, "RegisterUser", shop.new_user(context), context.key())
    request, key = shop.new_user(context), context.key()
    with _shutdown(context):
        _expect_goaway(_next(peer, "a soft GOAWAY"), hard=False)
        hard = _next(peer, "a hard GOAWAY")
        _expect_goaway(hard, hard=True)
        if hard.stream != peer.highest_stream:
            raise CaseFailure(f"{peer.highest_stream} as last id", hard.describe())
        late = peer.request("RegisterUser", request, key=key)
        if any(frame.stream == late for frame in _rest(peer)):
            raise CaseFailure("no answer behind the hard GOAWAY", f"stream {late}")
    peer = context.open("command", "retry")
    stream = peer.request("RegisterUser", request, key=key)
    frame = peer.expect_type(stream, FrameType.RESPONSE)
    if frame.flags & Flag.REPLAYED:
        raise CaseFailure("a retry that runs for the first time", frame.describe())
    counts = feed.count_of(context, [request["email"]], shop.token(frame))
    if counts != [1]:
        raise CaseFailure("one event", f"{counts}")


def under_load(context: Context, batch: int) -> dict[str, int]:
    """SIGTERM among commands that are sent on and on. Each one up to the hard GOAWAY's id has its
    final; those above were not processed; after the retries there is one event each."""
    peer = context.open("command")
    sent: list[tuple[int, Message, bytes]] = []

    def send() -> None:
        for _ in range(batch):
            request, key = shop.new_user(context), context.key()
            sent.append((peer.request("RegisterUser", request, key=key), request, key))

    send()
    frames: list[Frame] = []
    with _shutdown(context):
        while not any(is_hard_goaway(frame) for frame in peer.goaways):
            send()
            frames += _answers(peer)
            # With nothing open for a moment the drain can end: right here, among the next ones.
            time.sleep(context.random.random() * 0.002)
        frames += _rest(peer)
    hard = next(frame for frame in peer.goaways if is_hard_goaway(frame))
    finals = {frame.stream: frame for frame in frames if frame.is_final}
    missing = [stream for stream, _, _ in sent if stream <= hard.stream and stream not in finals]
    beyond = [stream for stream in finals if stream > hard.stream]
    if missing or beyond:
        raise CaseFailure(
            f"finals up to id {hard.stream}, none above", f"missing {missing}, above {beyond}"
        )
    peer = context.open("command", "retry")
    requests = [request for _, request, _ in sent]
    again = shop.run_all(peer, "RegisterUser", requests, [key for _, _, key in sent])
    for (stream, _, _), frame in zip(sent, again):
        first = finals.get(stream)
        answered = first is not None and first.type == FrameType.RESPONSE
        if frame.type != FrameType.RESPONSE or bool(frame.flags & Flag.REPLAYED) != answered:
            raise CaseFailure(
                f"stream {stream}: {'REPLAYED' if answered else 'a first run'}", frame.describe()
            )
    last = max(shop.token(frame) for frame in again)
    counts = feed.count_of(context, [request["email"] for request in requests], last)
    if counts != [1] * len(counts):
        raise CaseFailure("one event for each command", f"{counts}")
    return {"answered": len(finals), "behind the hard GOAWAY": len(sent) - len(finals)}


def lingering_close(context: Context) -> None:
    """Behind its hard GOAWAY and FIN the server waits for ours, but not for long: a peer that goes
    on sending meets a closed connection."""
    peer = context.open("query")
    peer.send_frame(0x7F)
    peer.expect_goaway("PROTOCOL_ERROR", strict=context.strict)
    deadline = time.monotonic() + context.timeout
    while peer.send_bytes(b"\0"):
        # Timed: patience (--timeout) with what the server does after a second.
        if time.monotonic() > deadline:
            raise CaseFailure("the server to close for good about 1 s later", "it still reads")
        time.sleep(0.05)


def _next(peer: Peer, expected: str) -> Frame:
    return peer.read_frame(expected)


def _answers(peer: Peer) -> list[Frame]:
    """What comes until every call has its final, or the connection ends."""
    frames = []
    try:
        while any(call.final is None for call in peer.calls.values()):
            frames.append(peer.read_frame("a final frame, or the hard GOAWAY"))
    except PeerClosed:
        pass
    return frames


def _rest(peer: Peer) -> list[Frame]:
    """All frames up to the end of the connection."""
    frames = []
    try:
        while True:
            frames.append(peer.read_frame("frames, or the end"))
    except PeerClosed:
        return frames


def _expect_goaway(frame: Frame, *, hard: bool) -> None:
    how = "hard" if hard else "soft"
    if frame.type != FrameType.GOAWAY or frame.a != NO_ERROR or is_hard_goaway(frame) != hard:
        raise CaseFailure(f"a {how} GOAWAY NO_ERROR", frame.describe())


def _expect_hard(peer: Peer, last_stream: int) -> None:
    """The hard GOAWAY with this last id is the next frame, and the last."""
    frame = _next(peer, "a hard GOAWAY NO_ERROR")
    _expect_goaway(frame, hard=True)
    if frame.stream != last_stream:
        raise CaseFailure(f"{last_stream} as last id", frame.describe())
    peer.expect_close()


def _expect_end_at_once(peer: Peer) -> None:
    """A connection that has had no handshake: closed, at most with one GOAWAY."""
    frames = _rest(peer)
    if any(frame.type != FrameType.GOAWAY for frame in frames) or len(frames) > 1:
        raise CaseFailure("the end, and at most one GOAWAY before it", f"{frames}")


def _expect_nobody_let_in(context: Context, role: str) -> None:
    try:
        peer = context.connect(role, "new")
        peer.hello({})
    except CaseFailure:
        return
    raise CaseFailure("no handshake while the server ends", "WELCOME")


@contextmanager
def _shutdown(context: Context) -> Iterator[None]:
    """SIGTERM; then what the case looks at; then the server has to end by itself, with 0. It is
    started again for the cases to come, however this one comes out."""
    server = context.server_to_restart()
    server.terminate()
    try:
        yield
        code = server.wait()
        if code != 0:
            raise CaseFailure("the server to end with exit code 0", f"{code}")
    except Exception:
        if server.is_running:
            server.kill()
        raise
    finally:
        server.restart()
        context.restarted()
