"""A small right client with the harness protocol, for the tests of client mode: blocking sockets
and threads. `--wrong NAME` (repeatable) makes it break one rule, so that a case is seen to fail.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tandem_conformance.names import NEVER
from toy_connection import Connection
from toy_state import Call, Session, wait
from toy_wire import WRONG, Failure


class Port:
    """The one connection to a port, made again when it is lost, not more often than it may."""

    def __init__(self, name: str, address: str, methods: list[str], session: Session,
                 offers_crc: bool) -> None:
        host, _, number = address.rpartition(":")
        self.address = (host, int(number))
        self.role = {"command": 1, "query": 2}[name]
        self.methods, self.session, self.offers_crc = methods, session, offers_crc
        self.lock = threading.Lock()
        self.live: Connection | None = None
        self.failures = 0
        self.closed = False
        self.least_wait = 0.0

    def connection(self) -> Connection:
        with self.lock:
            if self.live and not (self.live.ended or self.live.going):
                return self.live
            time.sleep(max(wait(self.failures) if self.failures else 0.0, self.least_wait))
            self.failures += 1
            try:
                self.live = Connection(self)
            except OSError:
                raise Failure(14, "NOT_CONNECTED", True) from None
            return self.live

    def wake(self) -> None:
        if self.live:
            with self.live.changed:
                self.live.changed.notify_all()


class Client:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.session = Session()
        self.ports = {
            name: Port(name, asked[name], asked["methods"][name], self.session,
                       bool(asked.get("crc32c")))
            for name in ("command", "query") if asked.get(name)
        }

    def perform(self, call: Call) -> dict[str, Any]:
        failures = 0
        while True:
            try:
                return self.ports[call.port].connection().attempt(call, call.deadline)
            except (Failure, OSError) as error:
                failure = error if isinstance(error, Failure) else Failure(14, "LOST", False)
            failures += 1
            if not failure.not_processed and failure.code in (1, 2, 4, 13, 14, 15):
                call.unknown = True
            if failure.reason == "EPOCH_CHANGED" and "keeps-token" not in WRONG:
                self.session.token = None
            pause = self.pause(call, failure, failures)
            if pause is None:
                done_nothing = failure.not_processed and not call.unknown
                return {
                    "outcome": "error", "code": failure.code, "reason": failure.reason,
                    "not_processed": done_nothing or "nothing-done" in WRONG,
                }
            time.sleep(pause)

    def pause(self, call: Call, failure: Failure, failures: int) -> float | None:
        """How long to wait before another attempt, if there is to be one."""
        connection = self.ports[call.port].live
        repeatable = call.repeatable or "any-idempotency" in WRONG
        safe = (call.read_only or call.key) and repeatable or failure.not_processed
        if failure.retry_after == NEVER and "ignores-never" not in WRONG or call.cancelled:
            return None
        if failure.code not in (8, 10, 14) or not (safe or "repeats-all" in WRONG):
            return None
        pause = wait(failures)
        if "ignores-retry-after" not in WRONG and failure.retry_after != NEVER:
            pause = max(pause, failure.retry_after / 1000 + 0.001)
        again = time.monotonic() + pause
        is_old = call.is_too_old(connection.welcome if connection else None, pause)
        if is_old and "old-keys" not in WRONG:
            return None
        return pause if again < call.deadline else None

    def close(self) -> None:
        for port in self.ports.values():
            port.closed = True
            if port.live:
                port.live.finish(port.live.last)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="append", default=[])
    WRONG.update(parser.parse_args().wrong)
    printing = threading.Lock()
    client: Client | None = None
    calls: dict[int, Call] = {}

    def answer(number: int, result: dict[str, Any]) -> None:
        with printing:
            print(json.dumps({"id": number, **result}), flush=True)

    def perform(number: int, call: Call) -> None:
        assert client is not None
        answer(number, client.perform(call))

    for line in sys.stdin:
        asked = json.loads(line)
        number = asked["id"]
        if asked["do"] == "open":
            client = Client(asked)
        elif asked["do"] == "call":
            calls[number] = Call(asked)
            threading.Thread(target=perform, args=(number, calls[number]), daemon=True).start()
            continue
        elif asked["do"] == "cancel":
            calls[asked["call"]].cancelled = True
            assert client is not None
            client.ports[calls[asked["call"]].port].wake()
        elif client:
            client.close()
        answer(number, {"outcome": "ok"})


if __name__ == "__main__":
    main()
