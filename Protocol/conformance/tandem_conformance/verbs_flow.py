"""The verbs that neither send nor receive by themselves."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

from .outcome import BadCase, CaseFailure
from .run import Run, Step, verb

Procedure = Callable[..., dict[str, Any] | None]

_RETRY_PAUSE_SECONDS = 0.1
_PACKAGE = __package__ or "tandem_conformance"


@verb("wait")
def wait(run: Run, step: Step) -> None:
    """Lets time pass. For what has to have happened by then, never to make a race likely."""
    time.sleep(step["ms"] / 1000)


@verb("for_each")
def for_each(run: Run, step: Step) -> None:
    """The same steps for each value: the string `$NAME` in them stands for it, `$NAME.key` for a
    member of it."""
    for value in step["in"]:
        steps = [_replaced(inner, "$" + step["name"], value) for inner in step["steps"]]
        try:
            run.steps(steps)
        except Exception as error:
            error.add_note(f"with {step['name']} = {value!r}")
            raise


@verb("retry")
def retry(run: Run, step: Step) -> None:
    """The same steps until they pass, at most for so long: for what the server does in its own
    time, such as to notice that a connection has ended."""
    deadline = time.monotonic() + step["within_ms"] / 1000
    while True:
        try:
            run.steps(step["steps"])
            return
        except CaseFailure:
            # Timed: patience with what takes milliseconds, 5 s or more.
            if time.monotonic() >= deadline:
                raise
        time.sleep(_RETRY_PAUSE_SECONDS)


def _replaced(node: Any, name: str, value: Any) -> Any:
    if isinstance(node, dict):
        return {key: _replaced(inner, name, value) for key, inner in node.items()}
    if isinstance(node, list):
        return [_replaced(inner, name, value) for inner in node]
    if node == name:
        return value
    if isinstance(node, str) and node.startswith(name + ".") and isinstance(value, dict):
        key = node[len(name) + 1 :]
        if key not in value:
            raise BadCase(f"{node}: the value has no {key!r}")
        return value[key]
    return node


@verb("procedure")
def procedure(run: Run, step: Step) -> None:
    """A function of `procedures/`, for what steps cannot say."""
    parameters = {key: value for key, value in step.items() if key != "name"}
    figures = find_procedure(step["name"])(run.context, **parameters)
    run.context.figures.update(figures or {})


def find_procedure(name: str) -> Procedure:
    """`MODULE.FUNCTION` in the folder procedures/; those of `abuse` are beside their programs."""
    module_name, _, function_name = name.partition(".")
    path = f"procedures.{module_name}" if module_name != "abuse" else "abuse.procedures"
    try:
        module = importlib.import_module(f".{path}", _PACKAGE)
    except ModuleNotFoundError as error:
        raise BadCase(f"procedure {name!r}: there is no module {error.name}") from None
    function = getattr(module, function_name, None)
    if function is None or function_name.startswith("_") or not callable(function):
        raise BadCase(f"procedure {name!r}: {module.__name__} has no function {function_name!r}")
    return function  # type: ignore[no-any-return]
