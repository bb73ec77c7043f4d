"""One connection of the toy client: its handshake, its frames, its calls."""

from __future__ import annotations

import hashlib
import mmap
import random
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

from tandem_conformance import messages, wire
from tandem_conformance.names import NEVER
from toy_state import Call, Waiting
from toy_wire import (
    CANCEL, CREDIT, END, ERROR, FLAGS, GOAWAY, GRACE_S, HELLO, ITEM, MAX_FRAME, PING, PONG,
    REQUEST, RESPONSE, WELCOME, WINDOW, WRONG, Failure, Violation, inflate, need, read_metadata,
)

if TYPE_CHECKING:
    from toy_client import Port


class Connection:
    def __init__(self, port: Port) -> None:
        self.port, self.session = port, port.session
        self.sock = socket.create_connection(port.address, 5)
        self.sock.settimeout(None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.changed = threading.Condition()
        self.calls: dict[int, Waiting] = {}
        self.last, self.highest_processed = 0, 0
        self.violation = 0
        self.goaway: int | None = None
        self.welcome: dict[str, Any] | None = None
        self.going = self.ended = self.crc = False
        self.dictionaries: list[bytes] = []
        held = [] if "forgets-dictionaries" in WRONG else list(self.session.dictionaries)
        self.features = features = [] if "no-grease" in WRONG else ["grease-toy"]
        features += ["zlib"] + (["crc32c"] if port.offers_crc else [])
        self.sock.sendall(wire.preface(port.role))
        self.send(HELLO, body=messages.encode("Hello", {
            "features": features, "methods": port.methods, "max_frame": MAX_FRAME,
            "initial_window": WINDOW, "dictionary_sha256": held, "client": "toy/1",
        }))
        threading.Thread(target=self.read, daemon=True).start()
        with self.changed:
            self.changed.wait_for(lambda: self.welcome or self.ended, 5)
        if self.ended or not self.welcome:
            self.finish(0)
            if self.goaway is not None and self.goaway not in (0, 4, 5, 6, 7, 8, 9, 12):
                raise Failure(9, "REFUSED", True, NEVER)
            raise Failure(14, "NOT_CONNECTED", True)

    def send(self, kind: int, flags: int = 0, a: int = 0, stream: int = 0, b: int = 0,
             body: bytes = b"", metadata: list[wire.Entry] | None = None) -> None:
        if "undefined-flag" in WRONG and kind == REQUEST:
            flags |= 4
        data = wire.encode(
            kind, flags=flags, a=a, stream=stream, b=b, metadata=metadata, body=body, crc=self.crc)
        if self.crc and "bad-crc" in WRONG:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.sock.sendall(data)

    # Reading

    def exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            chunk = self.sock.recv(min(size - len(data), 1 << 16))
            if not chunk:
                raise OSError("closed")
            data += chunk
        return bytes(data)

    def read(self) -> None:
        try:
            while not self.ended:
                head = self.exactly(4)
                length = int.from_bytes(head)
                if "reserves-length" in WRONG:
                    mmap.mmap(-1, length)
                most = (1 << 20) if self.welcome is None else MAX_FRAME
                need(12 <= length <= most or "any-length" in WRONG, 3)
                self.take(head + self.exactly(length))
        except Violation as violation:
            self.violation = violation.args[0]
            try:
                with self.changed:
                    self.send(GOAWAY, 2, violation.args[0])
            except OSError:
                pass
            self.finish(self.last)
        except (OSError, ValueError):
            self.finish(self.last)

    def finish(self, processed: int) -> None:
        with self.changed:
            self.ended, self.highest_processed = True, processed
            self.changed.notify_all()
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def take(self, raw: bytes) -> None:
        kind, flags, a, stream, b = struct.unpack_from(">BBHII", raw, 4)
        body = raw[16:]
        early = "early-frames" in WRONG
        need(self.welcome is not None or kind in (WELCOME, GOAWAY) or early)
        if flags & 0x80 or (self.crc and kind != WELCOME):
            need(self.crc and kind != WELCOME)
            need(not flags & 0x80 or len(body) >= 4, 3)
            need(flags & 0x80 and (
                wire.crc32c(raw[:-4]) == struct.unpack(">I", raw[-4:])[0] or "any-crc" in WRONG), 6)
            body = body[:-4]
        if kind >= 0x80:
            return
        need(kind in FLAGS or "any-type" in WRONG)
        need(not flags & ~(FLAGS.get(kind, 0) | 0x80) or "any-flags" in WRONG)
        if kind in (RESPONSE, ITEM, END, ERROR):
            self.take_answer(raw, kind, flags, a, stream, b, body)
        elif kind == PING:
            need(not (a or stream or b) and len(body) == 8)
            if "no-pong" not in WRONG:
                with self.changed:
                    self.send(PONG, body=body[::-1] if "wrong-pong" in WRONG else body)
        elif kind == PONG:
            need(not (a or stream or b) and len(body) == 8)
        elif kind == GOAWAY:
            self.decode("GoAway", body)
            if flags & 2:
                self.goaway = a
                if a in (7, 8) and "no-calm" not in WRONG:
                    self.port.least_wait = 1.0
                self.finish(stream)
                return
            with self.changed:
                self.going = "ignores-goaway" not in WRONG
                self.changed.notify_all()
            self.close_if_done()
        elif kind == WELCOME or "any-type" not in WRONG:
            need(kind == WELCOME and self.welcome is None and not (a or stream or b))
            self.take_welcome(self.decode("Welcome", body))

    def decode(self, name: str, body: bytes) -> dict[str, Any]:
        try:
            return messages.decode(name, body)
        except messages.MessageError:
            raise Violation(1) from None

    def take_welcome(self, welcome: dict[str, Any]) -> None:
        need(welcome["minor"] == 0)
        need(all(feature in self.features for feature in welcome["features"]))
        need(len(welcome["methods"]) == len(self.port.methods))
        need(all(not one["known"] or one["kind"] in (1, 2) for one in welcome["methods"]))
        need(len(welcome["dictionaries"]) <= 24)
        for one in welcome["dictionaries"]:
            content = one.get("content", self.session.dictionaries.get(one["sha256"]))
            need(content is not None and len(content) <= 32768)
            right = hashlib.sha256(content or b"").digest() == one["sha256"]
            need(right or "any-dictionary" in WRONG)
            need(content not in self.dictionaries)
            self.dictionaries.append(content or b"")
        self.session.dictionaries = {
            hashlib.sha256(one).digest(): one for one in self.dictionaries
        }
        if "trusts-welcome" in WRONG:
            self.port.failures = 0
        with self.changed:
            self.welcome = welcome
            self.crc = "crc32c" in welcome["features"]
            if random.random() < 0.25 and "no-grease" not in WRONG:
                self.send(random.randrange(0xF0, 0x100), body=random.randbytes(5))
            self.changed.notify_all()

    def take_answer(self, raw: bytes, kind: int, flags: int, a: int, stream: int, b: int,
                    body: bytes) -> None:
        no_entries: dict[int, bytes] = {}
        entries, body = read_metadata(body) if flags & 1 else (no_entries, body)
        call = self.calls.get(stream)
        if call is None and "any-stream" in WRONG:
            return
        need(call is not None)
        assert call is not None
        fits = {ITEM: call.is_stream, END: call.is_stream, RESPONSE: not call.is_stream}
        need(fits.get(kind, True) or "any-kind" in WRONG)
        if kind in (RESPONSE, ITEM):
            body = self.inflated(a, b, body)
        if kind == ITEM:
            call.items.append(body)
            call.uncredited += len(raw)
            least = 1 if "tiny-credit" in WRONG else WINDOW // 2
            if call.uncredited >= least and "no-credit" not in WRONG:
                with self.changed:
                    amount = 1 if "tiny-credit" in WRONG else call.uncredited
                    self.send(CREDIT, stream=stream, b=amount)
                call.uncredited = 0
            return
        final: Any = (body, entries.get(5), bool(flags & 2), entries.get(6))
        if kind == ERROR:
            details = self.decode("ErrorDetails", body)
            code = a if 1 <= a <= 16 or "any-status" in WRONG else 2
            final = Failure(code, details.get("info", {}).get("reason", ""), bool(flags & 2), b)
        if kind == END:
            self.decode("StreamEnd", body)
        self.session.saw(entries.get(5))
        with self.changed:
            # Only an answer shows that the server is well: a WELCOME may be the last that it says.
            self.port.failures, self.port.least_wait = 0, 0.0
            del self.calls[stream]
            call.final = final
            self.changed.notify_all()
        self.close_if_done()

    def inflated(self, encoding: int, size: int, body: bytes) -> bytes:
        agreed = self.welcome is not None and "zlib" in self.welcome["features"]
        return inflate(encoding, size, body, agreed, self.dictionaries)

    def close_if_done(self) -> None:
        with self.changed:
            done = self.going and not self.calls
        if done and not self.ended:
            self.finish(self.last)

    # Calls

    def attempt(self, call: Call, deadline: float) -> dict[str, Any]:
        with self.changed:
            self.take_slot(call, deadline)
            stream, waiting = self.start(call, deadline)
            self.changed.wait_for(
                lambda: waiting.final or self.ended or call.cancelled,
                max(deadline + GRACE_S - time.monotonic(), 0))
            if waiting.final is not None:
                if isinstance(waiting.final, Failure):
                    raise waiting.final
                return self.success(waiting, waiting.final)
            if self.ended:
                if "cut-is-whole" in WRONG and waiting.items:
                    return self.success(waiting, (b"", None, False, None))
                if self.violation and self.violation != 6:
                    raise Failure(13, "PROTOCOL_VIOLATION", False, NEVER)
                if self.port.closed:
                    raise Failure(1, "CLIENT_CLOSED", False, NEVER)
                untouched = stream > self.highest_processed
                raise Failure(14, "CONNECTION_ENDED", untouched or "nothing-done" in WRONG)
            if "no-cancel" not in WRONG:
                self.send(CANCEL, stream=stream)
            if "frees-cancelled" in WRONG:
                del self.calls[stream]
            raise Failure(1 if call.cancelled else 4, "GAVE_UP", False, NEVER)

    def take_slot(self, call: Call, deadline: float) -> None:
        assert self.welcome is not None
        limits = self.welcome["limits"]
        slots = 10**6 if "no-slots" in WRONG else limits["max_in_flight"] or 1024
        self.changed.wait_for(
            lambda: self.ended or self.going or call.cancelled or len(self.calls) < slots,
            max(deadline - time.monotonic(), 0))
        if self.ended or self.going:
            raise Failure(14, "CONNECTION_ENDED", True)
        is_old = call.sent and call.is_too_old(self.welcome)
        if is_old and not WRONG & {"old-keys", "early-age"}:
            raise Failure(14, "KEY_TOO_OLD", True, NEVER)
        if call.cancelled or len(self.calls) >= slots:
            raise Failure(1 if call.cancelled else 4, "GAVE_UP", True, NEVER)
        size = 12 + len(call.body) + 2 + 2 * 19 + 4
        if size > (limits["max_frame"] or 1 << 20) and "any-frame" not in WRONG:
            raise Failure(8, "REQUEST_TOO_LARGE", True, NEVER)
        block = wire.encode_metadata(self.entries(call))
        if len(block) - 2 > (limits["max_metadata"] or 8192) and "any-block" not in WRONG:
            raise Failure(8, "METADATA_TOO_LARGE", True, NEVER)
        info = self.welcome["methods"][self.port.methods.index(call.method)]
        wrong_kind = info["known"] and (info["kind"] == 2) != call.is_stream
        if wrong_kind and "any-kind-asked" not in WRONG:
            raise Failure(3, "WRONG_KIND", True, NEVER)

    def entries(self, call: Call) -> list[wire.Entry]:
        found = [] if call.sent and "extras-once" in WRONG else list(call.extras)
        if call.key:
            key = random.randbytes(16) if "new-key" in WRONG else call.key
            found.append((2, key))
        token = self.session.token
        if token and call.read_only and "no-token" not in WRONG:
            found.append((3, token))
        return found

    def start(self, call: Call, deadline: float) -> tuple[int, Waiting]:
        self.last += 0 if "same-id" in WRONG and self.last else 2
        entries = self.entries(call)
        body = call.body + (random.randbytes(1) if "new-body" in WRONG else b"")
        left = max(1, int((deadline - time.monotonic()) * 1000))
        waiting = self.calls[self.last] = Waiting(call.is_stream)
        call.sent = True
        index = self.port.methods.index(call.method)
        # READ_ONLY or KEYED: the server's word on whether calls may be repeated.
        call.repeatable = (self.welcome or {})["methods"][index]["idempotency"] in (1, 2)
        if not self.ended:
            self.send(REQUEST, 0, index, self.last, 0 if "no-timeout" in WRONG else left, body,
                      entries or None)
        return self.last, waiting

    def success(self, waiting: Waiting, final: Any) -> dict[str, Any]:
        body, token, replayed, age = final
        age_ms = int.from_bytes(age or b"\xff\xff\xff\xff")
        return {
            "outcome": "ok", "body": "" if waiting.is_stream else body.hex(),
            "items": [item.hex() for item in waiting.items], "replayed": replayed,
            "token": token.hex() if token else None,
            "age_ms": None if age_ms == 0xFFFFFFFF and "any-age" not in WRONG else age_ms,
        }
