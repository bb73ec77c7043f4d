"""`tandem-server events`: the log as lines of JSON."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import unittest
from pathlib import Path
from typing import Any

from shop_server import SERVER, ShopServer


class Events(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.server.start()
        for user in range(1, 4):
            self.server.json("user", "register", "--email", f"u{user}@x", "--name", f"Jürgen {user}")
        self.server.json("user", "rename", "2", "Ada")

    def run_events(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SERVER), "events", "--data", str(self.server.data), *options],
            capture_output=True, text=True, timeout=60, check=False)

    def events(self, *options: str) -> list[dict[str, Any]]:
        result = self.run_events(*options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.isascii())
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_events_are_printed_decoded_beside_a_running_server(self) -> None:
        events = self.events()
        self.assertEqual([event["position"] for event in events], [1, 2, 3, 4])
        last = events[-1]
        self.assertRegex(last.pop("recorded_at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(last, {
            "position": 4, "stream": "user-2", "version": 2, "type": "UserRenamed",
            "event": {"user_id": "2", "name": "Ada"}})
        self.assertEqual(events[0]["event"]["name"], "Jürgen 1")

    def test_events_are_chosen_by_position_stream_type_and_time(self) -> None:
        for options, positions in [
            (("--after", "2"), [3, 4]),
            (("--until", "2"), [1, 2]),
            (("--after", "1", "--until", "3"), [2, 3]),
            (("--stream", "user-2"), [2, 4]),
            (("--stream", "user-2", "--stream", "user-3", "--type", "UserRegistered"), [2, 3]),
            (("--type", "UserRenamed"), [4]),
            (("--since", "2020-01-01T00:00:00Z"), [1, 2, 3, 4]),
            (("--before", "2020-01-01T00:00:00Z"), []),
            (("--after", "99"), []),
        ]:
            with self.subTest(options):
                self.assertEqual([event["position"] for event in self.events(*options)], positions)

    def test_a_time_that_was_printed_chooses_its_event_to_the_microsecond(self) -> None:
        times = [event["recorded_at"] for event in self.events()]
        self.assertEqual(len(set(times)), 4)
        for position, time in enumerate(times, 1):
            self.assertEqual([event["position"] for event in self.events("--since", time)],
                             list(range(position, 5)))
            self.assertEqual([event["position"] for event in self.events("--before", time)],
                             list(range(1, position)))

    def test_who_follows_a_file_that_is_replaced_is_told(self) -> None:
        with subprocess.Popen(
                [str(SERVER), "events", "--data", str(self.server.data), "--after", "3", "--follow"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
            assert following.stdout and following.stderr
            following.stdout.readline()
            self.server.stop()
            (self.server.data / "write.sqlite").rename(self.server.data / "away")
            self.assertIn("was removed", following.stderr.read())
            self.assertEqual(following.wait(timeout=10), 1)

    def test_whole_events_have_the_bytes_of_the_log(self) -> None:
        header, *events = self.events("--whole")
        self.assertEqual(header, {"cluster": self.server.json("status")["cluster"]})
        self.server.stop()
        database = sqlite3.connect(self.server.data / "write.sqlite")
        rows = database.execute("SELECT payload, metadata FROM events ORDER BY position").fetchall()
        database.close()
        self.assertEqual(
            [(base64.b64decode(event["payload"]), base64.b64decode(event["metadata"]))
             for event in events], rows)

    def test_who_follows_is_told_of_each_event_as_it_comes(self) -> None:
        with subprocess.Popen(
                [str(SERVER), "events", "--data", str(self.server.data), "--after", "3", "--follow"],
                stdout=subprocess.PIPE, text=True) as following:
            assert following.stdout
            self.assertEqual(json.loads(following.stdout.readline())["position"], 4)
            self.server.json("user", "rename", "3", "Bob")
            self.assertEqual(json.loads(following.stdout.readline())["event"]["name"], "Bob")
            following.terminate()

    def run_import(
        self, lines: str, data: Path
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(SERVER), "import", "-", "--data", str(data)], input=lines,
                              capture_output=True, text=True, timeout=60, check=False)

    def test_a_log_is_made_again_of_its_lines_byte_for_byte(self) -> None:
        self.server.json("product", "add", "--name", "Tea", "--price-minor", "450", "--currency",
                         "USD", "--stock", "9")
        self.server.json("order", "place", "--user", "1", "--line", "1:4")
        lines = self.run_events("--whole").stdout
        head = self.run_head()
        self.server.stop()
        other = ShopServer()
        self.addCleanup(other.close)
        imported = self.run_import(lines, other.data)
        self.assertEqual(imported.returncode, 0, imported.stderr)
        self.assertIn(head["digest"], imported.stdout)
        other.start()
        self.assertEqual(other.json("order", "get", "1")["total_minor"], "1800")
        self.assertEqual(other.json("product", "get", "1")["stock"], "5")
        self.assertNotEqual(other.json("status")["log_epoch"], head["epoch"])
        # It goes on where the log was, with ids that nobody has.
        self.assertEqual(other.json("order", "place", "--user", "2", "--line", "1:5")["order_id"],
                         "2")
        self.assertEqual(
            other.json("user", "register", "--email", "n@x", "--name", "New")["user_id"], "4")
        other.stop()
        other.prove()

    def test_a_log_is_made_as_it_was_at_a_position(self) -> None:
        lines = self.run_events("--whole", "--until", "2").stdout
        other = ShopServer()
        self.addCleanup(other.close)
        self.assertEqual(self.run_import(lines, other.data).returncode, 0)
        other.start()
        self.assertEqual(len(other.json("user", "list")["users"]), 2)

    def test_lines_that_are_no_log_are_refused_and_nothing_is_made(self) -> None:
        lines = self.run_events("--whole").stdout.splitlines(keepends=True)
        other = ShopServer()
        self.addCleanup(other.close)
        for what, named in [
            (lines[1:], "line 1: it doesn't tell the cluster"),
            ([lines[0], *lines[2:]], "position 2 follows on 0"),
            ([*lines[:3], lines[2]], "position 2 follows on 2"),
            ([*lines[:3], lines[3][:40]], "line 4: it has no end"),
            ([*lines[:3], "{}\n"], "line 4: it is not a line of events --whole"),
            ([*lines[:2], lines[2].replace('"version":1', '"version":7')], "version 7 of user-2"),
            ([*lines[:2], lines[2].replace("UserRegistered", "Unheard")], "Unheard"),
            ([], "line 1"),
        ]:
            with self.subTest(named):
                result = self.run_import("".join(what), other.data)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn(named, result.stderr)
                self.assertFalse((other.data / "write.sqlite").exists())

    def run_head(self) -> dict[str, str]:
        result = subprocess.run([str(SERVER), "head", "--data", str(self.server.data)],
                                capture_output=True, text=True, timeout=60, check=True)
        return dict(line.split(maxsplit=1) for line in result.stdout.splitlines())

    def test_what_cannot_be_read_is_told(self) -> None:
        self.server.stop()
        database = sqlite3.connect(self.server.data / "write.sqlite")
        with database:
            database.execute("UPDATE events SET payload = x'ff' WHERE position = 3")
        database.close()
        result = self.run_events()
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stdout.splitlines()), 2)
        self.assertIn("position = 3", result.stderr)
        for options, named in [
            (("--since", "yesterday"), "not yesterday"),
            (("--since", "2026-11-28T09:30:00Zjunk"), "junk"),
            (("--since", "300000-01-01T00:00:00Z"), "300000"),
            (("--before", "2026-11-28T09:30:00Z", "--follow"), "--follow"),
            (("--after", "-1"), "after"),
        ]:
            result = self.run_events(*options)
            self.assertEqual(result.returncode, 64)
            self.assertIn(named, result.stderr)


if __name__ == "__main__":
    unittest.main()
