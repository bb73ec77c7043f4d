"""Whether what came is what a case wants: by subset, with a few comparisons.

A wanted message names only the fields that matter. A wanted value is the value itself, or an
object with comparisons: see `_COMPARISONS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .outcome import CaseFailure
from .values import Values

_ABSENT = object()


def _contains(values: Values, wanted: Any, came: Any) -> bool:
    if isinstance(came, bytes):
        return values.data(wanted) in came
    return wanted in came


def _at_least(values: Values, wanted: Any, came: Any) -> bool:
    return bool(came >= wanted)


def _at_most(values: Values, wanted: Any, came: Any) -> bool:
    return bool(came <= wanted)


def _present(values: Values, wanted: Any, came: Any) -> bool:
    return bool(wanted) == (came is not _ABSENT)


def _size(values: Values, wanted: Any, came: Any) -> bool:
    return bool(len(came) == wanted)


def _lacks(values: Values, wanted: Any, came: Any) -> bool:
    return not _contains(values, wanted, came)


def _equals_saved(values: Values, wanted: Any, came: Any) -> bool:
    return bool(values.saved(wanted) == came)


def _not(values: Values, wanted: Any, came: Any) -> bool:
    return not _equals(values, wanted, came)


_COMPARISONS: dict[str, Callable[[Values, Any, Any], bool]] = {
    "has": _contains,
    "lacks": _lacks,
    "at_least": _at_least,
    "at_most": _at_most,
    "present": _present,
    "size": _size,
    "not": _not,
    "equals_saved": _equals_saved,
}


def check(values: Values, where: str, wanted: Any, came: Any) -> None:
    """Raises CaseFailure, which says where, unless `came` is what is `wanted`."""
    if isinstance(wanted, dict) and wanted and wanted.keys() <= _COMPARISONS.keys():
        for key, operand in wanted.items():
            if came is _ABSENT and key != "present":
                raise CaseFailure(where, "nothing: it is absent")
            if not _COMPARISONS[key](values, operand, came):
                raise CaseFailure(f"{where} with {key} {operand!r}", _shown(came))
        return
    if came is _ABSENT:
        raise CaseFailure(where, "nothing: it is absent")
    if isinstance(wanted, dict) and isinstance(came, dict):
        for key, one in wanted.items():
            check(values, f"{where}.{key}", one, came.get(key, _ABSENT))
    elif isinstance(wanted, list) and isinstance(came, list):
        if len(wanted) != len(came):
            raise CaseFailure(
                f"{where} with {len(wanted)} elements", f"{len(came)}: {_shown(came)}"
            )
        for index, one in enumerate(wanted):
            check(values, f"{where}[{index}]", one, came[index])
    elif not _equals(values, wanted, came):
        raise CaseFailure(f"{where} to be {_shown(wanted)}", _shown(came))


def _equals(values: Values, wanted: Any, came: Any) -> bool:
    if isinstance(came, bytes):
        return values.data(wanted) == came
    if isinstance(came, str) and isinstance(wanted, dict):
        return values.data(wanted) == came.encode()
    if isinstance(came, int) and isinstance(wanted, bool):
        return bool(came) == wanted
    return bool(wanted == came)


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes ({value[:64].hex()}{'…' if len(value) > 64 else ''})"
    text = repr(value)
    return text if len(text) <= 400 else text[:400] + "…"
