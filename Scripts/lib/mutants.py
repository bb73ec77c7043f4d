"""Puts bugs into the core on purpose, one at a time, and sees whether the tests notice.

All mutants are built at once, each behind a switch that reads TANDEM_MUTANT: one build serves for
all of them. The tree is copied to a scratch folder first; nothing else is touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mutant_list import LIST, ROOT, Mutant, MutantError, mutated, read_list

SWITCH = '''#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which bug is on: only in a tree that Scripts/mutants made.
public enum Mutant {
    private static let name =
        unsafe getenv("TANDEM_MUTANT").map { unsafe String(cString: $0) } ?? ""
    public static func isOn(_ mutant: String) -> Bool { mutant == name }
}
'''


@dataclass(frozen=True)
class Scratch:
    """The copied tree, and the folder of its build."""

    folder: Path

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def build(self) -> Path:
        return self.folder / "build"

    def fill(self, mutants: list[Mutant]) -> None:
        """Copies what changed, so that the last build serves for what did not."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
            capture_output=True, text=True, check=True).stdout.split("\0")
        wanted = {name: (ROOT / name).read_bytes() for name in listed
                  if name and (ROOT / name).is_file()}
        for name, text in mutated(mutants).items():
            wanted[name] = text.encode()
        wanted["Sources/TandemCore/Mutant.swift"] = SWITCH.encode()
        # Two branches where there was one statement may well be warned of.
        package = wanted["Package.swift"].decode()
        wanted["Package.swift"] = package.replace(
            "    .treatAllWarnings(as: .error),\n", "").encode()
        resolved = ROOT / "Package.resolved"
        if resolved.exists():
            wanted["Package.resolved"] = resolved.read_bytes()
        for file in list(self.tree.rglob("*")):
            if file.is_file() and str(file.relative_to(self.tree)) not in wanted:
                file.unlink()
        for name, content in wanted.items():
            file = self.tree / name
            if not file.exists() or file.read_bytes() != content:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                shutil.copymode(ROOT / name if (ROOT / name).exists() else LIST, file)

    def make(self) -> None:
        """Builds all mutants in one go."""
        subprocess.run(
            [str(ROOT / "Scripts/lib/swift-build"), "--build-tests",
             "--scratch-path", str(self.build)],
            cwd=self.tree, check=True)


def run(command: list[str], folder: Path, mutant: str, seconds: float) -> str:
    """What became of a test run: "" if it was green, else how it was not."""
    environment = os.environ | {
        "TANDEM_MUTANT": mutant, "SWIFT_BACKTRACE": "enable=no", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"not ended after {seconds:.0f} s"
    if process.returncode == 0:
        return ""
    failed = [line for line in output.splitlines()
              if (line.startswith("✘ Test ") and " failed after " in line)
              or line.startswith(("FAIL: ", "ERROR: "))]
    return failed[0].removeprefix("✘ Test ") if failed else "ended before its end"


@dataclass(frozen=True)
class Tests:
    """How the tests of the mutated tree are run."""

    scratch: Scratch
    seconds: float

    def swift(self, mutant: str, pattern: str | None) -> str:
        """TidyTests are about the text, which a switch changes."""
        command = ["swift", "test", "--scratch-path", str(self.scratch.build), "--skip-build",
                   "--disable-xctest", "--parallel", "--skip", "TidyTests"]
        if pattern:
            command += ["--filter", pattern]
        return run(command, self.scratch.tree, mutant, self.seconds)

    def system(self, mutant: str) -> str:
        """The tests of the real programs."""
        command = ["env", f"TANDEM_BIN={self.scratch.build / 'debug'}", sys.executable, "-m",
                   "unittest", "discover", "-s", "Tests/System"]
        return run(command, self.scratch.tree, mutant, self.seconds)

    def kill(self, mutant: Mutant) -> tuple[str, str]:
        """By what a mutant was noticed, and how; nothing if it lives."""
        if how := self.swift(mutant.name, mutant.tests):
            return mutant.tests, how
        if how := self.swift(mutant.name, None):
            return "all Swift tests", how
        return ("system tests", how) if (how := self.system(mutant.name)) else ("", "")


def parse(files: dict[str, str]) -> None:
    """Ends with the compiler's words if a switch makes no Swift of what it stands in."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (name, text) in enumerate(files.items()):
            paths.append(Path(folder) / f"{number}-{Path(name).name}")
            paths[-1].write_text(text, encoding="utf-8")
        ended = subprocess.run(
            ["swiftc", "-frontend", "-parse", *map(str, paths)], capture_output=True, text=True,
            check=False)
    if ended.returncode:
        sys.exit(f"error: a switch is no Swift where it stands:\n{ended.stderr}")


def sweep(mutants: list[Mutant], tests: Tests) -> list[Mutant]:
    """Tries each, prints a line for it, and gives those that live."""
    survivors = []
    for number, mutant in enumerate(mutants, start=1):
        began = time.monotonic()
        by, how = tests.kill(mutant)
        seconds = time.monotonic() - began
        state, detail = ("killed", f"{by}: {how}") if by else ("LIVES", mutant.breaks)
        place = f"{number:>3}/{len(mutants)}"
        print(f"{place} {state:<6} {mutant.name:<26} {seconds:>4.0f} s  {detail}", flush=True)
        if not by:
            survivors.append(mutant)
    return survivors


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Sees whether the tests notice bugs on purpose.")
    parser.add_argument("--check", action="store_true", help="only see that the list still fits")
    parser.add_argument("--only", action="append", default=[], help="only this mutant")
    parser.add_argument("--list", action="store_true", help="print the list")
    parser.add_argument("--scratch", type=Path, default=ROOT / ".build-mutants")
    parser.add_argument("--skip-build", action="store_true")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--time-limit", type=float, default=300.0, metavar="S")
    options = parser.parse_args()
    try:
        mutants = read_list()
        mutated(mutants)
    except MutantError as error:
        sys.exit(f"error: {error}")
    unknown = set(options.only) - {mutant.name for mutant in mutants}
    if unknown:
        parser.error(f"no mutant is named {', '.join(sorted(unknown))}")
    chosen = [mutant for mutant in mutants if not options.only or mutant.name in options.only]
    if options.list:
        for mutant in chosen:
            print(f"{mutant.name:<28} {mutant.breaks}")
    if options.check:
        parse(mutated(mutants))
    if options.check or options.list:
        print(f"{len(chosen)} mutants, each with its place in the sources")
        return
    scratch = Scratch(options.scratch.absolute())
    if not options.skip_build:
        scratch.fill(mutants)
        scratch.make()
    if options.build_only:
        return
    tests = Tests(scratch, options.time_limit)
    if how := tests.swift("none", None):
        sys.exit(f"error: the tests are red without any mutant: {how}")
    survivors = sweep(chosen, tests)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were noticed")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
