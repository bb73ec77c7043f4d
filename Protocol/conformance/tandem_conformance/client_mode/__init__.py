"""Client mode: a reference server that misbehaves on purpose, and the client under test.

`run` plays every case with a fresh harness process; `check` says what is wrong with a case.
HARNESS.md is for authors of clients.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..outcome import FAILED, PASSED, SKIPPED, BadCase, CaseFailure, CaseSkipped, Result
from . import (
    verbs,
    verbs_connection,
    verbs_frames,
    verbs_harness,
    verbs_refusals,
    verbs_requests,
    verbs_storms,
    verbs_streams,
)
from .scene import PATIENCE_S, EndedEarly, Scene

__all__ = ["check", "run", "run_case"]

CASES_AT_ONCE = 6

# Importing them fills the table of verbs.
_VERB_MODULES = (
    verbs_connection, verbs_frames, verbs_harness, verbs_refusals, verbs_requests, verbs_storms,
    verbs_streams,
)


def check(case: dict[str, Any]) -> list[str]:
    """What is wrong with a case's steps; empty if nothing is."""
    return verbs.problems(case.get("steps"))


def run(
    cases: Iterable[dict[str, Any]],
    options: Any,
    progress: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Plays the cases against `options.harness`, several at a time: mostly they wait."""
    strict = bool(getattr(options, "strict", False))
    patience_s = max(float(getattr(options, "timeout", 0.0)), PATIENCE_S)

    def play(case: dict[str, Any]) -> Result:
        return run_case(case, options.harness, strict, patience_s)

    results = []
    with ThreadPoolExecutor(max_workers=CASES_AT_ONCE) as pool:
        for result in pool.map(play, cases):
            progress(result)
            results.append(result)
    return results


def run_case(
    case: dict[str, Any], command: str, strict: bool = False, patience_s: float = PATIENCE_S
) -> Result:
    """Plays one case."""
    wrong = check(case)
    if wrong:
        raise BadCase(f"{case['id']}: " + "; ".join(wrong))
    started = time.monotonic()
    outcome, detail = _play(case, command, strict, patience_s)
    return Result(
        id=case["id"],
        number=case.get("number"),
        group=case["id"].split("/", 1)[0],
        rules=list(case.get("rules", [])),
        outcome=outcome,
        seconds=time.monotonic() - started,
        detail=detail,
    )


def _play(
    case: dict[str, Any], command: str, strict: bool, patience_s: float
) -> tuple[str, str]:
    scene = None
    try:
        scene = Scene(case, strict, patience_s)
        scene.open_client(command)
        outcome, detail = _steps(scene, case)
    except CaseSkipped as skip:
        outcome, detail = SKIPPED, str(skip)
    except (CaseFailure, OSError) as failure:
        outcome, detail = FAILED, str(failure)
    except BadCase:
        if scene is not None:
            scene.close()
        raise
    except Exception:
        # A fault of the suite is shown as one; it must not pass for the client's.
        outcome, detail = FAILED, "the suite itself failed: " + traceback.format_exc(limit=-3)
    problem = scene.close() if scene is not None else None
    if problem and outcome == PASSED:
        return FAILED, problem
    return outcome, detail


def _steps(scene: Scene, case: dict[str, Any]) -> tuple[str, str]:
    """Plays all steps; a failure says at which one."""
    for index, step in enumerate(case["steps"]):
        try:
            verbs.perform(scene, [step])
        except EndedEarly:
            return PASSED, "; ".join(scene.notes)
        except CaseFailure as failure:
            raise CaseFailure(f"step {index + 1} ({next(iter(step))}): {failure}") from None
    scene.pump(0.0)
    for connection, request in scene.unclaimed():
        raise CaseFailure(
            f"the client sent {request} on connection '{connection.name}', which nothing called for"
        )
    return PASSED, "; ".join(scene.notes)
