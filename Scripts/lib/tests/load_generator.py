"""The benchmarks' load generator, compiled for tests, and servers of a few lines to aim it at."""

from __future__ import annotations

import functools
import json
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
COMPILER = shutil.which("cc") or shutil.which("clang")
# What serves one connection until the other side has closed it.
Serve = Callable[[socket.socket], None]
_FOLDER = tempfile.TemporaryDirectory()


def ran(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A program run to its end."""
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)


@functools.cache
def program() -> Path:
    """The generator; a warning of the compiler is an error."""
    path = Path(_FOLDER.name) / "load"
    sources = sorted((ROOT / "Benchmarks" / "Sources" / "load").glob("*.c"))
    subprocess.run(
        [str(COMPILER), "-O1", "-Wall", "-Wextra", "-Werror", *sources, "-o", path], check=True)
    return path


def loaded(serve: Serve, mode: str, *options: str) -> tuple[dict[str, Any], str]:
    """What the generator printed of such a server, and what it said on stderr."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_serve, args=(serve, connection), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        port = str(listener.getsockname()[1])
        ended = ran(program(), mode, "--port", port, *options)
        listener.shutdown(socket.SHUT_RDWR)
    report: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {}
    return report | {"exit": ended.returncode}, ended.stderr


def _serve(serve: Serve, connection: socket.socket) -> None:
    with connection:
        try:
            serve(connection)
        except OSError:
            # It was measured for as long as it was to be.
            return
