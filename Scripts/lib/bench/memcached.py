"""memcached, with a value of one size under every key."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .child import Child, free_port


class Memcached:
    """A memcached of this run."""

    def __init__(self, program: str, folder: Path) -> None:
        told = subprocess.run([program, "-V"], check=True, capture_output=True, text=True).stdout
        self.version = told.split()[-1]
        port = free_port()
        words = [program, "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-m", "2048"]
        if os.geteuid() == 0:
            # It refuses to stay root without being told so.
            words += ["-u", "root"]
        self._child = Child(words, port, folder / "memcached.log")
        self.port = port

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._child.pid

    def fill(self, keys: Iterable[str], value: bytes) -> None:
        """Sets all keys to the value."""
        with socket.create_connection(("127.0.0.1", self.port)) as link:
            sets = (b"set %s 0 0 %d noreply\r\n%s\r\n" % (key.encode(), len(value), value)
                    for key in keys)
            link.sendall(b"".join(sets) + b"version\r\n")
            # Answered when all before it was done.
            link.recv(100)

    def stop(self) -> None:
        """Ends it."""
        self._child.stop()


def started(folder: Path) -> Memcached | None:
    """If it is installed."""
    program = shutil.which("memcached")
    return Memcached(program, folder) if program else None
