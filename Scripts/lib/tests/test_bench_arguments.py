"""What Scripts/bench and its load generator say to wrong arguments, before they do anything."""

from __future__ import annotations

import unittest

from load_generator import COMPILER, ROOT, program, ran


class ScriptTests(unittest.TestCase):
    def assert_refused(self, saying: str, *options: str) -> None:
        ended = ran(ROOT / "Scripts" / "bench", *options)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assertIn(saying, ended.stderr)
        self.assertEqual(ended.stdout, "")

    def test_wrong_arguments_are_told_at_once(self) -> None:
        self.assert_refused("unknown option --fast (see Scripts/bench --help)", "--fast")
        self.assert_refused("--rounds needs a value", "--rounds")
        self.assert_refused("--rounds: '0' is not a number from 1 to 99", "--rounds", "0")
        self.assert_refused("--only needs a name", "--only", "--quick")
        self.assert_refused("there is no row get_2; there are get_1", "--only", "get_1", "get_2")
        self.assert_refused("--json: cannot write", "--json", "no-such-folder/bench.json")

    def test_the_rows_can_be_listed(self) -> None:
        ended = ran(ROOT / "Scripts" / "bench", "--list")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertLessEqual({"get_1", "list_20", "growth"}, set(ended.stdout.split()))

    def test_help_names_every_option(self) -> None:
        text = ran(ROOT / "Scripts" / "bench", "--help").stdout
        for option in ("--quick", "--only", "--rounds", "--json", "--real", "--skip-build"):
            self.assertIn(option, text)


@unittest.skipUnless(COMPILER, "there is no C compiler")
class GeneratorArgumentTests(unittest.TestCase):
    def assert_refused(self, saying: str, *options: str, code: int = 2) -> None:
        ended = ran(program(), *options)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertIn(saying, ended.stderr)
        self.assertEqual(ended.stdout, "")

    def test_wrong_arguments_are_told(self) -> None:
        port = ("--port", "1")
        self.assert_refused("exactly one MODE is needed")
        self.assert_refused("there is no mode put", "put", *port)
        self.assert_refused("--port is needed", "get")
        self.assert_refused("no such port: 0", "get", "--port", "0")
        self.assert_refused("no such number: 1.5", "get", *port, "--connections", "1.5")
        self.assert_refused("FIRST:COUNT is needed, not 5", "get", *port, "--keys", "5")
        self.assert_refused("--script is needed", "redis-list", *port)
        self.assert_refused("--pid-tree needs --pid", "get", *port, "--pid-tree")
        self.assert_refused("not for an open loop", "get", *port, "--refill", "--rate", "5")

    def test_a_port_where_nobody_listens_is_told(self) -> None:
        self.assert_refused("cannot connect to 127.0.0.1:1", "get", "--port", "1", code=1)

    def test_help_names_every_mode(self) -> None:
        text = ran(program(), "--help").stdout
        for mode in ("get", "list", "place", "redis-get", "redis-list", "memcached-get"):
            self.assertIn(f"  {mode} ", text)


if __name__ == "__main__":
    unittest.main()
