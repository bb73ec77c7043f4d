"""A disk that is full, and a write side that can't start: reads go on, and commands come back."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from shop_server import ShopServer

PATIENCE_S = 60


def free_addresses() -> dict[str, str]:
    """Addresses of this machine that nobody listens on."""
    sockets = {port: socket.create_server(("127.0.0.1", 0)) for port in ("command", "query", "feed")}
    addresses = {port: f"127.0.0.1:{each.getsockname()[1]}" for port, each in sockets.items()}
    for each in sockets.values():
        each.close()
    return addresses


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        # Timed: patience; only what never comes takes that long.
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.05)


class WriteSideThatCannotStart(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.addresses = free_addresses()
        self.server.start_on(self.addresses)
        self.server.json("user", "register", "--email", "a@x", "--name", "Ada")
        self.server.tandem("status", "--wait")
        self.server.stop()

    def lock(self) -> sqlite3.Connection:
        """Has the database as no other program may have it at the same time."""
        database = sqlite3.connect(self.server.data / "write.sqlite", isolation_level=None)
        self.addCleanup(database.close)
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        return database

    def test_reads_start_alone_and_commands_come_when_they_can(self) -> None:
        database = self.lock()
        self.server.start_on(self.addresses, ready=("query",))
        self.assertEqual(len(self.server.json("user", "list")["users"]), 1)
        self.assertIn("the write side can't start", self.server.log())
        command = ("user", "register", "--email", "b@x", "--name", "Bob")
        self.assertEqual(self.server.tandem(*command, "--timeout", "1").returncode, 3)
        database.close()
        self.server.wait_ready(("command", "query", "feed"))
        self.assertEqual(self.server.tandem(*command).returncode, 0)
        wait_until(
            "its effect is visible", lambda: len(self.server.json("user", "list")["users"]) == 2)
        self.assertEqual(self.server.log().count("the write side can't start"), 1)
        self.assertEqual(self.server.stop(), 0)

    def test_it_stops_when_told_while_it_waits(self) -> None:
        self.lock()
        self.server.start_on(self.addresses, ready=("query",))
        self.assertEqual(self.server.stop(), 0)

    def test_what_takes_a_person_to_mend_still_ends_the_start(self) -> None:
        (self.server.data / "write.sqlite").write_bytes(b"something else")
        with self.assertRaises(AssertionError):
            self.server.start_on(self.addresses, ready=("query",))
        self.assertIn("--begin-anew", self.server.log())


@unittest.skipUnless(os.geteuid() == 0, "a small file system of its own takes root")
class FullDisk(unittest.TestCase):
    """A file system of 24 MiB that somebody else fills."""

    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.server.data.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(self.server.data)],
            capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"nothing can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.server.data)], check=False)

    def fill(self, leaving: int = 0) -> Path:
        """Takes all that is free but for so many bytes."""
        filler = self.server.data / "filler"
        with open(filler, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    pass
            file.truncate(max(file.tell() - leaving, 0))
        return filler

    def register(self, number: int, seconds: int = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """One command under one key: repeated by the program itself while there is no room."""
        return self.server.tandem(
            "user", "register", "--email", f"u{number}@x", "--name", "N" * 100,
            "--timeout", str(seconds))

    def refused(self, number: int) -> subprocess.CompletedProcess[str]:
        """As much time as an answer may need, though it is the same each time."""
        for _ in range(3):
            refused = self.register(number, seconds=10)
            # The program's last try may have had too little of that left to be answered, and then
            # this is what it tells.
            if "DEADLINE_EXCEEDED" not in refused.stderr:
                break
        return refused

    def users(self) -> int:
        return len(self.server.json("user", "list", "--all")["users"])

    def test_commands_are_refused_before_the_disk_is_full(self) -> None:
        self.server.start()
        self.assertEqual(self.register(1).returncode, 0)
        filler = self.fill(leaving=1 << 20)
        refused = self.refused(2)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("STORAGE_FULL", refused.stderr)
        self.assertIn("disk-reserve-bytes", self.server.log())
        wait_until("the first is visible", lambda: self.users() == 1)
        filler.unlink()
        self.assertEqual(self.register(2).returncode, 0)
        self.assertEqual(self.server.stop(), 0)

    def test_a_disk_that_fills_under_the_commands_ends_nothing(self) -> None:
        self.server.start(options=["--limit", "disk-reserve-bytes=0"])
        number = 1
        self.assertEqual(self.register(number).returncode, 0)
        for leaving in (0, 100_000, 400_000):
            filler = self.fill(leaving)
            while (result := self.refused(number + 1)).returncode == 0:
                number += 1
            self.assertIn("STORAGE_FULL", result.stderr)
            self.assertGreaterEqual(self.users(), 1)
            filler.unlink()
            number += 1
            self.assertEqual(self.register(number).returncode, 0)
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.server.tandem("status", "--wait")
        self.assertEqual(self.users(), number)

    def test_a_start_on_a_full_disk_answers_reads(self) -> None:
        addresses = free_addresses()
        self.server.start_on(addresses)
        self.assertEqual(self.register(1).returncode, 0)
        self.server.tandem("status", "--wait")
        self.server.stop()
        (self.server.data / "write.sqlite-shm").unlink(missing_ok=True)
        # What the copy of the documents needs to be opened, and the database doesn't get.
        filler = self.fill(leaving=0)
        self.server.start_on(addresses, ready=None)
        self.assertEqual(self.users(), 1)
        self.assertNotEqual(self.refused(2).returncode, 0)
        filler.unlink()
        # Nothing listens for commands yet: the program doesn't wait for that.
        wait_until("a command is taken", lambda: self.register(2).returncode == 0)
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
