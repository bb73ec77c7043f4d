"""Redis without persistence, as its documentation advises for a cache, with a shop in it."""

from __future__ import annotations

import itertools
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import orders_json
from .bench import Bench
from .child import Child, free_port
from .row import BenchError

NEWEST_20 = """\
local ids = redis.call('ZREVRANGE', KEYS[1], 0, 19)
for i = 1, #ids do ids[i] = 'o:' .. ids[i] end
if #ids == 0 then return {} end
return redis.call('MGET', unpack(ids))
"""
AT_ONCE = 500
DURABILITY = "reads only; Redis without persistence (save '', appendonly no)"


class Redis:
    """A Redis server of this run, and one connection to it."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise BenchError("redis-server is missing (Debian: apt-get install redis-server)")
        port = free_port()
        self._child = Child(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(folder)],
            port, folder / "redis.log")
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._answers = self._socket.makefile("rb")
        self.port = port
        self.version = self.info("server")["redis_version"]

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._child.pid

    def command(self, *words: str | bytes) -> str:
        """One command's answer: a string or a number."""
        self._socket.sendall(_encoded(words))
        return self._answer()

    def newest(self, user: str, count: int) -> list[int]:
        """The ids of a user's newest orders."""
        self._socket.sendall(_encoded(("ZREVRANGE", f"u:{user}", "0", str(count - 1))))
        return [int(self._answer()) for _ in range(int(self._answer()))]

    def pipeline(self, commands: Iterable[tuple[str | bytes, ...]]) -> None:
        """Many commands whose answers only have to be no errors."""
        remaining: Iterator[tuple[str | bytes, ...]] = iter(commands)
        while some := list(itertools.islice(remaining, AT_ONCE)):
            self._socket.sendall(b"".join(map(_encoded, some)))
            for _ in some:
                self._answer()

    def info(self, section: str) -> dict[str, str]:
        """A section of INFO."""
        lines = self.command("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def stop(self) -> None:
        """Ends it."""
        self._answers.close()
        self._socket.close()
        self._child.stop()

    def _answer(self) -> str:
        line = self._answers.readline().rstrip(b"\r\n").decode()
        if line.startswith("-") or not line:
            raise BenchError(f"Redis said {line or 'nothing'}")
        if line[0] == "$" and int(line[1:]) >= 0:
            return self._answers.read(int(line[1:]) + 2)[:-2].decode()
        return line[1:]


def _encoded(words: tuple[str | bytes, ...]) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word.encode() if isinstance(word, str) else word
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class LoadedRedis(Redis):
    """With every order as JSON text, and two sorted sets by time: its user's, and one of all."""

    def __init__(self, shop: Path, folder: Path) -> None:
        super().__init__(folder)
        before = self._used_memory
        self.orders = 0
        self.pipeline(self._commands(shop))
        self.bytes_per_order = (self._used_memory - before) / self.orders
        self.script = self.command("SCRIPT", "LOAD", NEWEST_20)

    @property
    def _used_memory(self) -> int:
        return int(self.info("memory")["used_memory"])

    def _commands(self, shop: Path) -> Iterator[tuple[str, ...]]:
        for order in orders_json.read(shop):
            number, score = str(order.order_id), str(order.created_at_us)
            yield "SET", f"o:{number}", order.text
            yield "ZADD", f"u:{order.user_id}", score, number
            yield "ZADD", "orders", score, number
            self.orders += 1


def loaded(bench: Bench) -> LoadedRedis:
    """The one that the rows share: `bench.once(loaded)`."""
    bench.say("putting the shop into Redis")
    folder = bench.work / "redis"
    folder.mkdir()
    redis = LoadedRedis(bench.shop, folder)
    bench.stack.callback(redis.stop)
    bench.versions["Redis"] = redis.version
    return redis
