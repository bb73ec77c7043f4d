"""The event feed: every event once, in order, from any position on, live and after restarts."""

from __future__ import annotations

import time

from ..context import Context
from ..messages import Message, decode
from ..names import NEVER
from ..outcome import CaseFailure
from ..peer import Peer
from . import shop

EVENTS_MOST = 1_024
# A little less than the 500 ms of the specification, which says "about".
HEARTBEAT_SECONDS_LEAST = 0.4
BATCH_BYTES_MOST = 2 << 20
"""SPEC.md says about 512 KiB: one last event may come on top."""


class Subscription:
    """A subscription that checks what always holds of its batches, and gives back credit."""

    def __init__(
        self, peer: Peer, after: int, epoch: int | None = None, digest: bytes | None = None
    ) -> None:
        fields: Message = {"after_position": after}
        if epoch is not None:
            fields["log_epoch"] = epoch
        if digest is not None:
            fields["after_digest"] = digest
        self.peer = peer
        self.last = after
        self.head = 0
        self.digest = b""
        self.stream = peer.request("Subscribe", fields)

    def batch(self) -> list[Message]:
        """The events of the next ITEM: positions without a gap, none beyond its head."""
        call = self.peer.calls[self.stream]
        if call.credit <= self.peer.window // 2:
            # An overdraft is made good too: one ITEM may take more than the window.
            self.peer.credit(self.stream, self.peer.window - call.credit)
        frame = self.peer.expect_item(self.stream)
        raw = self.peer.body(frame)
        batch = decode("FeedBatch", raw)
        events: list[Message] = batch["events"]
        if len(events) > EVENTS_MOST or len(raw) > BATCH_BYTES_MOST:
            raise CaseFailure(
                f"a batch of at most {EVENTS_MOST} events and about 512 KiB",
                f"{len(events)} events in {len(raw)} bytes",
            )
        for event in events:
            if event["position"] != self.last + 1:
                raise CaseFailure(f"the event at position {self.last + 1}", f"{event}")
            self.last += 1
        if events:
            self.digest = batch["digest"]
        if batch["head_position"] < max(self.last, self.head):
            raise CaseFailure(
                f"a head of {max(self.last, self.head)} or more", f"{batch['head_position']}"
            )
        self.head = batch["head_position"]
        return events

    def until(self, position: int) -> list[Message]:
        """All events up to this position."""
        events: list[Message] = []
        while self.last < position:
            events += self.batch()
        return events


def all_events(context: Context, users: int, features: list[str] | None = None) -> dict[str, int]:
    """From 0: every event of the log, without a gap, and among them those just made, in the order
    of their tokens."""
    requests = [shop.new_user(context) for _ in range(users)]
    finals = shop.succeed_all(context, "RegisterUser", requests)
    positions = [shop.position(shop.token(frame)) for frame in finals]
    if positions != sorted(set(positions)):
        raise CaseFailure("a position of its own for each event, rising", f"{positions}")
    peer = context.open("feed", features=features or [])
    events = Subscription(peer, 0).until(positions[-1])
    for request, position in zip(requests, positions):
        _check_registered(events[position - 1], request)
    return {"events": len(events)}


def resume(context: Context) -> None:
    """After each of some positions, with the log's epoch: exactly what follows."""
    finals = shop.succeed_all(
        context, "RegisterUser", [shop.new_user(context) for _ in range(5)]
    )
    last = shop.token(finals[-1])
    peer = context.open("feed")
    whole = Subscription(peer, 0).until(shop.position(last))
    head = shop.position(last)
    for after in sorted({1, head // 2, head - 1} - {0}):
        events = Subscription(context.open("feed"), after, shop.epoch(last)).until(head)
        if events != whole[after:]:
            raise CaseFailure(f"after {after} what came from 0 behind it", f"{len(events)} events")


def live(context: Context, rounds: int) -> None:
    """Subscribed at the head: each command's event comes once, after its answer or before."""
    first = shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])[0]
    token = shop.token(first)
    feed = Subscription(context.open("feed"), shop.position(token), shop.epoch(token))
    writer = context.open("command")
    for _ in range(rounds):
        request = shop.new_user(context)
        _, token = shop.succeed(writer, "RegisterUser", request, context.key())
        events = feed.until(shop.position(token))
        if len(events) != 1:
            raise CaseFailure("one event for one command", f"{events}")
        _check_registered(events[0], request)


def refused_positions(context: Context) -> None:
    """Positions of another log and beyond this one; 0 needs no epoch, the head is no mistake."""
    token = shop.token(shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])[0])
    epoch = shop.epoch(token)
    peer = context.open("feed")
    head = shop.head(peer)
    for fields in ({"after_position": 1}, {"after_position": 1, "log_epoch": epoch ^ 1}):
        stream = peer.request("Subscribe", fields)
        details = peer.expect_error(
            stream, "FAILED_PRECONDITION", "EPOCH_CHANGED", not_processed=True, retry_after=NEVER
        )
        _check_domain(details)
    for beyond in (head + 1, (1 << 64) - 1):
        stream = peer.request("Subscribe", {"after_position": beyond, "log_epoch": epoch})
        details = peer.expect_error(
            stream, "OUT_OF_RANGE", "BEYOND_HEAD", not_processed=True, retry_after=NEVER
        )
        _check_domain(details)
    Subscription(peer, head, epoch).batch()
    Subscription(peer, 0, epoch ^ 1).batch()

