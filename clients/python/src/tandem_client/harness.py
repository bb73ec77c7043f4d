"""The client under test of the conformance suite: JSON objects, one a line, in and out.

    python -m tandem_client.harness

Protocol/conformance/HARNESS.md describes the lines. The client is a TandemClient as anybody has it,
with its retries and reconnects; nothing is switched off for the tests.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from . import Extras, Options, Repeat, Role, TandemClient, TandemError

_LINE_BYTES_MAX = 64 << 20
_ROLES = {role.name.lower(): role for role in Role}


async def main() -> None:
    """Until stdin ends."""
    reader = asyncio.StreamReader(limit=_LINE_BYTES_MAX)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    client: TandemClient | None = None
    calls: dict[int, asyncio.Task[None]] = {}
    while line := await reader.readline():
        command: dict[str, Any] = json.loads(line)
        match command["do"]:
            case "open":
                client = _client(command)
            case "call":
                assert client is not None, "the runner sends open before its first call"
                calls[command["id"]] = asyncio.create_task(_call(client, command))
                continue
            case "cancel":
                calls[command["call"]].cancel()
            case "close":
                assert client is not None, "the runner sends open before close"
                await client.close()
            case other:
                raise SystemExit(f"harness: there is no command {other!r}")
        _say(command, outcome="ok")
    if client is not None:
        await client.close()
        await asyncio.gather(*calls.values(), return_exceptions=True)


def _client(command: dict[str, Any]) -> TandemClient:
    methods = {_ROLES[port]: names for port, names in command["methods"].items()}
    return TandemClient(command=command.get("command"), query=command.get("query"),
                        methods=methods, options=Options(crc32c=command.get("crc32c")))


async def _call(client: TandemClient, command: dict[str, Any]) -> None:
    try:
        _say(command, outcome="ok", **await _result(client, command))
    except TandemError as error:
        print(f"harness: call {command['id']}: {error}", file=sys.stderr)
        _say(command, outcome="error", code=error.code, reason=error.reason,
             not_processed=error.not_processed)
    except asyncio.CancelledError:
        _say(command, outcome="error", code=1, reason="CANCELLED", not_processed=False)


async def _result(client: TandemClient, command: dict[str, Any]) -> dict[str, Any]:
    role, method, body = _ROLES[command["port"]], command["method"], bytes.fromhex(command["body"])
    key = bytes.fromhex(command["key"]) if command["key"] else None
    repeat = (Repeat.KEYED if key else
              Repeat.READ_ONLY if command["read_only"] else Repeat.UNSAFE)
    timeout, extras = command["timeout_ms"] / 1000, _extras(command)
    result: dict[str, Any] = {"body": "", "items": [], "replayed": False}
    if command["kind"] == "stream":
        page = await client.collect(role, method, body, repeat=repeat, timeout=timeout,
                                    extras=extras)
        metadata, result["items"] = page.metadata, [item.hex() for item in page.items]
    else:
        answer = await client.call(role, method, body, repeat=repeat, key=key, timeout=timeout,
                                   extras=extras)
        metadata, result["body"] = answer.metadata, answer.body.hex()
        result["replayed"] = answer.replayed
    return result | {"token": metadata.token.encode().hex() if metadata.token else None,
                     "age_ms": metadata.age_ms}


def _extras(command: dict[str, Any]) -> Extras:
    custom = [(entry["name"], entry["text"] if "text" in entry else bytes.fromhex(entry["bytes"]))
              for entry in command.get("custom", ())]
    return Extras(command.get("trace_parent"), command.get("max_staleness_ms"), tuple(custom))


def _say(command: dict[str, Any], **fields: Any) -> None:
    print(json.dumps({"id": command["id"], **fields}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
