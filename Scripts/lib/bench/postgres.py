"""PostgreSQL in a private folder, doing Tandem's job: Benchmarks/postgres says how."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tandem_conformance.process import TICKS, family

from .bench import Bench
from .child import READY_SECONDS, Child, free_port
from .row import BenchError
from .samples import Sample, Side

SQL = Path(__file__).resolve().parents[3] / "Benchmarks" / "postgres"
CLIENTS = 64
# PostgreSQL refuses to be root.
USER = "postgres"
# As PostgreSQL's documentation advises: a quarter of the memory as shared_buffers (20.4.1); a
# max_wal_size and a checkpoint_timeout that no run reaches, and wal_compression (20.5, 30.5); more
# work_mem for the import (14.4.5, 20.4.1); no JIT, and no five first plans for each connection's
# values (20.7.4), both of which cost short statements more than they give.
SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "max_wal_size": "16GB", "min_wal_size": "2GB", "checkpoint_timeout": "30min",
    "wal_compression": "lz4", "maintenance_work_mem": "512MB", "work_mem": "64MB",
    "jit": "off", "plan_cache_mode": "force_generic_plan", "max_connections": "200",
}
WARM_UP_SECONDS = 1


def tool(name: str) -> str:
    """A program of PostgreSQL's: where Debian has them, the newest version, or on the PATH."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    path = str(newest) if newest else shutil.which(name)
    if path is None:
        raise BenchError(f"{name} is missing (Debian: apt-get install postgresql)")
    return path


def ticks(stat: str) -> int:
    """User and system time of a process and of its children that have ended: /proc/PID/stat."""
    # Behind the name, which may hold anything: state is the first, utime the twelfth.
    return sum(int(word) for word in stat.rpartition(")")[2].split()[11:15])


