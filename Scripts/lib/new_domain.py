"""Writes the package of Scripts/new-domain: the scaffold, under another name."""

from __future__ import annotations

import os
import re
import shutil
import sys
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


def write(name: str, directory: Path, tandem: Path) -> None:
    """Copies the scaffold."""
    path = Path(os.path.relpath(tandem, directory))
    for source in sorted(SCAFFOLD.rglob("*")):
        if source.is_dir():
            continue
        target = directory / renamed(str(source.relative_to(SCAFFOLD)), name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = renamed(source.read_text(encoding="utf-8"), name)
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
