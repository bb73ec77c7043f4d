"""`tandem-server verify` and `head`: what a data directory holds is proved, and by whom it is
signed."""

from __future__ import annotations

import base64
import os
import random
import shutil
import sqlite3
import subprocess
import unittest
from pathlib import Path

from shop_server import SERVER, ShopServer


FLIPS = int(os.environ.get("TANDEM_FLIPS", "24"))
SEED = int(os.environ.get("TANDEM_FLIP_SEED", "20170101"))

UNPROVED = {"automatic_ids", "chosen_ids", "key_counts", "log_generations"}
"""What no event tells: counters, and when the log was begun and restored."""


def content(database: Path) -> dict[str, list[object]]:
    """All rows of all tables, or the reason why they can't be read."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    connection.text_factory = bytes
    try:
        tables = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        found: dict[str, list[object]] = {"sqlite_master": list(tables)}
        for name, _ in tables:
            table = name.decode(errors="replace")
            found[table] = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        return found
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return {"error": [str(error)]}
    finally:
        connection.close()


class Verify(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ShopServer()
        self.addCleanup(self.server.close)
        self.server.start()
        for user in range(1, 4):
            self.server.json("user", "register", "--email", f"u{user}@x", "--name", f"User {user}")

    def run_server(self, *arguments: str, data: Path | None = None) -> tuple[int, str]:
        """Its exit code, and all that it says."""
        result = subprocess.run(
            [str(SERVER), *arguments, "--data", str(data or self.server.data)],
            capture_output=True, text=True, timeout=60, check=False)
        return result.returncode, result.stdout + result.stderr

    def lines(self, text: str) -> dict[str, str]:
        return dict(line.split(maxsplit=1) for line in text.splitlines())

    def change(self, sql: str, file: str = "write.sqlite") -> None:
        database = sqlite3.connect(self.server.data / file)
        with database:
            database.execute(sql)
        database.close()

    def test_a_whole_directory_passes_and_a_running_server_keeps_only_its_documents(self) -> None:
        code, said = self.run_server("verify")
        self.assertEqual((code, list(self.lines(said))), (0, ["schema", "log", "streams", "answers"]), said)
        code, said = self.run_server("verify", "--deep")
        self.assertEqual(code, 75, said)
        self.assertIn("NOT CHECKED", self.lines(said)["documents"])
        self.server.stop()
        code, said = self.run_server("verify", "--deep")
        self.assertEqual(code, 0, said)
        found = self.lines(said)
        self.assertTrue(found["log"].startswith("3 events, the last digest "), said)
        # A user, and its summary of no orders: as many as the domain makes of a registration.
        self.assertRegex(found["documents"], r"^\d+ documents at position 3$")
        self.assertEqual(found["file"], "every page is sound")

    def test_what_is_not_what_was_committed_is_named(self) -> None:
        self.server.stop()
        whole = self.server.work / "whole"
        shutil.copytree(self.server.data, whole)
        for check, file, sql, named in [
            ("log", "write.sqlite", "UPDATE events SET payload = x'00' WHERE position = 2",
             "position = 2"),
            ("streams", "write.sqlite", "UPDATE events SET version = 9 WHERE position = 2",
             "version 9 follows nothing"),
            ("answers", "write.sqlite", "UPDATE idempotency_keys SET reply = x'' WHERE id = 1",
             "id = 1"),
            ("answers", "write.sqlite", "DELETE FROM idempotency_keys WHERE id = 2", "key_counts"),
            ("schema", "write.sqlite",
             "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END", "trigger"),
            ("schema", "write.sqlite", "DROP INDEX limited_products", "limited_products"),
            ("schema", "write.sqlite", "UPDATE log_generations SET epoch = x'00'", "epoch"),
            ("tables", "write.sqlite", "UPDATE users SET name = 'x' WHERE id = 2", "id = 2: name"),
            ("log", "write.sqlite", "UPDATE events SET position = 0 WHERE position = 1",
             "position 0"),
            ("mark", "write.sqlite", "DELETE FROM events WHERE position = 3", "position 3"),
            ("documents", "read.sqlite",
             "DELETE FROM documents WHERE (collection, key) = "
             "(SELECT collection, key FROM documents LIMIT 1)", "missing"),
        ]:
            with self.subTest(check, sql=sql):
                shutil.rmtree(self.server.data)
                shutil.copytree(whole, self.server.data)
                self.change(sql, file)
                code, said = self.run_server("verify", "--deep")
                self.assertEqual(code, 65, said)
                self.assertIn("WRONG", self.lines(said)[check])
                self.assertIn(named, self.lines(said)[check])

    def test_a_bit_that_has_turned_over_anywhere_is_found_unless_nothing_is_there(self) -> None:
        for user in range(4, 30):
            self.server.json("user", "register", "--email", f"u{user}@x", "--name", f"User {user}")
        for product in range(1, 4):
            self.server.json("product", "add", "--name", f"P{product}", "--price-minor", "500",
                             "--currency", "USD")
        for user in range(1, 4):
            self.server.json("order", "place", "--user", str(user), "--line", "1:2",
                             "--line", "2:3")
        self.server.tandem("status", "--wait")
        self.server.stop()
        print(f"seed {SEED}, {FLIPS} bits a file")
        chance = random.Random(SEED)
        whole = self.server.work / "whole"
        shutil.copytree(self.server.data, whole)
        outcomes = {"found": 0, "refused": 0, "to be built anew": 0, "nothing there": 0}
        names = {65: "found", 1: "refused", 75: "to be built anew"}
        for name in ("write.sqlite", "read.sqlite"):
            size = (whole / name).stat().st_size
            before = content(whole / name)
            for flip in range(FLIPS):
                # Every page in turn, as far as there are flips.
                page = flip * (size // 4096) // FLIPS
                bit = chance.randrange(page * 4096 * 8, (page + 1) * 4096 * 8)
                shutil.rmtree(self.server.data)
                shutil.copytree(whole, self.server.data)
                with open(self.server.data / name, "r+b") as file:
                    file.seek(bit // 8)
                    byte = file.read(1)[0]
                    file.seek(bit // 8)
                    file.write(bytes([byte ^ 1 << bit % 8]))
                after = content(self.server.data / name)
                code, said = self.run_server("verify", "--deep")
                if code == 0:
                    changed = {table for table in before.keys() | after.keys()
                               if before.get(table) != after.get(table)}
                    self.assertLessEqual(changed, UNPROVED, f"bit {bit} of {name}\n{said}")
                    outcomes["nothing there"] += 1
                else:
                    self.assertIn(code, names, f"bit {bit} of {name}\n{said}")
                    outcomes[names[code]] += 1
        print(outcomes)
        self.assertGreater(outcomes["found"], 0)

    def test_a_signed_head_proves_later_that_nothing_before_was_changed(self) -> None:
        key, public = self.server.work / "head.pem", self.server.work / "head.pub"
        signed = self.server.work / "head.txt"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout",
                        "-out", str(key)], check=True, capture_output=True)
        subprocess.run(["openssl", "ec", "-in", str(key), "-pubout", "-out", str(public)],
                       check=True, capture_output=True)
        os.chmod(key, 0o644)
        code, said = self.run_server("head", "--sign", str(key))
        self.assertEqual(code, 1)
        self.assertIn("chmod 600", said)
        os.chmod(key, 0o600)
        code, said = self.run_server("head", "--sign", str(key))
        self.assertEqual(code, 0, said)
        signed.write_text(said)
        # Whoever has the public key needs no Tandem for it.
        statement, signature = said.split("signature ")
        (self.server.work / "statement").write_text(statement)
        (self.server.work / "signature").write_bytes(base64.b64decode(signature))
        subprocess.run(["openssl", "dgst", "-sha256", "-verify", str(public), "-signature",
                        str(self.server.work / "signature"), str(self.server.work / "statement")],
                       check=True, capture_output=True)
        # The log goes on, and what was signed still holds.
        self.server.json("user", "register", "--email", "u9@x", "--name", "User 9")
        code, said = self.run_server("verify", "--head", str(signed), "--key", str(public))
        self.assertEqual(code, 0, said)
        self.assertIn("position 3", self.lines(said)["head"])
        self.server.stop()
        signed.write_text(signed.read_text().replace("position 3", "position 2"))
        code, said = self.run_server("verify", "--head", str(signed), "--key", str(public))
        self.assertEqual(code, 1)
        self.assertIn("was not signed by the owner", said)
        code, said = self.run_server("verify", "--head", str(signed))
        self.assertEqual(code, 65)
        self.assertIn("WRONG", self.lines(said)["head"])

    def test_a_mistake_is_told(self) -> None:
        for arguments, named in [
            (("verify", "--head", "nowhere"), "nowhere can't be read"),
            (("verify", "--head", str(self.server.data / "write.sqlite.mark")),
             "is not what `head` prints"),
            (("head", "--sign", "nowhere"), "nowhere can't be read"),
        ]:
            with self.subTest(arguments):
                code, said = self.run_server(*arguments)
                self.assertEqual(code, 1)
                self.assertIn(named, said)
        code, said = self.run_server("verify", data=self.server.work / "none")
        self.assertEqual(code, 1)
        self.assertIn("there is no write database", said)
        code, said = self.run_server("verify", "--key", "k")
        self.assertEqual(code, 64)


if __name__ == "__main__":
    unittest.main()
