"""`tandem-server backup` and `restore`, with the real programs, in the middle of an import."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import unittest

from shop_server import SERVER, ShopServer, make_shop, verify

ORDERS = 2_000
SEED = 20170103


class Backups(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)

    def run_server(self, *arguments: str) -> tuple[int, str]:
        """Its exit code, and all that it says."""
        result = subprocess.run(
            [str(SERVER), *arguments], capture_output=True, text=True, timeout=120, check=False)
        return result.returncode, result.stdout + result.stderr

    def test_a_backup_in_the_middle_of_an_import_is_restored_and_the_import_goes_on(self) -> None:
        shop = make_shop(self.server.work / "shop", ORDERS, SEED)
        self.server.start()
        importing = self.server.start_import(shop, "--in-flight", "100")
        self.server.wait_for_head(ORDERS // 4, importing)
        backup = self.server.work / "backup.sqlite"
        code, said = self.run_server("backup", str(backup), "--data", str(self.server.data))
        self.assertEqual(code, 0, said)
        self.assertIsNone(importing.poll(), "the import ended before the backup was made")
        position = int(said.split()[0])
        self.assertGreaterEqual(position, ORDERS // 4)
        code, said = self.run_server("verify", "--deep", "--backup", str(backup))
        self.assertEqual(code, 0, said)
        self.assertIn(f"{position} events", said)
        # Later than the backup, and in the documents: the read side has overtaken it.
        importing.communicate(timeout=120)
        self.server.tandem("status", "--wait")
        epoch = self.server.json("status")["log_epoch"]
        code, said = self.run_server("restore", str(backup), "--data", str(self.server.data))
        self.assertEqual(code, 1, said)
        self.assertIn("is in use", said)
        self.server.kill()

        # A row that no event makes: the log is right, and the backup isn't.
        damaged = self.server.work / "damaged.sqlite"
        shutil.copy(backup, damaged)
        database = sqlite3.connect(damaged)
        with database:
            changed = database.execute("UPDATE users SET name = name || 'x'").rowcount
        self.assertGreater(changed, 0)
        database.close()
        before = {path.name for path in self.server.data.iterdir()}
        code, said = self.run_server("restore", str(damaged), "--data", str(self.server.data))
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"users WHERE id = \d+: name")
        self.assertEqual({path.name for path in self.server.data.iterdir()}, before)
        code, said = self.run_server("restore", str(backup), "--data", str(self.server.data))
        self.assertEqual(code, 0, said)
        self.assertIn("set-aside", said)
        # The read side's copy is of the log that was lost, and is neither right nor wrong.
        code, said = self.run_server("verify", "--deep", "--data", str(self.server.data))
        self.assertEqual(code, 75, said)
        self.assertIn("of another log", said)
        self.server.start()
        self.assertEqual(self.server.head(), position)
        self.assertNotEqual(self.server.json("status")["log_epoch"], epoch)
        self.assertTrue(list(self.server.data.glob(f"read.sqlite.of-{epoch}*")))
        # What the backup lacks is sent again, under the same keys.
        report = self.server.json("import", shop)
        self.assertEqual(report["orders"], ORDERS)
        self.assertGreater(report["replayed"], 0)
        self.assertLess(report["replayed"], report["orders"] + report["products"]
                        + report["users"])
        verify(self.server, shop)
        self.server.stop()
        self.server.prove()

    @unittest.skipIf(shutil.which("strace") is None, "strace kills at a system call")
    def test_a_restore_that_is_killed_at_any_rename_leaves_a_log_or_a_start_that_is_refused(
            self) -> None:
        self.server.start()
        for user in range(1, 4):
            self.server.json("user", "register", "--email", f"u{user}@x", "--name", "User")
        backup = self.server.work / "backup.sqlite"
        data = self.server.data
        self.assertEqual(self.run_server("backup", str(backup), "--data", str(data))[0], 0)
        self.server.json("user", "register", "--email", "u4@x", "--name", "Later")
        # Its last commits are in the write-ahead log only.
        self.server.kill()
        whole = self.server.work / "whole"
        shutil.copytree(data, whole)
        outcomes = []
        for place in range(1, 20):
            shutil.rmtree(data)
            shutil.copytree(whole, data)
            killed = subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename",
                 "-e", f"inject=rename:signal=KILL:when={place}",
                 str(SERVER), "restore", str(backup), "--data", str(data)],
                capture_output=True, text=True, timeout=60, check=False)
            if killed.returncode == 0:
                break
            code, said = self.run_server("verify", "--data", str(data))
            if code == 0:
                # Either as it was, with all that was acknowledged, or restored.
                self.assertRegex(said, r"log +[43] events")
                outcomes.append("whole")
            else:
                start = self.run_server(
                    "all", "--data", str(data), "--command-address", "127.0.0.1:0",
                    "--query-address", "127.0.0.1:0", "--feed-address", "127.0.0.1:0")
                self.assertEqual(start[0], 1, start[1])
                outcomes.append("refused")
            # Done again, it comes to its end.
            code, said = self.run_server("restore", str(backup), "--data", str(data))
            self.assertEqual(code, 0, said)
            code, said = self.run_server("verify", "--data", str(data))
            self.assertEqual(code, 0, said)
            self.assertRegex(said, r"log +3 events")
        print(outcomes)
        self.assertIn("refused", outcomes)
        self.assertIn("whole", outcomes)

    def test_a_mistake_is_told(self) -> None:
        self.server.start()
        self.server.stop()
        data = str(self.server.data)
        for arguments, named in [
            (("backup", str(self.server.data / "write.sqlite")), "is there already"),
            (("backup", str(self.server.work / "no" / "where")), "No such file or directory"),
            (("restore", str(self.server.work / "nothing")), "there is no database to copy"),
            (("restore", str(self.server.data / "read.sqlite")), "not a Tandem write database"),
        ]:
            with self.subTest(arguments):
                code, said = self.run_server(*arguments, "--data", data)
                self.assertEqual(code, 1, said)
                self.assertIn(named, said)
        self.server.start()


if __name__ == "__main__":
    unittest.main()
