#!/usr/bin/env python3
"""Writes the test vectors, from SPEC.md alone: the same bytes each time.

Needs nothing but Python 3.11. `--check` writes nothing, and ends with 1 if a file would change.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generator import bodies, book, crc32c, dictionaries, frames, hello, metadata, preface
from generator import schema, sessions, tokens, welcome

HERE = Path(__file__).resolve().parent
CHAPTERS = (
    preface, frames, metadata, hello, welcome, dictionaries, bodies, tokens, crc32c, sessions
)


def contents() -> dict[str, str]:
    """Each file's name, and what it should hold."""
    books = [chapter.make() for chapter in CHAPTERS]
    files = {f"{one.name}.json": one.text for one in books}
    files["vectors.schema.json"] = book.as_text(schema.make())
    return files


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Writes the test vectors.")
    parser.add_argument("--check", action="store_true", help="only say what would change")
    check = parser.parse_args().check
    stale = []
    for name, text in contents().items():
        file = HERE / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            file.write_text(text, encoding="utf-8")
    counts = {name: json.loads(text).get("count") for name, text in contents().items()}
    for name, count in counts.items():
        if count is not None:
            print(f"{name}: {count}")
    print(f"{sum(count or 0 for count in counts.values())} vectors")
    if stale:
        print(("out of date: " if check else "written: ") + ", ".join(stale))
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
