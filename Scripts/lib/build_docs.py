"""Builds the documentation of the three products, as DocC renders it, into one folder."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import public_surface
from public_surface import PRODUCTS, ROOT


def docc_path() -> str | None:
    """On the PATH, or beside the compiler, which may be on the PATH as a link alone."""
    swift = shutil.which("swift")
    beside = Path(swift).resolve().parent / "docc" if swift else None
    return shutil.which("docc") or (str(beside) if beside and beside.is_file() else None)


def docc(*words: str) -> None:
    """Runs DocC, which prints what is wrong; a warning ends it, too."""
    if subprocess.run([docc_path() or "docc", *words], check=False).returncode != 0:
        sys.exit(f"error: docc {words[0]} failed")


def archive(product: str, build: Path, folder: Path) -> Path:
    """The product's articles and symbols, rendered."""
    symbols = folder / f"{product}-symbols"
    graphs = public_surface.extract(product, build, symbols)
    # What we add to other modules' types is listed in Docs/API, and would be pages of its own here.
    for graph in graphs:
        if "@" in graph.name:
            graph.unlink()
    target = folder / f"{product}.doccarchive"
    docc("convert", str(ROOT / "Docs" / f"{product}.docc"),
         "--additional-symbol-graph-dir", str(symbols), "--output-dir", str(target),
         "--fallback-display-name", product, "--fallback-bundle-identifier", product,
         "--fallback-default-module-kind", "Library", "--transform-for-static-hosting",
         "--warnings-as-errors",
         # We explain the parameters whose names don't.
         "--disable-parameters-and-returns-validation")
    return target


def main() -> None:
    """The command line; `Scripts/docs --help` describes it."""
    parser = argparse.ArgumentParser(prog="Scripts/docs", description=(
        "Renders articles and symbols of Tandem, TandemClient and TandemTestKit to a folder that "
        "any web server can serve as it is. A broken link or another warning fails it. Reads a "
        "build that is there: swift build --build-tests."))
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / ".build" / "docs",
                        help="where to (.build/docs); what is there is replaced")
    parser.add_argument("--build", type=Path, default=ROOT / ".build" / "debug",
                        help="the build's folder (.build/debug)")
    parser.add_argument("--hosting-base-path", default="",
                        help="the path that it will be served at; by default the root")
    options = parser.parse_args()
    if docc_path() is None:
        sys.exit("error: docc is missing; it comes with Swift's toolchain")
    if options.folder.exists() and not (options.folder / "metadata.json").exists():
        sys.exit(f"error: {options.folder} is there, and no documentation that could be replaced")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            archives = [archive(product, options.build, folder) for product in PRODUCTS]
        except public_surface.Unreadable as error:
            sys.exit(f"error: {error}")
        whole = folder / "whole"
        docc("merge", *map(str, archives), "--output-path", str(whole),
             "--synthesized-landing-page-name", "Tandem",
             "--synthesized-landing-page-kind", "Package")
        options.folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(options.folder, ignore_errors=True)
        if options.hosting_base_path:
            docc("process-archive", "transform-for-static-hosting", str(whole),
                 "--output-path", str(options.folder),
                 "--hosting-base-path", options.hosting_base_path)
        else:
            shutil.copytree(whole, options.folder)
    print(f"{options.folder}: look at it with python3 -m http.server -d {options.folder} 8000, "
          "http://localhost:8000/documentation/")


if __name__ == "__main__":
    main()
