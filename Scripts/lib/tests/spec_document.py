"""The specification as data: its tables, its rules and the bytes of its sessions."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PROTOCOL = Path(__file__).resolve().parents[3] / "Protocol"
SPEC = PROTOCOL / "SPEC.md"
# So that who imports this can import the protocol's codec, too.
sys.path.insert(0, str(PROTOCOL / "conformance"))
# Where rules stand: the specification, and what only servers under test need.
NORMATIVE = (SPEC, PROTOCOL / "conformance" / "TEST-SERVICE.md")
TEXT = "\n".join(file.read_text(encoding="utf-8") for file in NORMATIVE)
# Where sessions are shown in bytes.
SESSIONS = (SPEC, PROTOCOL / "vectors" / "SESSIONS.md")

# A word of programs: `RETRY_LATER`, `META`.
WORD = re.compile(r"\b[A-Z][A-Z_]+[A-Z]\b")


@dataclass(frozen=True)
class Row:
    """One row of a table; cells by the names of their columns."""

    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def words(self, column: str) -> list[str]:
        """The upper-case words of a cell, in order."""
        return WORD.findall(self[column])


@dataclass(frozen=True)
class Block:
    """Bytes that one side sends: "C" or "S"."""

    sender: str
    bytes: bytes
    line: int


def table(*columns: str) -> list[Row]:
    """The one table whose header begins with these columns. Raises LookupError if not just one."""
    found = tables(*columns)
    if len(found) != 1:
        raise LookupError(f"there are {len(found)} tables that begin with {', '.join(columns)}")
    return found[0]


def tables(*columns: str) -> list[list[Row]]:
    """All tables whose header begins with these columns."""
    found = []
    for lines in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        head, _, *rest = [split(line) for line in lines.splitlines()]
        if head[: len(columns)] == list(columns):
            found.append([Row(dict(zip(head, cells, strict=True))) for cells in rest])
    return found


def split(line: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rule(identifier: str) -> str:
    """The text of a rule, on one line. Raises LookupError if there is no such rule."""
    match = re.search(
        rf"^- \*\*\[{identifier}\]\*\* (.*?)(?=\n\n|\n- |\Z)", TEXT, re.DOTALL | re.MULTILINE
    )
    if match is None:
        raise LookupError(f"there is no rule {identifier}")
    return " ".join(match[1].split())


def sessions() -> dict[str, list[Block]]:
    """The sessions shown in bytes, by their headings: what each side sends, in order."""
    found: dict[str, list[Block]] = {}
    for file in SESSIONS:
        text = file.read_text(encoding="utf-8")
        heading = ""
        for match in re.finditer(r"(?m)^###? (.*)$|^```text\n([CS])>([^`]*)```", text):
            if match[1] is not None:
                heading = match[1]
                continue
            block = Block(match[2], bytes.fromhex(match[3]), text[: match.start()].count("\n") + 1)
            found.setdefault(heading, []).append(block)
    return found
