"""A call and what ends it race: whoever wins, there is one final frame, and it says the truth.

A race that always goes the same way shows half of that, so each goes on, for a while, until it has
gone both ways. How fast a machine is must not decide it: the times of such further rounds grow.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..context import Context
from ..messages import Message, encode
from ..names import Flag, FrameType, Tag
from ..outcome import CaseFailure
from ..peer import Peer
from ..wire import Frame
from . import feed, shop

# A race that has gone one way only is given so many times its rounds.
PATIENCE = 5
# How long after its REQUEST a late CANCEL may come.
LATE_SECONDS = 0.004
# Commands that keep the writer busy, so that a command behind them waits longer than 1 ms.
AHEAD = 300


class Race:
    """How often each side won."""

    def __init__(self, won: str, ended: str) -> None:
        self.won = 0
        self.ended = 0
        # What to multiply times by that are meant to be just as long as the other side takes.
        self.scale = 1
        self._won_text = won
        self._ended_text = ended

    def rounds(self, count: int) -> Iterator[int]:
        """So many rounds, and more while one side never won; fails the case if it never does."""
        turn = 0
        while turn < count or (turn < count * PATIENCE and not (self.won and self.ended)):
            self.scale = 4 ** (turn // count)
            yield turn
            turn += 1
        if not (self.won and self.ended):
            raise CaseFailure(
                f"some of {turn} calls to be {self._won_text} and some {self._ended_text}",
                f"{self.figures()}",
            )

    def figures(self) -> dict[str, int]:
        """For the report."""
        return {self._won_text: self.won, self._ended_text: self.ended}


def calls(context: Context, rounds: int) -> dict[str, int]:
    """Calls of 0 to 3 ms that are cancelled in the same segment, or a moment later. The final
    frame is one of two; a second one, at any time, fails the case (the connection counts)."""
    peer = context.open("query")
    race = Race("answered", "cancelled")
    for turn in race.rounds(rounds):
        stream = peer.highest_stream + 1
        if turn % 2:
            ms = context.random.randrange(4) * race.scale
            peer.request("Sleep", {"ms": ms}, stream=stream)
            time.sleep(context.random.random() * LATE_SECONDS * race.scale)
            peer.cancel(stream)
        else:
            body = encode("EchoRequest", {"payload": b"race"})
            frames = _request(peer, "Echo", stream, body, None)
            peer.send_bytes(frames + peer.frame(FrameType.CANCEL, stream=stream))
        final = peer.expect_final(stream)
        if final.type == FrameType.ERROR:
            peer.expect_error(stream, "CANCELLED", "CANCELLED")
            race.ended += 1
        else:
            race.won += 1
    peer.probe()
    return race.figures()


def commands(context: Context, rounds: int) -> dict[str, int]:
    """REQUEST, and CANCEL in the same segment or a moment later; then the same command under the
    same key."""
    peer = context.open("command")
    race = Race("ran", "cancelled")
    emails: list[str] = []
    last = b""
    for turn in race.rounds(rounds):
        command, key = shop.new_user(context), context.key()
        emails.append(command["email"])
        stream = peer.highest_stream + 1
        body = encode("RegisterUserRequest", command)
        cancel = peer.frame(FrameType.CANCEL, stream=stream)
        request = _request(peer, "RegisterUser", stream, body, key)
        _send(context, peer, request, cancel, turn, race.scale)
        final = peer.expect_final(stream)
        if final.type == FrameType.ERROR:
            peer.expect_error(stream, "CANCELLED", "CANCELLED", not_processed=True)
            race.ended += 1
            last = _settle(peer, command, key, None)
        else:
            race.won += 1
            last = _settle(peer, command, key, final)
    one_event_each(context, emails, last)
    return race.figures()


def twins(context: Context, rounds: int, ends_by: str) -> dict[str, int]:
    """The same command twice under one key in one segment, of which the first is cancelled, at
    once or a moment later, or has a deadline of 1 ms. That is the first one's affair: the second
    has its real outcome."""
    peer = context.open("command")
    race = Race("both answered", "ended for the first")
    emails: list[str] = []
    last = b""
    for turn in race.rounds(rounds):
        command, key = shop.new_user(context), context.key()
        emails.append(command["email"])
        if ends_by == "CANCELLED":
            first, second = peer.highest_stream + 1, peer.highest_stream + 2
            pair = _pair(peer, command, key, 0)
            cancel = peer.frame(FrameType.CANCEL, stream=first)
            _send(context, peer, pair, cancel, turn, race.scale)
        else:
            # An idle writer takes up a command in less than 1 ms: every tenth time it is busy.
            time_ms = 1 if turn % 2 else race.scale
            ahead = _others(context, peer, AHEAD if turn % 10 == 9 else 0)
            first, second = peer.highest_stream + 1, peer.highest_stream + 2
            peer.send_bytes(ahead + _pair(peer, command, key, time_ms))
            for stream in range(first - AHEAD if ahead else first, first):
                peer.expect_reply(stream)
        answer = peer.expect_type(second, FrameType.RESPONSE)
        final = peer.expect_final(first)
        if final.type == FrameType.ERROR:
            peer.expect_error(first, ends_by, ends_by, not_processed=True)
            race.ended += 1
        elif (final.body, shop.token(final)) != (answer.body, shop.token(answer)):
            raise CaseFailure(f"one answer for both, {final.describe()}", answer.describe())
        else:
            race.won += 1
        originals = [one for one in (final, answer) if one.type == FrameType.RESPONSE]
        if sum(not one.flags & Flag.REPLAYED for one in originals) != 1:
            raise CaseFailure("one answer without REPLAYED", f"{originals}")
        last = shop.token(answer)
    one_event_each(context, emails, last)
    return race.figures()


def command_deadlines(context: Context, commands: int) -> dict[str, int]:
    """Pipelined commands whose time is up as good as at once, and some that have a little more."""
    peer = context.open("command")
    race = Race("in time", "too late")
    emails: list[str] = []
    last = b""
    for _ in race.rounds(1):
        some = [(shop.new_user(context), context.key()) for _ in range(commands)]
        emails += [command["email"] for command, _ in some]
        streams = [
            peer.request(
                "RegisterUser", command, key=key, timeout_ms=1 if turn % 8 else 20 * race.scale
            )
            for turn, (command, key) in enumerate(some)
        ]
        for stream, (command, key) in zip(streams, some):
            final = peer.expect_final(stream)
            if final.type == FrameType.ERROR:
                reason = "DEADLINE_EXCEEDED"
                peer.expect_error(stream, reason, reason, not_processed=True)
                race.ended += 1
                last = max(last, _settle(peer, command, key, None))
            else:
                race.won += 1
                last = max(last, _settle(peer, command, key, final))
    one_event_each(context, emails, last)
    return race.figures()


def _send(
    context: Context, peer: Peer, requests: bytes, cancel: bytes, turn: int, scale: int
) -> None:
    """In one segment every other time; else CANCEL comes up to 4 ms later, times the scale."""
    if turn % 2:
        peer.send_bytes(requests + cancel)
    else:
        peer.send_bytes(requests)
        time.sleep(context.random.random() * LATE_SECONDS * scale)
        peer.send_bytes(cancel)


def _pair(peer: Peer, command: Message, key: bytes, timeout_ms: int) -> bytes:
    """The bytes of the same command twice, the first with a deadline."""
    first = peer.highest_stream + 1
    body = encode("RegisterUserRequest", command)
    frames = _request(peer, "RegisterUser", first, body, key, timeout_ms)
    return frames + _request(peer, "RegisterUser", first + 1, body, key)


def _others(context: Context, peer: Peer, count: int) -> bytes:
    """The bytes of so many commands that are nobody's."""
    frames = []
    for _ in range(count):
        body = encode("RegisterUserRequest", shop.new_user(context))
        stream = peer.highest_stream + 1
        frames.append(_request(peer, "RegisterUser", stream, body, context.key()))
    return b"".join(frames)


