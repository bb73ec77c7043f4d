"""Reads .proto files, as far as those of Protocol/proto/ go: messages, enums, services.

By itself, since the suite shares no protobuf library with what it judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

Fields = dict[str, tuple[int, str]]

_KINDS = {
    "bool": "uint", "uint32": "uint", "uint64": "uint", "int32": "int", "int64": "int",
    "map<string, string>": "map",
}
_LABELS = {"optional": "?", "repeated": "*", None: ""}
_FIELD = re.compile(
    r"(?:(optional|repeated) )?(map ?< ?string ?, ?string ?>|[\w.]+) (\w+) ?= ?(\d+)"
)
_RPC = re.compile(r"rpc (\w+) ?\( ?([\w.]+) ?\) ?returns ?\( ?(stream )?([\w.]+) ?\)")


@dataclass(frozen=True)
class Rpc:
    """A method's messages by their short names, and whether its answers are a stream."""

    request: str
    reply: str
    stream: bool


@dataclass
class Protos:
    """What some files say: messages by their short names, methods by `package.Service/Method`."""

    messages: dict[str, Fields] = field(default_factory=dict)
    rpcs: dict[str, Rpc] = field(default_factory=dict)
    enums: set[str] = field(default_factory=set)


def read(files: list[Path]) -> Protos:
    """All of them as one. A field is its number and its kind, as schemas.py has it. Raises
    ValueError for two messages of one short name."""
    found = Protos()
    for file in files:
        _read(file.read_text(encoding="utf-8"), found)
    for name, table in found.messages.items():
        found.messages[name] = {
            key: (number, _without_enum(kind, found.enums)) for key, (number, kind) in table.items()
        }
    return found


def _read(text: str, found: Protos) -> None:
    text = " ".join(re.sub(r"//.*", "", text).split())
    package = ""
    # The blocks that a statement stands in: `message` and its name, and so on.
    blocks: list[list[str]] = []
    for statement in re.findall(r"[^;{}]+[;{]|\}", text):
        words = statement[:-1].split()
        if rpc := _RPC.search(statement):
            service = f"{package}.{blocks[-1][1]}"
            found.rpcs[f"{service}/{rpc[1]}"] = Rpc(_short(rpc[2]), _short(rpc[4]), bool(rpc[3]))
        elif words[:1] == ["package"]:
            package = words[1]
        elif words[:1] == ["message"]:
            if words[1] in found.messages:
                raise ValueError(f"two messages are called {words[1]}")
            found.messages[words[1]] = {}
        elif words[:1] == ["enum"]:
            found.enums.add(words[1])
        elif blocks and blocks[-1][0] in ("message", "oneof"):
            _add_field(found, [block[1] for block in blocks if block[0] == "message"][-1], words)
        if statement.endswith("{"):
            blocks.append(words)
        elif statement == "}":
            blocks.pop()


def _add_field(found: Protos, message: str, words: list[str]) -> None:
    if match := _FIELD.match(" ".join(words)):
        label, kind, name, number = match.groups()
        kind = _KINDS.get(kind, _short(kind))
        found.messages[message][name] = (int(number), kind + _LABELS[label])


def _without_enum(kind: str, enums: set[str]) -> str:
    base = kind.rstrip("*?")
    return "uint" + kind.removeprefix(base) if base in enums else kind


def _short(name: str) -> str:
    return name.rpartition(".")[2]
