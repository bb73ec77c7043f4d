"""Frames that were damaged at random, from a seed, and the attack that sends them.

Behind each damaged frame stands a whole PING with the frame's number. The PONGs that come back say
how far the server got before it closed the connection, so that the next connection goes on right
behind it: every frame that is counted was one that the server decided on.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Sequence

from ..link import Address
from ..names import FrameType, Status
from . import blobs
from .attack import Attack
from .children import Message

FRAMES_IN_BATCH = 64
# A server that takes longer over one batch counts as hung.
PATIENCE_SECONDS = 15


class Mutator:
    """Makes one damaged frame after another out of whole ones."""

    def __init__(self, originals: Sequence[bytes], seed: int) -> None:
        self._originals = list(originals)
        self._random = random.Random(seed)
        self._stream = 0

    def next(self) -> bytes:
        """A frame with one to three faults; its stream id is in order before the damage."""
        chance = self._random
        frame = bytearray(chance.choice(self._originals))
        if frame[4] == FrameType.REQUEST:
            self._stream += 1
        if frame[4] in (FrameType.REQUEST, FrameType.CANCEL, FrameType.CREDIT):
            struct.pack_into(">I", frame, 8, self._stream)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            chance.choice(FAULTS)(chance, frame, self._originals)
        return bytes(frame)


def flip_bit(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """One bit, anywhere."""
    if frame:
        frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)


def damage_payload(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """One to four bytes of what stands behind the header."""
    if len(frame) > 16:
        for _ in range(chance.randrange(1, 5)):
            frame[chance.randrange(16, len(frame))] = chance.choice(TELLING_BYTES)


def damage_header(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """One byte of type, flags, a, stream or b."""
    if len(frame) >= 16:
        frame[chance.randrange(4, 16)] = chance.choice(TELLING_BYTES)


def lie_about_length(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """The length says a little less or more, or something at the edge of what is allowed."""
    if len(frame) >= 4:
        length = int.from_bytes(frame[:4], "big")
        near = min(max(0, length + chance.randrange(-8, 9)), 0xFFFFFFFF)
        struct.pack_into(">I", frame, 0, chance.choice((near, near, near, *EDGE_LENGTHS)))


def cut(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """Ends early; the length may be told of it."""
    del frame[chance.randrange(len(frame) + 1) :]
    tell_length(chance, frame)


def insert(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """Some bytes more, somewhere; the length may be told of it."""
    at = chance.randrange(len(frame) + 1)
    frame[at:at] = chance.randbytes(chance.randrange(1, 20))
    tell_length(chance, frame)


def splice(chance: random.Random, frame: bytearray, others: Sequence[bytes]) -> None:
    """The start of one frame and the end of another; the length may be told of it."""
    other = chance.choice(others)
    del frame[chance.randrange(len(frame) + 1) :]
    frame += other[chance.randrange(len(other) + 1) :]
    tell_length(chance, frame)


def tell_length(chance: random.Random, frame: bytearray) -> None:
    """Most times: otherwise no damage would get past the framing."""
    if len(frame) >= 4 and chance.random() < 0.8:
        struct.pack_into(">I", frame, 0, len(frame) - 4)


TELLING_BYTES = (0, 1, 2, 4, 7, 0x0F, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xF8, 0xFF)
EDGE_LENGTHS = (0, 11, 12, 1 << 20, (1 << 20) + 1, 0xFFFFFFFF)
# Most go for the payload: the header's own are soon told.
FAULTS = (
    flip_bit, damage_payload, damage_payload, damage_payload, damage_header, lie_about_length,
    cut, insert, splice,
)


class Mutations(Attack):
    """Sends damaged frames on each port in turn."""

    def __init__(self, address: Address, config: Message) -> None:
        super().__init__(address, config["sources"])
        self._ports = [
            Port(tuple(port["address"]), port, config["seed"] + number)
            for number, port in enumerate(config["ports"])
        ]

    def round(self) -> None:
        port = self._ports[self._turn % len(self._ports)]
        self.address = port.address
        while len(port.waiting) < FRAMES_IN_BATCH:
            port.waiting.append(port.mutator.next())
        connection = self.connect()
        if connection is None:
            return
        parts = [port.opening]
        for number, damaged in enumerate(port.waiting):
            parts += (damaged, blobs.ping(number))
        self.send(connection, b"".join(parts), frames=0)
        self.end_direction(connection)
        started = time.monotonic()
        received = self.read_to_end(connection, PATIENCE_SECONDS)
        # Timed: a batch takes milliseconds; only a server that hangs takes so long.
        if time.monotonic() - started >= PATIENCE_SECONDS:
            self.tally.hung += 1
        done, internal_errors = decided(received, len(port.waiting))
        self.tally.internal_errors += internal_errors
        self.tally.frames += done
        del port.waiting[:done]


class Port:
    """One port's opening bytes and what is still to be sent to it."""

    def __init__(self, address: Address, config: Message, seed: int) -> None:
        self.address = address
        self.opening = bytes.fromhex(config["opening"])
        self.mutator = Mutator([bytes.fromhex(frame) for frame in config["frames"]], seed)
        self.waiting: list[bytes] = []


def decided(received: bytes, sent: int) -> tuple[int, int]:
    """How many of the damaged frames the server has dealt with, by what it answered; and how many
    answers were INTERNAL.

    Those before the last PONG, and the one behind it, which ended the connection or took what
    followed for its own body.
    """
    last = -1
    internal_errors = 0
    at = 0
    while at + 16 <= len(received):
        kind = received[at + 4]
        if kind == FrameType.PONG:
            last = max(last, int.from_bytes(received[at + 16 : at + 24], "big"))
        elif kind == FrameType.ERROR and received[at + 7] == Status.INTERNAL:
            internal_errors += 1
        at += 4 + int.from_bytes(received[at : at + 4], "big")
    return min(sent, last + 2), internal_errors