def _request(
    peer: Peer, method: str, stream: int, body: bytes, key: bytes | None, timeout_ms: int = 0
) -> bytes:
    """The bytes of a REQUEST that is about to be sent."""
    index = peer.index(method)
    metadata = None if key is None else [(Tag.IDEMPOTENCY_KEY, key)]
    peer.track(stream, index)
    return peer.frame(
        FrameType.REQUEST, a=index, stream=stream, b=timeout_ms, metadata=metadata, body=body
    )


def _settle(peer: Peer, command: Message, key: bytes, first: Frame | None) -> bytes:
    """Repeats a command. If it ran before, this is REPLAYED, with the same body and TOKEN; if
    not, it runs now. Its TOKEN."""
    stream = peer.request("RegisterUser", command, key=key)
    peer.expect_reply(stream)
    final = peer.expect_final(stream)
    replayed = bool(final.flags & Flag.REPLAYED)
    if replayed != (first is not None):
        raise CaseFailure(
            "REPLAYED" if first else "no REPLAYED, since NOT_PROCESSED had been said",
            final.describe(),
        )
    if first is not None and (final.body, shop.token(final)) != (first.body, shop.token(first)):
        raise CaseFailure("the first answer again", f"{final.describe()}, {first.describe()}")
    return shop.token(final)


def one_event_each(context: Context, emails: list[str], token: bytes) -> None:
    counts = feed.count_of(context, emails, token)
    wrong = [f"{email}: {count}" for email, count in zip(emails, counts) if count != 1]
    if wrong:
        raise CaseFailure("one event for each command", ", ".join(wrong))