def percentile(values: Iterable[float], part: float) -> float:
    """Of n values the k-th smallest, k being the part of n rounded up."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * part // 1) - 1)]


@dataclass(frozen=True)
class PgbenchResult:
    """What pgbench printed, and the latencies that it logged."""

    transactions: int
    per_s: float
    latencies_us: list[float]

    @staticmethod
    def read(text: str, logs: Iterable[str]) -> PgbenchResult:
        """From its report and from its logs, which have a line a transaction."""
        def number(pattern: str) -> float:
            found = re.search(pattern, text)
            if found is None:
                raise BenchError(f"pgbench printed no {pattern!r}: {text.strip()}")
            return float(found[1])

        if (failed := number(r"number of failed transactions: (\d+)")) > 0:
            raise BenchError(f"pgbench had {failed:.0f} failed transactions")
        return PgbenchResult(
            int(number(r"number of transactions actually processed: (\d+)")),
            number(r"tps = ([\d.]+) \(without"),
            # A line is: client, transaction, µs, script, …
            [float(line.split()[2]) for log in logs for line in log.splitlines()])


class Postgres:
    """A cluster of this run, with databases that are copies of one with the schema and the base."""

    def __init__(self, parent: Path) -> None:
        """In a folder of its own inside `parent`, which the user `postgres` must get into."""
        self.port = free_port()
        self.version = _output(tool("postgres"), "--version").split()[2]
        password = secrets.token_hex(16)
        self._environment = os.environ | {
            "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "bench",
            "PGPASSWORD": password}
        self._folder = Path(tempfile.mkdtemp(prefix="tandem-bench-postgres.", dir=parent))
        self._child: Child | None = None
        try:
            self._child = self._start(password)
            self._await_connections()
            self.database("base", "schema.sql", "base.sql", template="template0")
            self.database("schema", "schema.sql", template="template0")
        except BaseException:
            self.stop()
            raise

    def database(self, name: str, *files: str, template: str = "base") -> str:
        """A new database, with what the files of SQL do; its name."""
        self.run("-c", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.run(*(f"--file={SQL / file}" for file in files), "-c", "VACUUM ANALYZE", database=name)
        return name

    def import_shop(self, name: str, folder: Path) -> float:
        """A new database with a folder of CSV files in it: the seconds that the import took."""
        self.database(name, template="schema")
        begin = time.monotonic()
        self.run("--single-transaction", "-f", str(SQL / "import.sql"), database=name, cwd=folder)
        took = time.monotonic() - begin
        self.run("-c", "VACUUM ANALYZE", database=name)
        return took

    def drop(self, name: str) -> None:
        """Removes a database."""
        self.run("-c", f'DROP DATABASE "{name}"')

    def run(self, *arguments: str, database: str = "postgres", cwd: Path | None = None) -> str:
        """Runs psql to its end; what it printed, bare values only."""
        return _output(
            tool("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments,
            env=self._environment, cwd=cwd)

    def pgbench(self, script: str, database: str, *arguments: str, clients: int) -> PgbenchResult:
        """One run of a file of SQL; prepared statements, one thread, as our own generator has."""
        with tempfile.TemporaryDirectory() as folder:
            text = _output(
                tool("pgbench"), "-n", "-M", "prepared", "-f", str(SQL / script), "-c", str(clients),
                "--log", *arguments, database, env=self._environment, cwd=Path(folder))
            logs = [path.read_text() for path in Path(folder).glob("pgbench_log.*")]
        return PgbenchResult.read(text, logs)

    def sample(
        self, script: str, database: str, *arguments: str, clients: int, seconds: float
    ) -> Sample:
        """Transactions a second, with the server's CPU time and the latencies."""
        def run(*how_much: str) -> tuple[PgbenchResult, float]:
            before = self.cpu_seconds()
            result = self.pgbench(script, database, *how_much, *arguments, clients=clients)
            return result, self.cpu_seconds() - before

        # What it costs to connect and to prepare is not a transaction's.
        first, start_s = run("-t", "1")
        result, total_s = run("-T", str(round(seconds)))
        cpu_us = (total_s - start_s) / (result.transactions - first.transactions) * 1e6
        return Sample(result.per_s, cpu_us, {
            f"us_p{part}": percentile(result.latencies_us, part / 100) for part in (50, 99)})

    def cpu_seconds(self) -> float:
        """Of the postmaster and its children, those that have ended included."""
        assert self._child is not None
        while True:
            processes = family(self._child.pid)
            with suppress(OSError):
                found = sum(ticks(Path(f"/proc/{pid}/stat").read_text()) for pid in processes)
                # One that ended meanwhile would be missing, or there twice.
                if family(self._child.pid) == processes:
                    return found / TICKS

    def stop(self) -> None:
        """At once, without a last checkpoint: the data go anyway."""
        if self._child is not None:
            os.kill(self._child.pid, signal.SIGQUIT)
            self._child.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, password: str) -> Child:
        data, secret = self._folder / "data", self._folder / "password"
        secret.write_text(password)
        as_user: list[str] = []
        if os.geteuid() == 0:
            for path in (self._folder, secret):
                shutil.chown(path, USER, USER)
            # Becomes the command, whose process id it thus has.
            as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]
        _output(
            *as_user, tool("initdb"), "-D", str(data), "-U", "bench", "-E", "UTF8",
            "--no-locale", "-A", "md5", f"--pwfile={secret}", cwd=self._folder)
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        buffers_mib = max(128, min(4_096, memory // 4 >> 20))
        settings = SETTINGS | {
            "shared_buffers": f"{buffers_mib}MB", "listen_addresses": "127.0.0.1",
            "port": str(self.port), "unix_socket_directories": ""}
        with (data / "postgresql.conf").open("a", encoding="ascii") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        return Child(
            [*as_user, tool("postgres"), "-D", str(data)], self.port, self._folder / "log")

    def _await_connections(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        words = [tool("pg_isready"), "-q"]
        while subprocess.run(words, env=self._environment, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise BenchError("PostgreSQL does not become ready")
            time.sleep(0.05)


def started(bench: Bench) -> Postgres:
    """The one that the rows share: `bench.once(started)`."""
    bench.say("starting PostgreSQL")
    # Beside the run's folder, which nobody but its owner can enter.
    postgres = Postgres(bench.work.parent)
    bench.stack.callback(postgres.stop)
    bench.versions["PostgreSQL"] = postgres.version
    return postgres


def imported(bench: Bench) -> str:
    """A database with the shop in it, shared between rows: `bench.once(imported)`."""
    bench.say("putting the shop into PostgreSQL")
    bench.once(started).import_shop("shop", bench.shop)
    return "shop"


def postgres_list(bench: Bench) -> Side:
    """The newest twenty orders of a user, of the run's shop, per second: medians of some rounds."""
    postgres, database = bench.once(started), bench.once(imported)
    first, last, users = map(int, postgres.run(
        "-c", "SELECT min(user_id), max(user_id), count(DISTINCT user_id) FROM order_documents",
        database=database).split("|"))
    # pgbench draws from a range; who has no orders is answered too fast.
    if users < 0.95 * (last - first + 1):
        raise BenchError(f"only {users} of the users {first} to {last} have orders")
    sample = partial(
        postgres.sample, "list.sql", database, "-D", f"first={first}", "-D", f"last={last}",
        clients=CLIENTS)
    sample(seconds=WARM_UP_SECONDS)
    return Side.of(sample(seconds=bench.seconds) for _ in range(bench.rounds))


def _output(*words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(words, env=env, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2_000:]}")
    return done.stdout
