"""A JSON Schema validator for as much of the standard as the schemas of Protocol/ use.

The suite runs on a bare Python, so it cannot ask for a package. A keyword that is not known here
is an error, not something to be passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Schema = dict[str, Any] | bool
Check = Callable[["_Checker", Any, Any, str, dict[str, Any]], None]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a value, each with where it is; empty if it fits."""
    checker = _Checker(schema)
    checker.check(value, schema, "$")
    return checker.found


class _Checker:
    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.found: list[str] = []

    def check(self, value: Any, schema: Schema, where: str) -> None:
        """Adds what is wrong with `value` to `found`."""
        if schema is True:
            return
        if schema is False:
            self.found.append(f"{where}: not allowed here")
            return
        for keyword, operand in schema.items():
            if keyword in _IGNORED:
                continue
            if keyword not in _KEYWORDS:
                raise ValueError(f"the schema uses {keyword!r}, which schema_check.py lacks")
            _KEYWORDS[keyword](self, value, operand, where, schema)

    def fits(self, value: Any, schema: Schema) -> list[str]:
        """What is wrong with `value`, apart from `found`."""
        inner = _Checker(self.root)
        inner.check(value, schema, "")
        return inner.found

    def resolve(self, reference: str) -> Schema:
        """What a `$ref` within the same file refers to."""
        node: Any = self.root
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return node  # type: ignore[no-any-return]


def _ref(checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]) -> None:
    checker.check(value, checker.resolve(operand), where)


def _type(checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]) -> None:
    names = [operand] if isinstance(operand, str) else operand
    if not any(_TYPES[name](value) for name in names):
        checker.found.append(f"{where}: {value!r} where {' or '.join(names)} belongs")


def _enum(checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]) -> None:
    if value not in operand:
        allowed = ", ".join(str(one) for one in operand)
        checker.found.append(f"{where}: {value!r} is none of {allowed}")


def _pattern(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if isinstance(value, str) and not re.search(operand, value):
        checker.found.append(f"{where}: {value!r} does not match {operand}")


def _minimum(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if _TYPES["number"](value) and value < operand:
        checker.found.append(f"{where}: {value} is below {operand}")


def _maximum(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if _TYPES["number"](value) and value > operand:
        checker.found.append(f"{where}: {value} is above {operand}")


def _at_least(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if isinstance(value, (list, dict, str)) and len(value) < operand:
        checker.found.append(f"{where}: {len(value)} where at least {operand} belong")


def _at_most(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if isinstance(value, (list, dict, str)) and len(value) > operand:
        checker.found.append(f"{where}: {len(value)} where at most {operand} belong")


def _required(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if isinstance(value, dict):
        checker.found += [f"{where}: {key!r} is missing" for key in operand if key not in value]


def _properties(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if isinstance(value, dict):
        for key, inner in operand.items():
            if key in value:
                checker.check(value[key], inner, f"{where}.{key}")


def _additional(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for key in value:
        if key not in known:
            if operand is False:
                checker.found.append(
                    f"{where}: {key!r} is not allowed here, only {', '.join(known)}"
                )
            else:
                checker.check(value[key], operand, f"{where}.{key}")


def _items(checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]) -> None:
    if isinstance(value, list):
        for index, element in enumerate(value):
            checker.check(element, operand, f"{where}[{index}]")


def _any_of(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    failures = [checker.fits(value, one) for one in operand]
    if all(failures):
        checker.found.append(f"{where}{_closest(failures)}")


def _one_of(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    failures = [checker.fits(value, one) for one in operand]
    fitting = failures.count([])
    if not fitting:
        checker.found.append(f"{where}{_closest(failures)}")
    elif fitting > 1:
        checker.found.append(f"{where}: fits {fitting} of the forms, where it must fit one")


def _closest(failures: list[list[str]]) -> str:
    """The branch that fails within the value says more than one that fails at its type."""
    return min(failures, key=lambda failure: (failure[0].startswith(": "), len(failure)))[0]


def _if(checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]) -> None:
    branch = "else" if checker.fits(value, operand) else "then"
    if branch in schema:
        checker.check(value, schema[branch], where)


def _all_of(
    checker: _Checker, value: Any, operand: Any, where: str, schema: dict[str, Any]
) -> None:
    for one in operand:
        checker.check(value, one, where)


# `then` and `else` are read by `if`.
_IGNORED = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "then", "else", "$comment"}
)

_KEYWORDS: dict[str, Check] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "const": lambda checker, value, operand, where, schema: _enum(
        checker, value, [operand], where, schema
    ),
    "pattern": _pattern,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _at_least,
    "minItems": _at_least,
    "maxItems": _at_most,
    "minProperties": _at_least,
    "maxProperties": _at_most,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "allOf": _all_of,
    "if": _if,
}
