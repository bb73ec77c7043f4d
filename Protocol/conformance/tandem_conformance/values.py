"""Values in case files: bytes written in several ways, message fields, metadata entries.

Bytes are a plain string (UTF-8 text) or an object with one of the keys of `_FORMS`. The README
lists them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from . import messages, wire
from .messages import Message
from .names import MAJOR_VERSION, Flag, FrameType, Role, Tag, number
from .outcome import BadCase
from .schemas import MESSAGES
from .wire import Entry

Saved = dict[str, Any]


class Values:
    """Turns a case's values into bytes; knows what the case has saved, and its chance."""

    def __init__(self, saved: Saved, chance: random.Random) -> None:
        self._saved = saved
        self._chance = chance

    def data(self, value: Any) -> bytes:
        """The bytes that a value stands for."""
        if isinstance(value, str):
            return value.encode()
        if not isinstance(value, dict):
            raise BadCase(f"{value!r} stands where bytes belong: write a string or an object")
        for key, form in _FORMS.items():
            if key in value:
                return form(self, value)
        raise BadCase(f"{value!r} stands where bytes belong: use one of {', '.join(_FORMS)}")

    def saved(self, name: str) -> Any:
        """What an earlier step saved under this name."""
        if name not in self._saved:
            known = ", ".join(self._saved) or "nothing"
            raise BadCase(f"{name!r} was not saved by an earlier step, only {known}")
        return self._saved[name]

    def fields(self, message: str, given: Message) -> Message:
        """A message's fields as the codec takes them: bytes made of their objects."""
        if message not in MESSAGES:
            raise BadCase(f"{message!r} is no message of schemas.py")
        table = MESSAGES[message]
        out: Message = {}
        for key, value in given.items():
            if key not in table:
                raise BadCase(f"{message} has no field {key!r}: it has {', '.join(table)}")
            kind = table[key][1]
            base = kind.rstrip("*?")
            if kind.endswith("*") and isinstance(value, dict):
                out[key] = [self._field(base, value["of"])] * value["times"]
            elif kind.endswith("*"):
                out[key] = [self._field(base, element) for element in value]
            else:
                out[key] = value if value is None else self._field(base, value)
        return out

    def _field(self, base: str, value: Any) -> Any:
        if base in MESSAGES:
            return self.fields(base, value)
        if base == "string" and isinstance(value, str):
            return value
        if base in ("string", "bytes"):
            return self.data(value)
        if base == "map":
            return {key: self.data(text) for key, text in value.items()}
        if isinstance(value, dict):
            return self._number(value)
        return value

    def _number(self, value: Message) -> int:
        """A number that was saved, or bytes as one."""
        if "saved" in value and isinstance(found := self.saved(value["saved"]), int):
            return found
        return int.from_bytes(self.data(value), "big")

    def request_body(self, request_message: str | None, step: Message) -> bytes:
        """The body of a REQUEST: `body` as bytes, or `message` as fields."""
        if "body" in step:
            return self.data(step["body"])
        if request_message is None:
            raise BadCase(f"{step.get('method')!r} is not in schemas.py: give its body as bytes")
        return messages.encode(
            request_message, self.fields(request_message, step.get("message", {}))
        )

    def metadata(self, entries: list[list[Any]] | None) -> list[Entry] | None:
        """`[[tag, bytes], …]`; a tag by name, number or hex."""
        if entries is None:
            return None
        return [(number(Tag, tag), self.data(value)) for tag, value in entries]

    def frame(self, step: Message, index: Callable[[str], int], crc: bool) -> bytes:
        """The bytes of a frame that a step describes."""
        a = index(step["method"]) if "method" in step else step.get("a", 0)
        data = wire.encode(
            number(FrameType, step["type"]),
            flags=flag_bits(step.get("flags", 0)),
            a=a,
            stream=step.get("stream", 0),
            b=step.get("b", 0),
            metadata=self.metadata(step.get("metadata")),
            body=self.data(step.get("body", "")),
            length=step.get("length"),
            crc=step.get("crc", crc),
        )
        if "corrupt" in step:
            offset, bits = step["corrupt"]
            changed = bytearray(data)
            changed[offset] ^= bits
            data = bytes(changed)
        return data[: step["cut"]] if "cut" in step else data

    # One method for each form of bytes

    def _repeat(self, value: Message) -> bytes:
        return self.data(value["repeat"]) * int(value["times"])

    def _concat(self, value: Message) -> bytes:
        return b"".join(self.data(part) for part in value["concat"])

    def _message(self, value: Message) -> bytes:
        name = value["message"]
        return messages.encode(name, self.fields(name, value.get("fields", {})))

    def _nest(self, value: Message) -> bytes:
        return nested(value["nest"])

    def _saved_bytes(self, value: Message) -> bytes:
        found = self.saved(value["saved"])
        return found if isinstance(found, bytes) else str(found).encode()

    def _named(self, value: Message) -> bytes:
        name, content = value["named"]
        return self.data(name) + b"\0" + self.data(content)

    def _preface(self, value: Message) -> bytes:
        given = value["preface"]
        role = given.get("role", "query")
        chosen = Role[role.upper()] if isinstance(role, str) else role
        return wire.preface(chosen, given.get("major", MAJOR_VERSION))

    def _hello(self, value: Message) -> bytes:
        body = messages.encode("Hello", self.fields("Hello", value["hello"]))
        return wire.encode(FrameType.HELLO, body=body)

    def _frame(self, value: Message) -> bytes:
        def no_index(name: str) -> int:
            raise BadCase(f"method {name!r} within bytes: give its number as `a`")

        return self.frame(value["frame"], no_index, crc=False)


_FORMS: dict[str, Callable[[Values, Message], bytes]] = {
    "hex": lambda values, value: bytes.fromhex(value["hex"]),
    "text": lambda values, value: value["text"].encode(),
    "repeat": Values._repeat,
    "concat": Values._concat,
    "random": lambda values, value: values._chance.randbytes(value["random"]),
    "message": Values._message,
    "nest": Values._nest,
    "saved": Values._saved_bytes,
    "named": Values._named,
    "u32": lambda values, value: int(value["u32"]).to_bytes(4, "big"),
    "u64": lambda values, value: int(value["u64"]).to_bytes(8, "big"),
    "preface": Values._preface,
    "hello": Values._hello,
    "frame": Values._frame,
}


def nested(depth: int) -> bytes:
    """An EchoRequest whose messages are nested this deep, the EchoRequest itself being the first.

    Made from the inside: recursion would end before a deep one is made."""
    body = b""
    for level in range(depth - 1):
        # Field 1 of Nest holds a Nest; field 2 of EchoRequest holds the outermost one.
        key = 2 if level == depth - 2 else 1
        body = messages.field(key, body)
    return body


def flag_bits(value: int | str | list[str]) -> int:
    """Flags as a number, hex, or names."""
    if isinstance(value, list):
        bits = 0
        for flag_name in value:
            if flag_name not in Flag.__members__:
                raise BadCase(f"{flag_name!r} is no flag: use {', '.join(Flag.__members__)}")
            bits |= Flag[flag_name]
        return int(bits)
    return int(value, 16) if isinstance(value, str) else value
