"""Writes the package of Scripts/new-domain: the scaffold, under another name."""

from __future__ import annotations

import base64
import os
import re
import shutil
import sys
import textwrap
from pathlib import Path

SCAFFOLD = Path(__file__).parent / "scaffold"


def renamed(text: str, name: str) -> str:
    """The scaffold's words with the domain's name: Things, Things_V1_, things.v1, things-server."""
    words = {
        # The messages' prefix is made of the protobuf package, as protoc-gen-swift makes it.
        "Things_V1_": name.lower().capitalize() + "_V1_",
        "Things": name,
        "things": name.lower(),
    }
    return re.sub("Things_V1_|Things|things", lambda word: words[word[0]], text)


# Of protoc's FileDescriptorSet: the fields with text to rename, and those with messages of these
# kinds. Source: google/protobuf/descriptor.proto.
DESCRIPTORS: dict[str, tuple[set[int], dict[int, str]]] = {
    "set": (set(), {1: "file"}),
    "file": ({1, 2, 3}, {4: "message", 5: "enum", 6: "service", 9: "source"}),
    "message": ({1}, {2: "field", 3: "message", 4: "enum", 8: "oneof"}),
    "field": ({1, 6, 10}, {}),
    "oneof": ({1}, {}),
    "enum": ({1}, {2: "oneof"}),
    "service": ({1}, {2: "method"}),
    "method": ({1, 2, 3}, {}),
    "source": (set(), {1: "location"}),
    "location": ({3, 4, 6}, {}),
}


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    low = value & 0x7F
    return bytes([low]) if value < 0x80 else bytes([low | 0x80]) + varint(value >> 7)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def renamed_files(data: bytes, name: str, kind: str = "set") -> bytes:
    """The same descriptors with the domain's name."""
    texts, messages = DESCRIPTORS[kind]
    out, at = b"", 0
    while at < len(data):
        start = at
        tag, at = read_varint(data, at)
        size, at = read_varint(data, at)
        if tag & 7 != 2:
            out += data[start:at]
            continue
        value, at = data[at : at + size], at + size
        if tag >> 3 in texts:
            value = renamed(value.decode(), name).encode()
        elif tag >> 3 in messages:
            value = renamed_files(value, name, messages[tag >> 3])
        out += varint(tag) + varint(len(value)) + value
    return out


def renamed_swift(text: str, name: str) -> str:
    """Swift of the scaffold, in which descriptors may stand as base64."""
    head, quotes, rest = text.partition('"""\n')
    if not text.startswith("// Made of") or not quotes:
        return renamed(text, name)
    data = renamed_files(base64.b64decode(rest.partition('"""')[0]), name)
    lines = textwrap.wrap(base64.b64encode(data).decode(), 92)
    return renamed(head, name) + quotes + "".join(f"    {line}\n" for line in lines) + '    """\n'


def write(name: str, directory: Path, tandem: Path) -> None:
    """Copies the scaffold."""
    path = Path(os.path.relpath(tandem, directory))
    for source in sorted(SCAFFOLD.rglob("*")):
        if source.is_dir():
            continue
        target = directory / renamed(str(source.relative_to(SCAFFOLD)), name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = renamed_swift(source.read_text(encoding="utf-8"), name)
        text = text.replace("TANDEM_PATH", str(path)).replace("TANDEM_NAME", tandem.name)
        target.write_text(text, encoding="utf-8")
        shutil.copymode(source, target)


def main() -> None:
    """The command line of Scripts/new-domain, which has looked at it."""
    name, directory, tandem = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    write(name, directory, tandem)
    shown = os.path.relpath(directory)
    print(f"""{name} is in {shown}. Now:

  cd {shown}
  swift test
  swift run {name.lower()}-server

README.md there says what is where.""")


if __name__ == "__main__":
    main()
