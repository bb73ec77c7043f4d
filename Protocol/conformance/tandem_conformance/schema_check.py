"""What keeps JSON from its schema, as the package jsonschema finds it."""

from __future__ import annotations

from typing import Any

try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
except ImportError:
    # Who only runs the suite needs no package: its case files were checked by its tests. Who
    # writes a case does: README.md, "Writing a case".
    CAN_CHECK = False
else:
    CAN_CHECK = True


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a value, each with where it is; empty if it fits, or nobody can tell."""
    if not CAN_CHECK:
        return []
    found = []
    for error in Draft202012Validator(schema).iter_errors(value):
        # Of the forms that a value may have, what the closest one lacks says most.
        closest = best_match([error]) or error
        found.append(f"{closest.json_path}: {closest.message}")
    return found
