"""vectors.schema.json: the form of all files (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

from .book import CODES, REFUSALS, VIOLATIONS

HEX = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
KINDS = "preface frames metadata hello welcome dictionaries bodies tokens crc32c sessions".split()


def _object(required: str, properties: dict[str, Any], *, is_open: bool = False) -> dict[str, Any]:
    return {
        "type": "object", "required": required.split(), "properties": properties,
        "additionalProperties": is_open,
    }


def make() -> dict[str, Any]:
    """The schema."""
    number = {"type": "integer", "minimum": 0}
    frame = _object(
        "type name flags a stream b payload",
        {
            "type": number, "name": {"type": "string"}, "flags": number, "a": number,
            "stream": number, "b": number, "payload": {"$ref": "#/$defs/hex"},
        },
    )
    skipped = _object("skipped length", {"skipped": number, "length": number})
    step = _object(
        "from comment bytes",
        {
            "from": {"enum": ["client", "server"]}, "comment": {"type": "string"},
            "bytes": {"$ref": "#/$defs/hex"}, "preface": number,
            "frames": {"type": "array", "items": {"$ref": "#/$defs/frame"}},
            "violation": {"$ref": "#/$defs/violation"},
        },
    )
    vector = _object(
        "id comment rules notes setup result",
        {
            "id": {"type": "string", "pattern": "^[a-z0-9]+/[a-z0-9-]+$"},
            "comment": {"type": "string", "minLength": 1},
            "rules": {
                "type": "array", "minItems": 1,
                "items": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{2}$"},
            },
            "notes": {"type": "array", "items": {"type": "string"}},
            "setup": {"type": "object"}, "input": {"$ref": "#/$defs/hex"},
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "result": {"enum": ["valid", "incomplete", "invalid", "refused"]},
            "expected": {"type": "object"}, "violation": {"$ref": "#/$defs/violation"},
            "refusal": _object(
                "reason status name",
                {"reason": {"enum": sorted(REFUSALS)}, "status": number,
                 "name": {"type": "string"}},
            ),
        },
    )
    vector["oneOf"] = [{"required": ["input"]}, {"required": ["steps"]}]
    vector["allOf"] = [
        {
            "if": {"properties": {"result": {"const": result}}, "required": ["input"]},
            "then": {"required": [needed]},
        }
        for result, needed in (
            ("valid", "expected"), ("incomplete", "expected"), ("invalid", "violation"),
            ("refused", "refusal"),
        )
    ]
    whole = _object(
        "$schema kind title count notes vectors",
        {
            "$schema": {"const": "vectors.schema.json"}, "kind": {"enum": KINDS},
            "title": {"type": "string"}, "count": number,
            "notes": {"type": "object", "additionalProperties": {"type": "string"}},
            "vectors": {"type": "array", "items": {"$ref": "#/$defs/vector"}},
        },
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Test vectors of the Tandem wire protocol",
        **whole,
        "$defs": {
            "hex": HEX, "frame": {"oneOf": [frame, skipped]}, "step": step, "vector": vector,
            "violation": _object(
                "reason code name",
                {"reason": {"enum": sorted(VIOLATIONS)}, "code": number,
                 "name": {"enum": sorted(CODES)}},
            ),
        },
    }
