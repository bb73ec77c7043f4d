"""`tandem-server events`: the log as lines of JSON."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import unittest
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
        events = self.events("--whole")
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
