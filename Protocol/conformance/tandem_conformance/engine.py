"""Runs cases against a server: one after the other, each with connections of its own.

A case ends whatever the server does: every read has a time-out. After each case the server has to
live and to answer on a fresh connection.
"""

from __future__ import annotations

import random
import time
import traceback
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import verbs_expecting, verbs_flow, verbs_sending
from .cases import Case
from .context import Context
from .link import Address
from .outcome import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    BadCase,
    CaseFailure,
    CaseSkipped,
    Result,
)
from .peer import STATUS_METHOD
from .run import VERBS, Run
from .server import Server, ServerError, Servers

__all__ = ["VERBS", "Engine", "Target", "verbs_expecting", "verbs_flow", "verbs_sending"]

# What a server must know for a case that needs it.
_NEEDED_METHODS = {
    "test-service": ("query", "tandem.test.v1.Test/Echo"),
    "orders": ("query", "tandem.orders.v1.OrderQueries/GetUser"),
}


@dataclass
class Target:
    """The server under test: one that the suite starts, or addresses of one that runs."""

    addresses: dict[str, Address] = field(default_factory=dict)
    pid: int | None = None
    servers: Servers | None = None

    def instance(self, case: Case) -> tuple[dict[str, Address], int | None, Server | None]:
        """Where this case is to run; starts a server if need be."""
        if self.servers is not None:
            server = self.servers.get(case.limits, tuple(case.arguments))
            return dict(server.addresses), server.pid, server
        if case.limits or case.arguments:
            wanted = ", ".join(f"{name}={value}" for name, value in case.limits.items())
            raise CaseSkipped(
                f"needs a server started with {wanted or ' '.join(case.arguments)}: use --start"
            )
        return self.addresses, self.pid, None

    def release(self, case: Case, later: Sequence[Case]) -> None:
        """Stops the server of this case if no later one needs it: what runs idle beside the server
        under test takes memory, and time where latencies are measured."""
        same = (case.limits, case.arguments)
        if self.servers is not None and all((one.limits, one.arguments) != same for one in later):
            self.servers.release(case.limits, tuple(case.arguments))


class Engine:
    """Runs server cases and turns whatever happens into results."""

    def __init__(self, target: Target, *, strict: bool, timeout: float, seed: int) -> None:
        self._target = target
        self._strict = strict
        self._timeout = timeout
        self._seed = seed
        self._known: dict[tuple[tuple[str, Address], ...], set[str]] = {}

    def run_all(self, cases: Sequence[Case], done: Callable[[Result], None]) -> list[Result]:
        """Runs all of them; `done` gets each result as it comes."""
        results = []
        for index, case in enumerate(cases):
            result = self.run(case)
            done(result)
            results.append(result)
            self._target.release(case, cases[index + 1 :])
        return results

    def run(self, case: Case) -> Result:
        """Runs one case."""
        result = Result(case.id, case.number, case.group, case.rules, PASSED)
        started = time.monotonic()
        context: Context | None = None
        server: Server | None = None
        try:
            self._refuse_inapplicable(case)
            addresses, pid, server = self._target.instance(case)
            context = self._context(case, addresses, pid, server)
            self._check_needs(case, context)
            Run(context).steps(case.steps)
            self._check_alive(case, context)
        except CaseSkipped as skipped:
            applicable = case.not_applicable is None
            result.outcome = SKIPPED if applicable else NOT_APPLICABLE
            result.detail = str(skipped)
        except ServerError as error:
            result.outcome, result.detail = FAILED, str(error)
        except Exception as error:  # A case must never end the suite.
            result.outcome = FAILED
            result.detail = _detail(error, context)
        if context is not None:
            result.figures = context.figures
            context.close()
        self._note_death(case, result, server)
        result.seconds = time.monotonic() - started
        return result

    def _context(
        self, case: Case, addresses: dict[str, Address], pid: int | None, server: Server | None
    ) -> Context:
        # From the case's name too: it gets the same bytes whichever cases ran before it.
        chance = random.Random(self._seed ^ zlib.crc32(case.id.encode()))
        return Context(
            addresses=addresses,
            role=case.role,
            strict=self._strict,
            timeout=self._timeout,
            random=chance,
            server=server,
            pid=pid,
        )

    def _refuse_inapplicable(self, case: Case) -> None:
        if case.not_applicable is not None:
            raise CaseSkipped(case.not_applicable)

    def _check_needs(self, case: Case, context: Context) -> None:
        for need in case.needs:
            if need == "start":
                context.server_to_restart()
            elif need == "memory" and context.pid is None:
                raise CaseSkipped("needs the server's process id: use --start or --pid")
            elif need in _NEEDED_METHODS and need not in self._capabilities(context):
                role, method = _NEEDED_METHODS[need]
                raise CaseSkipped(f"needs {need}: the {role} port does not know {method}")

    def _capabilities(self, context: Context) -> set[str]:
        where = tuple(sorted(context.addresses.items()))
        if where not in self._known:
            found = set()
            for need, (role, method) in _NEEDED_METHODS.items():
                if role not in context.addresses:
                    continue
                peer = context.connect(role, "capabilities")
                welcome = peer.hello({"methods": [method]})
                if welcome["methods"] and welcome["methods"][0]["known"]:
                    found.add(need)
                peer.close()
            self._known[where] = found
        return self._known[where]

    def _check_alive(self, case: Case, context: Context) -> None:
        """A fresh connection works, on the port that the case was about."""
        if case.after == "nothing":
            return
        last = context.last
        try:
            context.probe(case.role)
        except CaseFailure as failure:
            context.last = last
            raise CaseFailure(
                f"after the case, {STATUS_METHOD} on a fresh connection: {failure.expected}",
                failure.came,
            ) from None

    def _note_death(self, case: Case, result: Result, server: Server | None) -> None:
        death = server.death() if server is not None else None
        if death is None or case.after == "nothing":
            return
        result.outcome = FAILED
        result.detail = f"{death}\n{result.detail}".strip()


def _detail(error: Exception, context: Context | None) -> str:
    """The failure, where in the case it was, and the last frames."""
    notes: list[Any] = list(reversed(getattr(error, "__notes__", [])))
    where = ", ".join(str(note) for note in notes)
    if isinstance(error, CaseFailure):
        text = str(error)
    elif isinstance(error, BadCase):
        text = f"the case is wrong: {error}"
    else:
        frames = traceback.extract_tb(error.__traceback__)
        text = f"{type(error).__name__}: {error} ({frames[-1].name}, line {frames[-1].lineno})"
    lines = [f"{where}: {text}" if where else text]
    if context is not None and context.last is not None:
        lines.append(f"the last on the {context.last.role} connection:")
        lines += [f"  {line}" for line in context.transcript()]
    return "\n".join(lines)
