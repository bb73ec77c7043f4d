"""What pages show of the code: blocks that stand as they are in a file, and lines that are counted.

A page's block of code names its file in a comment before it:

    <!-- Examples/Sources/Bank/Bank.swift -->
    ```swift
    public struct Bank: Domain {
        …
    }
    ```

Its lines stand in the file in that order, but for indentation; those between two lines of the block
follow each other in the file, unless a line `…` stands between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Languages of code: the others, as sh and text, show what a person types and sees.
CODE = {"swift", "proto", "csharp", "java", "elixir"}
COMMENT_SIGNS = {".swift": "//", ".proto": "//", ".cs": "//", ".java": "//", ".ex": "#"}
GAP = "…"

BANK = ("Examples/Sources/Bank/Bank.swift", "Examples/Sources/Bank/BankMethods.swift")
# The same bank as others write it: Docs/Comparison.md.
OTHERS = {
    "Marten and Wolverine": "Docs/Comparison/Bank.cs",
    "Commanded and Ecto": "Docs/Comparison/bank.ex",
    "Axon and Spring Boot": "Docs/Comparison/Bank.java",
}


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    line: int
    """Where it begins, counted from 1."""
    source: str | None
    """The file that it names, from the repository's root; `None` if it names none."""
    lines: list[str]


def blocks(text: str) -> list[Block]:
    """The blocks of code of a page."""
    found: list[Block] = []
    source: str | None = None
    inside: list[str] | None = None
    start = 0
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if inside is None and line.startswith("```"):
            inside, start, is_code = [], number, line[3:].strip() in CODE
        elif inside is not None and line.startswith("```"):
            if is_code:
                found.append(Block(start, source, inside))
            inside, source = None, None
        elif inside is not None:
            inside.append(line)
        elif match := re.fullmatch(r"<!-- (\S+) -->", line):
            source = match[1]
        elif line.strip():
            source = None
    return found


def missing_line(block: list[str], source: list[str]) -> str | None:
    """The first line of a block that is not in the file where it has to be; `None` if all are."""
    wanted = [line.strip() for line in block if line.strip()]
    there = [line.strip() for line in source if line.strip()]

    def fits(place: int, index: int) -> int:
        """How many lines of the block, from `index` on, can be found from `place` on."""
        best = index
        while index < len(wanted):
            if wanted[index] == GAP:
                index += 1
                if index == len(wanted):
                    return index
                rest = [fits(later, index) for later in range(place, len(there))
                        if there[later] == wanted[index]]
                return max([index, *rest])
            if place >= len(there) or there[place] != wanted[index]:
                return max(best, index)
            place, index = place + 1, index + 1
            best = index
        return index

    reached = max(fits(place, 0) for place in range(len(there) + 1))
    return None if reached == len(wanted) else wanted[reached]


def complaints(page: Path) -> list[str]:
    """What is wrong with a page's blocks, a sentence each."""
    result = []
    for block in blocks(page.read_text(encoding="utf-8")):
        place = f"{page.relative_to(ROOT)}:{block.line}"
        if block.source is None:
            result.append(f"{place}: the block names no file that it stands in")
            continue
        path = ROOT / block.source
        if not path.is_file():
            result.append(f"{place}: there is no {block.source}")
            continue
        line = missing_line(block.lines, path.read_text(encoding="utf-8").splitlines())
        if line is not None:
            result.append(f"{place}: {block.source} does not go on so: {line}")
    return result


def code_lines(text: str, suffix: str) -> int:
    """Lines that are neither empty nor a comment alone, and import nothing."""
    sign = COMMENT_SIGNS[suffix]
    lines = [line.strip() for line in text.splitlines()]
    headers = ("import ", "using ", "package ", "syntax ", "alias ")
    return sum(
        1 for line in lines if line and not line.startswith(sign) and not line.startswith(headers)
    )


def lines_of(*paths: str) -> int:
    """All code lines of files, from the repository's root."""
    return sum(
        code_lines((ROOT / path).read_text(encoding="utf-8"), Path(path).suffix) for path in paths
    )


def statement(text: str, start: str) -> str:
    """The declaration or call whose first line starts so: up to the line that closes it."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith(start))
    depth = 0
    for number in range(first, len(lines)):
        bare = re.sub(r'"[^"]*"', "", lines[number].split("//")[0])
        depth += sum(bare.count(sign) for sign in "([{") - sum(bare.count(sign) for sign in ")]}")
        if depth == 0:
            return "\n".join(lines[first : number + 1])
    raise ValueError(f"{start} is not closed")


def small_command() -> list[str]:
    """All Swift of one small command, Cancel of Examples/Sources/Bookings: what it is called by,
    its place in the lists of methods and events, its rule, its event's stream, its view."""
    folder = ROOT / "Examples/Sources/Bookings"
    methods = (folder / "BookingsMethods.swift").read_text(encoding="utf-8")
    domain = (folder / "Bookings.swift").read_text(encoding="utf-8")
    return [
        statement(methods, "public static let cancel = "),
        "Bookings.cancel,",
        "Bookings_V1_Cancelled.self,",
        statement(domain, "On(Bookings.cancel)"),
        statement(methods, "extension Bookings_V1_Cancelled: Event"),
        statement(domain, "When(Bookings_V1_Cancelled.self)"),
    ]


def messages(text: str, suffix: str) -> str:
    """The section of a file that the comment `Messages.` heads."""
    sign = COMMENT_SIGNS[suffix]
    lines = text.splitlines()
    start = lines.index(f"{sign} Messages.") + 1
    end = next(number for number in range(start, len(lines)) if lines[number].startswith(sign))
    return "\n".join(lines[start:end])


def comparison() -> list[str]:
    """The rows of the comparison's table, the shortest first: messages, the rest, together."""
    rows = []
    for name, path in OTHERS.items():
        suffix = Path(path).suffix
        text = (ROOT / path).read_text(encoding="utf-8")
        whole = code_lines(text, suffix)
        said = code_lines(messages(text, suffix), suffix)
        rows.append((whole, f"| {name} | {said} | {whole - said} | {whole} |"))
    said = lines_of("Examples/Sources/Bank/bank.proto")
    rest = lines_of(*BANK, "Examples/Sources/bank-server/Main.swift")
    rows.append((said + rest, f"| Tandem | {said} | {rest} | {said + rest} |"))
    return [row for _, row in sorted(rows)]


def small_command_count() -> int:
    """How many lines of Swift a small command has."""
    return sum(code_lines(part, ".swift") for part in small_command())
