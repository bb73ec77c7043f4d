"""Data directories in which something is missing, foreign, or taken away; backup and restore."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import unittest
from pathlib import Path

from shop_server import SERVER, TANDEM, ShopServer, unreachable
from split_servers import Side


class DataDirectory(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)

    def fill(self, users: int = 3) -> None:
        for user in range(1, users + 1):
            self.server.json("user", "register", "--email", f"u{user}@x", "--name", f"User {user}")

    def database(self) -> Path:
        return self.server.data / "write.sqlite"

    def refused(self, *options: str) -> str:
        """What a start says that must come to nothing."""
        result = subprocess.run(
            [str(SERVER), "all", "--data", str(self.server.data), *options]
            + [part for port in ("command", "query", "feed")
               for part in (f"--{port}-address", "127.0.0.1:0")],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn("ready", result.stdout)
        return result.stderr

    def files(self) -> dict[str, bytes]:
        """All files but SQLite's shared memory."""
        return {path.name: path.read_bytes() for path in self.server.data.iterdir()
                if not path.name.endswith("-shm")}

    def users(self) -> list[int]:
        self.server.tandem("status", "--wait")
        return [int(user["user_id"]) for user in self.server.json("user", "list")["users"]]

    def test_a_lost_write_database_stops_the_start_and_the_documents_stay(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        whole = self.files()
        for how in ("empty", "missing", "foreign"):
            with self.subTest(how):
                if how == "empty":
                    self.database().write_bytes(b"")
                elif how == "missing":
                    self.database().unlink()
                else:
                    self.database().write_bytes(b"something else")
                before = self.files()
                message = self.refused()
                self.assertIn("write.sqlite", message)
                self.assertIn("--begin-anew", message)
                self.assertEqual(self.files(), before)
                self.database().write_bytes(whole["write.sqlite"])
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3])

    def test_to_begin_anew_sets_aside_and_deletes_nothing(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        self.assertIn("3 events", self.refused("--begin-anew"))
        documents = (self.server.data / "read.sqlite").read_bytes()
        self.database().write_bytes(b"")
        self.refused()
        self.server.start(options=["--begin-anew"])
        self.assertEqual(self.server.head(), 0)
        aside = list(self.server.data.glob("read.sqlite.set-aside-*"))
        self.assertIn(documents, [path.read_bytes() for path in aside])
        self.fill(1)
        self.assertEqual(self.users(), [1])
        self.server.stop()
        # What was begun anew is a log like any other.
        self.server.start()
        self.assertEqual(self.users(), [1])

    def test_documents_without_a_log_stop_the_start(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        for path in self.server.data.glob("write.sqlite*"):
            path.unlink()
        before = self.files()
        self.assertIn("read.sqlite is there", self.refused())
        before["write.sqlite.lock"] = b""
        self.assertEqual(self.files(), before)

    def test_another_servers_database_stops_the_start(self) -> None:
        other = ShopServer()
        self.addCleanup(other.close)
        for server in (self.server, other):
            server.start()
            self.assertEqual(server.tandem(
                "user", "register", "--email", "a@x", "--name", "A").returncode, 0)
            server.stop()
        shutil.copy(other.data / "write.sqlite", self.database())
        before = self.files()
        self.assertIn("Put the right database back", self.refused())
        self.assertEqual(self.files(), before)

    def test_documents_of_another_log_are_set_aside_and_none_is_lost(self) -> None:
        other = ShopServer()
        self.addCleanup(other.close)
        other.start()
        other.json("user", "register", "--email", "other@x", "--name", "Other")
        other.stop()
        self.server.start()
        self.fill()
        epoch = self.server.json("status")["log_epoch"]
        self.server.stop()
        documents = (self.server.data / "read.sqlite").read_bytes()
        # All that belongs to the other log, its mark included.
        for path in self.server.data.glob("write.sqlite*"):
            path.unlink()
        for path in other.data.glob("write.sqlite*"):
            shutil.copy(path, self.server.data / path.name)
        self.server.start()
        self.assertEqual(self.users(), [1])
        self.assertEqual(self.server.json("user", "get", "1")["name"], "Other")
        aside = self.server.data / f"read.sqlite.of-{epoch}"
        self.assertEqual(aside.read_bytes(), documents)
        self.assertIn(aside.name, self.server.log())

    def test_a_write_ahead_log_lost_after_a_kill_stops_the_start(self) -> None:
        self.server.start()
        self.fill()
        self.server.kill()
        log = self.server.data / "write.sqlite-wal"
        content = log.read_bytes()
        self.assertGreater(len(content), 0)
        for lose in (log.unlink, lambda: log.write_bytes(b"")):
            lose()
            self.assertIn("not stopped in an orderly way", self.refused())
            log.write_bytes(content)
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3])

    def test_a_backup_of_a_running_server_can_be_restored_and_a_file_copy_cannot(self) -> None:
        self.server.start()
        self.fill()
        backup = self.server.work / "backup.sqlite"
        torso = self.server.work / "torso.sqlite"
        shutil.copy(self.database(), torso)
        source = sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True)
        target = sqlite3.connect(backup)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        self.server.json("user", "register", "--email", "later@x", "--name", "Later")
        self.server.kill()

        # Restored over what was there: the mark knows of more.
        for path in self.server.data.glob("write.sqlite-*"):
            path.unlink()
        shutil.copy(backup, self.database())
        self.refused()
        # As the documentation says: all of write.sqlite's files are moved away first.
        for path in self.server.data.glob("write.sqlite*"):
            path.unlink()
        shutil.copy(backup, self.database())
        self.server.start()
        self.server.json("user", "rename", "2", "Restored")
        self.assertEqual(self.users(), [1, 2, 3])
        self.server.stop()

        with sqlite3.connect(torso) as copy:
            self.assertEqual(copy.execute("SELECT count(*) FROM sqlite_master").fetchall(), [(0,)],
                             "the copy of the file alone held the log: then test another way")

    def test_a_restored_log_that_has_overtaken_the_documents_is_noticed(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        backup = self.server.work / "backup.sqlite"
        shutil.copy(self.database(), backup)
        self.server.start()
        for user in (4, 5):
            self.server.json("user", "register", "--email", f"lost{user}@x", "--name", "Lost")
        self.assertEqual(self.users(), [1, 2, 3, 4, 5])
        self.server.stop()
        for path in self.server.data.glob("write.sqlite*"):
            path.unlink()
        shutil.copy(backup, self.database())
        # The write side alone goes on, to where the documents are and further.
        write = Side("write", self.server.work)
        write.data = self.server.data
        write.start({"command": "127.0.0.1:0", "feed": "127.0.0.1:0"})
        for user in (6, 7, 8):
            subprocess.run(
                [str(TANDEM), "user", "register", "--id", str(user), "--email", f"u{user}@x",
                 "--name", "New", "--command-address", write.addresses["command"]],
                check=True, capture_output=True, timeout=60)
        write.end(signal.SIGTERM)
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3, 6, 7, 8])
        self.assertIn("of another log", self.server.log())
        self.assertTrue(list(self.server.data.glob("read.sqlite.of-*")))

    def test_files_are_their_users_alone_in_an_open_directory(self) -> None:
        self.server.data.mkdir(mode=0o777)
        os.chmod(self.server.data, 0o777)
        old_mask = os.umask(0)
        try:
            self.server.start()
            self.fill(1)
            self.server.stop()
            for path in self.server.data.iterdir():
                os.chmod(path, 0o666)
            self.server.start()
        finally:
            os.umask(old_mask)
        self.fill(0)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode)
                 for path in self.server.data.iterdir()}
        self.assertGreater(len(modes), 4)
        self.assertEqual(set(modes.values()), {0o600}, modes)

    def test_a_data_directory_that_cannot_be_made_is_told_by_the_systems_reason(self) -> None:
        file = self.server.work / "file"
        file.write_bytes(b"")
        for data in (file, file / "x", file / "x" / "y"):
            with self.subTest(data.name):
                self.server.data = data
                message = self.refused()
                self.assertIn(f"{file}", message)
                self.assertIn("Not a directory", message)
                self.assertIn("--data", message)
                self.assertNotIn("NSCocoaErrorDomain", message)

    def test_a_directory_in_the_databases_place_is_told(self) -> None:
        for name in ("write.sqlite", "write.sqlite.mark", "read.sqlite"):
            with self.subTest(name):
                self.server.data = self.server.work / f"with {name}"
                (self.server.data / name).mkdir(parents=True)
                message = self.refused()
                self.assertIn(str(self.server.data / name), message)
                self.assertNotIn("NSCocoaErrorDomain", message)
                self.assertNotIn("couldn’t be", message)

    def change(self, file: str, sql: str) -> None:
        """Changes a database behind the server's back; types and NOT NULL hold nobody off."""
        with sqlite3.connect(self.server.data / file) as database:
            database.execute(sql)
        database.close()

    def test_a_copy_with_an_empty_dictionary_is_set_aside_and_rebuilt(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        name = hashlib.sha256(b"").hexdigest()
        self.change("read.sqlite",
                    f"INSERT INTO dictionaries VALUES (0, x'{name}', x'')")
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3])
        self.assertTrue((self.server.data / "read.sqlite.damaged").exists())
        self.assertIn("dictionary 0 has 0 bytes", self.server.log())

    def test_a_trigger_in_the_copy_is_damage_and_in_the_write_database_stops_the_start(
        self
    ) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        self.change("read.sqlite", "CREATE TRIGGER t AFTER INSERT ON documents "
                    "BEGIN DELETE FROM documents; END")
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3])
        self.server.stop()
        self.change("write.sqlite", "CREATE TRIGGER t AFTER INSERT ON events "
                    "BEGIN DELETE FROM events; END")
        self.assertIn('DROP TRIGGER "t"', self.refused())

    def test_a_version_at_its_maximum_fails_that_streams_commands_only(self) -> None:
        self.server.start()
        self.fill()
        self.server.stop()
        self.change("write.sqlite",
                    f"UPDATE events SET version = {2**63 - 1} WHERE stream = 'user-1'")
        self.server.start()
        for _ in range(3):
            result = self.server.tandem("user", "rename", "1", "Nobody")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("DAMAGED_ROW", result.stderr)
            self.assertIn("user-1", result.stderr)
        self.server.json("user", "rename", "2", "Somebody")
        self.assertEqual(self.users(), [1, 2, 3])
        self.assertEqual(self.server.log().count("a damaged row"), 1)

    @unittest.skipIf(shutil.which("strace") is None, "strace shows what is synchronised")
    def test_the_folders_that_are_made_for_the_data_outlast_a_power_failure(self) -> None:
        data = self.server.work / "one" / "two" / "three"
        trace = self.server.work / "trace"
        process = subprocess.Popen(
            ["strace", "-f", "-y", "-e", "trace=?mkdir,mkdirat,fsync", "-o", str(trace),
             str(SERVER), "write", "--data", str(data), "--command-address", "127.0.0.1:0",
             "--feed-address", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        self.assertTrue(process.stdout.readline().startswith("ready"))
        # The tracer's child: it would leave that running.
        traced = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(traced[0]), signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()
        calls = trace.read_text()
        for folder in (data, data.parent, data.parent.parent):
            made = re.search(rf'mkdir(at)?\([^"]*"{re.escape(str(folder))}"', calls)
            self.assertIsNotNone(made, calls)
            # Another thread's event may stand between the call and its end.
            self.assertRegex(
                calls[made.start():], rf"fsync\(\d+<{re.escape(str(folder.parent))}>")

    def test_what_lies_beside_the_servers_files_is_left_as_it_is(self) -> None:
        self.server.data.mkdir()
        backups = self.server.data / "write.sqlite.backups"
        backups.mkdir(mode=0o755)
        backup = self.server.data / "write.sqlite.backup"
        outside = self.server.work / "outside"
        for path in (backup, outside):
            path.write_bytes(b"somebody's")
            path.chmod(0o644)
        (self.server.data / "read.sqlite.old").symlink_to(outside)
        (self.server.data / "write.sqlite.older").symlink_to("nowhere")
        self.server.start()
        self.fill(1)
        self.assertEqual(
            [stat.S_IMODE(path.stat().st_mode) for path in (backups, backup, outside)],
            [0o755, 0o644, 0o644])

    @unittest.skipIf(os.geteuid() != 0, "another user's file takes root")
    def test_a_file_that_cannot_be_made_private_is_named(self) -> None:
        nobody = 65_534
        self.server.work.chmod(0o755)
        self.server.data.mkdir()
        os.chown(self.server.data, nobody, nobody)
        if not os.access(SERVER, os.X_OK) or unreachable(nobody):
            self.skipTest("the build folder is closed to other users")
        (self.server.data / "read.sqlite-wal").write_bytes(b"")
        (self.server.data / "read.sqlite-wal").chmod(0o644)
        with self.assertRaisesRegex(AssertionError, "read.sqlite-wal"):
            self.server.start(user=nobody)

    def test_a_database_behind_a_link_starts_after_a_kill(self) -> None:
        disk = self.server.work / "disk"
        disk.mkdir()
        self.server.data.mkdir()
        self.database().symlink_to(disk / "write.sqlite")
        self.server.start()
        self.fill()
        self.server.kill()
        self.assertGreater((disk / "write.sqlite-wal").stat().st_size, 0)
        self.server.start()
        self.assertEqual(self.users(), [1, 2, 3])

    def test_a_data_directory_taken_away_ends_the_server(self) -> None:
        for how in ("removed", "moved", "the log's file"):
            with self.subTest(how):
                server = ShopServer()
                self.addCleanup(server.close)
                server.start()
                self.assertEqual(server.tandem(
                    "user", "register", "--email", "a@x", "--name", "A").returncode, 0)
                if how == "removed":
                    shutil.rmtree(server.data)
                elif how == "moved":
                    server.data.rename(server.work / "elsewhere")
                else:
                    (server.data / "write.sqlite-wal").unlink()
                assert server.process
                self.assertEqual(server.process.wait(timeout=60), 72)
                self.assertIn("while the server ran", server.log())


if __name__ == "__main__":
    unittest.main()
