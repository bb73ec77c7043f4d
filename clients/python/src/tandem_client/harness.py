"""The client under test of the conformance suite: JSON objects, one a line, in and out.

    python -m tandem_client.harness

Protocol/conformance/README.md describes the lines. The client is a TandemClient as anybody has it,
with its retries and reconnects; nothing is switched off for the tests.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from .client import TandemClient
from .errors import TandemError
from .options import Options, Role
from .retry import Repeat

_LINE_BYTES_MAX = 64 << 20
_ROLES = {role.name.lower(): role for role in Role}


class Harness:
    def __init__(self) -> None:
        self._client: TandemClient | None = None
        self._calls: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until stdin ends."""
        reader = asyncio.StreamReader(limit=_LINE_BYTES_MAX)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            command: dict[str, Any] = json.loads(line)
            match command["do"]:
                case "open":
                    await self._open(command)
                case "call":
                    self._calls[command["id"]] = asyncio.create_task(self._call(command))
                    continue
                case "cancel":
                    if call := self._calls.get(command["call"]):
                        call.cancel()
                case "close":
                    await self._close()
                case other:
                    raise SystemExit(f"harness: there is no command {other!r}")
            _say({"id": command["id"], "outcome": "ok"})
        await self._close()

    async def _open(self, command: dict[str, Any]) -> None:
        await self._close()
        methods = {_ROLES[port]: names for port, names in command.get("methods", {}).items()}
        options = Options(crc32c=bool(command.get("crc32c", False)))
        self._client = TandemClient(command=command.get("command"), query=command.get("query"),
                                    feed=command.get("feed"), methods=methods, options=options)

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()
            await asyncio.gather(*self._calls.values(), return_exceptions=True)
            self._client = None

    async def _call(self, command: dict[str, Any]) -> None:
        result: dict[str, Any]
        try:
            result = await self._outcome(command)
        except TandemError as error:
            print(f"harness: call {command['id']}: {error}", file=sys.stderr)
            result = {"outcome": "error", "code": int(error.code), "reason": error.reason,
                      "not_processed": error.not_processed}
        except asyncio.CancelledError:
            result = {"outcome": "error", "code": 1, "reason": "CANCELLED", "not_processed": False}
        _say({"id": command["id"], **result})
        del self._calls[command["id"]]

    async def _outcome(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._client is not None, "the runner sends open before its first call"
        role, method = _ROLES[command["port"]], command["method"]
        body = bytes.fromhex(command["body"])
        timeout = command["timeout_ms"] / 1000 if command.get("timeout_ms") else None
        key = bytes.fromhex(command["key"]) if command.get("key") else None
        repeat = (Repeat.KEYED if key else
                  Repeat.READ_ONLY if command["read_only"] else Repeat.UNSAFE)
        if command["kind"] == "stream":
            page = await self._client.collect(role, method, body, repeat=repeat, timeout=timeout)
            items, answer, replayed = page.items, b"", False
            token = page.metadata.token
        else:
            reply = await self._client.call(role, method, body, repeat=repeat, key=key,
                                            timeout=timeout)
            items, answer, replayed = [], reply.body, reply.replayed
            token = reply.metadata.token
        return {"outcome": "ok", "body": answer.hex(), "items": [item.hex() for item in items],
                "replayed": replayed, "token": token.encode().hex() if token else None}


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    asyncio.run(Harness().run())
