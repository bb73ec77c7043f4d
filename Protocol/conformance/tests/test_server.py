"""Starting, ending and sorting servers, with small programs in their place."""

from __future__ import annotations

import shlex
import sys
import unittest
from pathlib import Path

from tandem_conformance.process import resident_kib
from tandem_conformance.server import Server, ServerError, Servers, parse_address

# Prints its ready line, and appends its arguments to a file of its data directory.
PROGRAM = """
import pathlib, sys, time
data = pathlib.Path(sys.argv[1])
with (data / "starts").open("a") as file:
    file.write(" ".join(sys.argv[2:]) + ";")
print("some other line", flush=True)
print("ready command=127.0.0.1:1 query=[::1]:2", flush=True)
time.sleep(60)
"""
DYING = "import sys; print('no disk', file=sys.stderr); sys.exit(3)"


def command(program: str) -> str:
    """A --start command that runs a Python program."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} {{data}}"


class ServerTests(unittest.TestCase):
    """Server."""

    def server(self, program: str = PROGRAM, *arguments: str) -> Server:
        """A server that is removed when the test ends."""
        server = Server(command(program), (("methods", 5),), arguments)
        self.addCleanup(server.dispose)
        return server

    def test_it_starts_and_tells_its_addresses(self) -> None:
        server = self.server()
        server.start()
        self.assertEqual(server.addresses, {"command": ("127.0.0.1", 1), "query": ("::1", 2)})
        self.assertIsNone(server.death())
        self.assertGreater(resident_kib(server.pid) or 0, 1 << 10)

    def test_its_data_outlives_a_kill_and_a_restart(self) -> None:
        server = self.server(PROGRAM, "--more")
        server.start()
        first = server.pid
        server.kill()
        self.assertFalse(server.is_running)
        server.restart()
        self.assertNotEqual(server.pid, first)
        starts = (server.data / "starts").read_text()
        self.assertEqual(starts, "--limit methods=5 --more;" * 2)

    def test_a_death_is_told_with_its_last_words(self) -> None:
        server = self.server(DYING)
        with self.assertRaisesRegex(ServerError, "exit code 3.*no disk"):
            server.start()

    def test_disposing_removes_everything(self) -> None:
        server = self.server()
        server.start()
        pid, data = server.pid, server.data
        server.dispose()
        self.assertFalse(data.exists())
        self.assertFalse(Path(f"/proc/{pid}/exe").exists())

    def test_a_command_needs_its_data(self) -> None:
        with self.assertRaisesRegex(ServerError, "{data}"):
            Server("some-server")


class ServersTests(unittest.TestCase):
    """Servers."""

    def test_the_same_limits_share_a_server(self) -> None:
        servers = Servers(command(PROGRAM))
        self.addCleanup(servers.dispose)
        one = servers.get({"a": 1, "b": 2})
        self.assertIs(servers.get({"b": 2, "a": 1}), one)
        self.assertIsNot(servers.get({}), one)

    def test_a_server_that_died_is_started_again(self) -> None:
        servers = Servers(command(PROGRAM))
        self.addCleanup(servers.dispose)
        server = servers.get({})
        server.kill()
        self.assertIs(servers.get({}), server)
        self.assertTrue(server.is_running)

    def test_a_released_one_ends(self) -> None:
        servers = Servers(command(PROGRAM))
        self.addCleanup(servers.dispose)
        one, other = servers.get({"a": 1}), servers.get({})
        servers.release({"a": 1})
        self.assertFalse(one.is_running)
        self.assertTrue(other.is_running)


class AddressTests(unittest.TestCase):
    """parse_address."""

    def test_addresses(self) -> None:
        self.assertEqual(parse_address("127.0.0.1:7401"), ("127.0.0.1", 7401))
        self.assertEqual(parse_address("[::1]:7401"), ("::1", 7401))
        for text in ("127.0.0.1", ":7401", "host:port", ""):
            with self.subTest(text=text), self.assertRaisesRegex(ValueError, "HOST:PORT"):
                parse_address(text)


if __name__ == "__main__":
    unittest.main()
