"""What `import` of a product gives, as the compiler sees it: its symbol graphs, and lines of text.

Reads the modules of a build that is there already; the compiler writes a product's symbol graph,
the modules that it re-exports included, in a second. `Scripts/api` and `Scripts/docs` use it.
"""

from __future__ import annotations

import argparse
import difflib
import json
import platform
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = ("Tandem", "TandemClient", "TandemTestKit")
LISTS = ROOT / "Docs" / "API"

# What every type is unless it says otherwise.
SILENT = {"Copyable", "Escapable", "SendableMetatype"}
SIGNS = {"conformance": ":", "superclass": ":", "sameType": "=="}


class Unreadable(Exception):
    """The build holds no module that the compiler can load."""


def own_modules() -> list[str]:
    """All modules that a product could re-export; the compiler takes those that it does."""
    parents = (ROOT / "Sources", ROOT / "clients" / "swift")
    return sorted(path.name for parent in parents for path in parent.iterdir() if path.is_dir())


def module_maps(build: Path) -> list[Path]:
    """Where the C modules are that the Swift ones need, or none of them can be loaded."""
    checkouts = next(
        (folder / "checkouts" for folder in build.parents if (folder / "checkouts").is_dir()),
        ROOT / ".build" / "checkouts",
    )
    maps = list((ROOT / "Sources").glob("*/module.modulemap"))
    maps += build.glob("C*.build/module.modulemap")
    for pattern in ("*/Sources/*/module.modulemap", "*/Sources/*/include/module.modulemap"):
        maps += checkouts.glob(pattern)
    return sorted(maps)


def extract(product: str, build: Path, folder: Path) -> list[Path]:
    """Writes the product's symbol graphs to the folder: its own, and what it adds to others'."""
    folder.mkdir(parents=True, exist_ok=True)
    build = build.resolve()
    command = [
        "swift", "symbolgraph-extract", "-module-name", product,
        "-I", str(build / "Modules"), "-output-dir", str(folder),
        "-target", f"{platform.machine()}-unknown-linux-gnu",
        "-minimum-access-level", "public", "-skip-synthesized-members",
        f"-experimental-allowed-reexported-modules={','.join(own_modules())}",
    ]
    for path in module_maps(build):
        command += ["-Xcc", f"-fmodule-map-file={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    graphs = sorted(
        path for path in folder.glob("*.symbols.json") if re.match(rf"{product}[@.]", path.name)
    )
    if done.returncode != 0 or not graphs:
        raise Unreadable(
            f"the compiler tells nothing of {product} in {build}; "
            f"build first: swift build --build-tests\n{done.stderr}"
        )
    return graphs


@dataclass
class Surface:
    """What a product makes public."""

    lines: list[str] = field(default_factory=list)
    """One declaration each, sorted: the type that it belongs to, two spaces, the declaration."""
    undocumented: list[str] = field(default_factory=list)
    """Those that no comment explains, their protocol's neither."""


def declaration(symbol: dict[str, Any]) -> str:
    """On one line, with the conditions of the extension that it stands in."""
    text = "".join(part["spelling"] for part in symbol["declarationFragments"])
    text = " ".join(text.split())
    conditions = symbol.get("swiftExtension", {}).get("constraints", [])
    # What the type itself asks of its parameters is no condition of the extension.
    said = [f"{one['lhs']} {SIGNS[one['kind']]} {one['rhs']}" for one in conditions]
    return f"{text} [{', '.join(said)}]" if said else text


def conformances(graph: dict[str, Any], names: dict[str, str]) -> dict[str, set[str]]:
    """The protocols of each type, by its name."""
    result: dict[str, set[str]] = defaultdict(set)
    for relation in graph["relationships"]:
        if relation["kind"] != "conformsTo" or relation["source"] not in names:
            continue
        protocol = names.get(relation["target"]) or relation.get("targetFallback", "?")
        protocol = protocol.split(".", 1)[-1] if "." in protocol else protocol
        if protocol not in SILENT:
            result[names[relation["source"]]].add(protocol)
    return result


def surface(graphs: list[Path]) -> Surface:
    """All that the graphs hold."""
    result = Surface()
    texts = [json.loads(path.read_text(encoding="utf-8")) for path in graphs]
    names = {
        symbol["identifier"]["precise"]: ".".join(symbol["pathComponents"])
        for text in texts for symbol in text["symbols"]
    }
    # Types of others have no symbol of their own here, but members of ours, and conformances.
    for text in texts:
        for relation in text["relationships"]:
            if relation["kind"] == "memberOf" and "targetFallback" in relation:
                names.setdefault(relation["target"], relation["targetFallback"].split(".", 1)[-1])
    protocols: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for name, more in conformances(text, names).items():
            protocols[name] |= more
    rows: set[tuple[str, str]] = set()
    for text in texts:
        for symbol in text["symbols"]:
            *owner, last = symbol["pathComponents"]
            line = declaration(symbol)
            is_type = symbol["kind"]["identifier"].split(".")[-1] in {
                "struct", "class", "enum", "protocol", "actor"
            }
            path = ".".join([*owner, last])
            rows.add((path if is_type else ".".join(owner), line))
            # The compiler calls what builds results, and nobody else.
            if "docComment" not in symbol and not last.startswith("build"):
                result.undocumented.append(f"{path}: {declaration(symbol)}")
    rows |= {(name, f": {', '.join(sorted(said))}") for name, said in protocols.items()}
    result.lines = sorted(f"{owner}  {text}".strip() for owner, text in rows)
    result.undocumented.sort()
    return result


def read(product: str, build: Path) -> Surface:
    """A product's surface, of a build."""
    with tempfile.TemporaryDirectory() as folder:
        return surface(extract(product, build, Path(folder)))


def changes(product: str, now: Surface) -> str:
    """How the surface differs from the committed list; empty if it doesn't."""
    path = LISTS / f"{product}.txt"
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    difference = difflib.unified_diff(before, now.lines, "before", "now", lineterm="", n=0)
    lines = [line for line in difference if line[:2] not in ("--", "++", "@@")]
    if not lines:
        return ""
    return (
        f"what `import {product}` gives has changed:\n  " + "\n  ".join(lines)
        + "\nif that is meant, Scripts/api writes the list anew: commit it"
    )


def main() -> None:
    """The command line; `Scripts/api --help` describes it."""
    parser = argparse.ArgumentParser(prog="Scripts/api", description=(
        "Writes what `import` of each product gives to Docs/API, one declaration a line, or checks "
        "that it is as written there. Reads a build that is there: swift build --build-tests."))
    parser.add_argument("--check", action="store_true",
                        help="write nothing; end with 1 and the differences if there are any")
    parser.add_argument("--build", type=Path, default=ROOT / ".build" / "debug",
                        help="the build's folder (.build/debug)")
    options = parser.parse_args()
    troubles = []
    for product in PRODUCTS:
        try:
            now = read(product, options.build)
        except Unreadable as error:
            sys.exit(f"error: {error}")
        difference = changes(product, now)
        troubles += [difference] if difference and options.check else []
        if difference and not options.check:
            LISTS.mkdir(parents=True, exist_ok=True)
            (LISTS / f"{product}.txt").write_text("\n".join(now.lines) + "\n", encoding="utf-8")
            print(f"Docs/API/{product}.txt: {len(now.lines)} declarations")
        troubles += [f"no comment explains {name}" for name in now.undocumented]
    if troubles:
        sys.exit("\n".join(troubles))


if __name__ == "__main__":
    main()
