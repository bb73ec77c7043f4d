"""The list of mutants, and how each is written into the sources behind its switch."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).resolve().parent / "mutants.toml"


class MutantError(Exception):
    """The list does not fit the sources; says which mutant, and how."""


@dataclass(frozen=True)
class Mutant:
    """One bug; `mutants.toml` says what each of these is."""

    name: str
    breaks: str
    file: str
    code: str
    tests: str
    mutant: str | None = None
    before: str = ""
    after: str = ""

    @property
    def switched(self) -> str:
        """The code with the bug behind its switch."""
        test = f'Mutant.isOn("{self.name}")'
        if self.mutant is None:
            return f"if !{test} {{ {self.code} }}"
        return f"({test} ? ({self.mutant}) : ({self.code}))"

    def check(self) -> None:
        """What a switch stands around must be one expression."""
        depth = 0
        for character in self.code if self.mutant is not None else "":
            depth += (character in "([{") - (character in ")]}")
            if depth == 0 and character == ",":
                raise MutantError(
                    f"mutant {self.name}: its code is several conditions; name one of them")

    def place(self, text: str) -> int:
        """Where the code is; there must be exactly one such place."""
        self.check()
        whole = self.before + self.code + self.after
        count = text.count(whole)
        if count != 1:
            raise MutantError(
                f"mutant {self.name}: its code is {count} times in {self.file}, not once; "
                "mend it in Scripts/lib/mutants.toml")
        return text.index(whole) + len(self.before)


def read_list(path: Path = LIST) -> list[Mutant]:
    """All mutants, each name once."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    try:
        mutants = [Mutant(**entry) for entry in entries]
    except TypeError as error:
        raise MutantError(f"{path.name}: {error}") from error
    names = [mutant.name for mutant in mutants]
    if twice := {name for name in names if names.count(name) > 1}:
        raise MutantError(f"two mutants are named {', '.join(sorted(twice))}")
    return mutants


def mutated(mutants: list[Mutant], root: Path = ROOT) -> dict[str, str]:
    """The files with all mutants in them, by their paths."""
    files: dict[str, str] = {}
    for name in sorted({mutant.file for mutant in mutants}):
        try:
            text = (root / name).read_text(encoding="utf-8")
        except OSError as error:
            raise MutantError(f"a mutant is of {name}, which is gone: {error}") from error
        # All places are looked for in the text as it is, and changed from the last to the first.
        places = [(one.place(text), one) for one in mutants if one.file == name]
        places.sort(key=lambda place: place[0], reverse=True)
        end = len(text)
        for place, one in places:
            if place + len(one.code) > end:
                raise MutantError(f"mutant {one.name} overlaps another one in {name}")
            text = text[:place] + one.switched + text[place + len(one.code):]
            end = place
        if not re.search(r"^(\w+ )?import TandemCore$", text, re.MULTILINE):
            text = "internal import TandemCore\n" + text
        files[name] = text
    return files