def digests(context: Context) -> None:
    """Every subscriber is told the same digests; who has another one has followed another log."""
    token = shop.token(shop.succeed_all(
        context, "RegisterUser", [shop.new_user(context) for _ in range(3)])[-1])
    position, epoch = shop.position(token), shop.epoch(token)
    whole = Subscription(context.open("feed"), 0)
    whole.until(position)
    digest = whole.digest
    if whole.last != position or len(digest) != 32:
        raise CaseFailure("a digest of 32 bytes at the last event", f"{len(digest)} bytes")
    peer = context.open("feed")
    resumed = Subscription(peer, position - 1, epoch)
    resumed.until(position)
    if resumed.digest != digest:
        raise CaseFailure("the same digest for every subscriber", resumed.digest.hex())
    known = Subscription(peer, position, epoch, digest)
    if known.batch():
        raise CaseFailure("a heartbeat for who is at the head", f"events up to {known.last}")
    finals = shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])
    known.until(shop.position(shop.token(finals[0])))
    for other in (bytes(32), digest[:31], digest + b"\0"):
        stream = peer.request("Subscribe", {
            "after_position": position, "log_epoch": epoch, "after_digest": other})
        details = peer.expect_error(
            stream, "FAILED_PRECONDITION", "EPOCH_CHANGED", not_processed=True, retry_after=NEVER)
        _check_domain(details)
    Subscription(peer, 0, None, bytes(32)).batch()


def heartbeats(context: Context, count: int) -> dict[str, float]:
    """With nothing to tell, empty batches come by themselves, about two a second."""
    peer = context.open("feed")
    epoch = peer.welcome["log_epoch"] if peer.welcome else 0
    head = shop.head(peer)
    # Before the server can begin to count: whatever holds us up, this is no shorter than that.
    started = time.monotonic()
    feed = Subscription(peer, head, epoch)
    for _ in range(count):
        if feed.batch():
            raise CaseFailure("no events on an idle server", f"head {feed.head}")
    seconds = time.monotonic() - started
    # Timed: a lower bound. The first may come at once; those behind it have to be waited for.
    if seconds < (count - 1) * HEARTBEAT_SECONDS_LEAST:
        raise CaseFailure("a heartbeat about every 500 ms", f"{count} of them in {seconds:.3f} s")
    return {"mean gap in s": round(seconds / (count - 1), 3)}


def subscriptions(context: Context, most: int) -> None:
    """Four subscriptions on a connection, and not a fifth; one that ends makes room."""
    token = shop.token(shop.succeed_all(context, "RegisterUser", [shop.new_user(context)])[0])
    after, epoch = shop.position(token) - 1, shop.epoch(token)
    peer = context.open("feed")
    feeds = [Subscription(peer, after, epoch) for _ in range(most)]
    for feed in feeds:
        feed.until(after + 1)
    stream = peer.request("Subscribe", {"after_position": 0})
    details = peer.expect_error(
        stream,
        "RESOURCE_EXHAUSTED",
        "TOO_MANY_SUBSCRIPTIONS",
        not_processed=True,
        retry_after=NEVER,
    )
    _check_domain(details)
    peer.cancel(feeds[0].stream)
    peer.expect_error(feeds[0].stream, "CANCELLED", "CANCELLED", not_processed=False)
    Subscription(peer, after, epoch).until(after + 1)
    for feed in feeds[1:]:
        feed.batch()


def after_restart(context: Context) -> None:
    """The log is the same after kill -9: the epoch stays, and a subscription goes on."""
    before = shop.token(
        shop.succeed_all(context, "RegisterUser", [shop.new_user(context) for _ in range(3)])[-1]
    )
    server = context.server_to_restart()
    server.kill()
    server.restart()
    context.restarted()
    request = shop.new_user(context)
    token = shop.token(shop.succeed_all(context, "RegisterUser", [request])[0])
    if shop.epoch(token) != shop.epoch(before):
        raise CaseFailure(f"the same epoch, {shop.epoch(before):016x}", token.hex())
    if shop.position(token) != shop.position(before) + 1:
        raise CaseFailure(f"position {shop.position(before) + 1}", token.hex())
    feed = Subscription(context.open("feed"), shop.position(before), shop.epoch(before))
    _check_registered(feed.until(shop.position(token))[0], request)


def count_of(context: Context, words: list[str], token: bytes) -> list[int]:
    """How many events up to this token hold each word in their payload: one event, or two?"""
    events = Subscription(context.open("feed", "counting"), 0).until(shop.position(token))
    payloads = [event["payload"] for event in events]
    return [sum(word.encode() in payload for payload in payloads) for word in words]


def _check_registered(event: Message, request: Message) -> None:
    # UserRegistered has the same fields as the request that it comes of.
    payload = decode("RegisterUserRequest", event["payload"])
    if (payload["email"], payload["name"]) != (request["email"], request["name"]):
        raise CaseFailure(f"the event of {request}", f"{event}")
    if event["recorded_at_us"] <= 0 or not event["stream"] or not event["type"]:
        raise CaseFailure("an event with stream, type and time", f"{event}")


def _check_domain(details: Message) -> None:
    domain = details.get("info", {}).get("domain")
    if domain != "tandem":
        raise CaseFailure("the domain tandem", f"{domain!r}")

