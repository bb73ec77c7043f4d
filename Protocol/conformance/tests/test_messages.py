"""The protobuf codec, against bytes written by hand."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any

from tandem_conformance import messages, protos
from tandem_conformance.messages import MessageError
from tandem_conformance.schemas import MESSAGES, METHODS, method
from tandem_conformance.values import nested


class MessageTests(unittest.TestCase):
    """encode and decode."""

    def test_known_bytes(self) -> None:
        for name, fields, text in (
            ("Empty", {}, ""),
            ("GetUserRequest", {"user_id": 1}, "0801"),
            ("GetUserRequest", {"user_id": 2**63 - 1}, "08ffffffffffffffff7f"),
            ("Product", {"price_minor": -1}, "18ffffffffffffffffff01"),
            ("Welcome", {"log_epoch": 0x00C0FFEE00C0FFEE}, "39eeffc000eeffc000"),
            ("Hello", {"features": ["zlib", ""]}, "12047a6c69621200"),
            ("StreamRequest", {"sizes": [1, 300, 0]}, "0a0401ac0200"),
            ("StreamRequest", {"sizes": []}, ""),
            ("ErrorInfo", {"metadata": {"a": "b"}}, "1a060a01611201 62"),
            ("EchoRequest", {"nest": {"nest": {}}}, "12020a00"),
        ):
            with self.subTest(name=name, fields=fields):
                self.assertEqual(messages.encode(name, fields), bytes.fromhex(text))

    def test_what_is_encoded_is_decoded(self) -> None:
        order: dict[str, Any] = {
            "order_id": 5,
            "user_id": 2**40,
            "user_email": "a@b",
            "user_name": "Ω",
            "status": 3,
            "total_minor": -7,
            "currency": "EUR",
            "created_at_us": 1,
            "items": [
                {
                    "product_id": 0,
                    "product_name": "x",
                    "quantity": 1,
                    "price_minor": 2,
                    "number": 1,
                },
                {
                    "product_id": 9,
                    "product_name": "",
                    "quantity": 0,
                    "price_minor": -2,
                    "unit_price_minor": 0,
                    "number": 7,
                },
            ],
            "version": 3,
            "refunded_minor": 0,
            "cancel_reason": "",
            "refund_reason": "Ω",
        }
        found = messages.decode("Order", messages.encode("Order", order))
        # What else an order may have is not given, so it is absent.
        self.assertEqual({key: found[key] for key in order if key != "items"}, {
            key: value for key, value in order.items() if key != "items"})
        for item, given in zip(found["items"], order["items"], strict=True):
            self.assertEqual({key: item[key] for key in given}, given)

    def test_absence_can_be_told(self) -> None:
        reply = messages.decode("EchoReply", b"")
        self.assertEqual(reply, {"payload": b"", "trace_parent": ""})
        self.assertEqual(messages.decode("EchoReply", bytes.fromhex("1800"))["deadline_ms"], 0)

    def test_numbers_come_packed_or_not(self) -> None:
        for text in ("0a0401ac0200", "080108ac020800"):
            self.assertEqual(
                messages.decode("StreamRequest", bytes.fromhex(text))["sizes"], [1, 300, 0]
            )

    def test_unknown_fields_are_skipped(self) -> None:
        text = "9a7d03616263 a07d01 a97d0102030405060708 ad7d01020304 0801"
        self.assertEqual(messages.decode("GetUserRequest", bytes.fromhex(text)), {"user_id": 1})

    def test_broken_messages_are_refused(self) -> None:
        for name, text in (
            ("GetUserRequest", "08"),
            ("GetUserRequest", "0a0101"),
            ("GetUserRequest", "08ffffffffffffffffffff01"),
            ("Hello", "1201ff"),
            ("Hello", "120561"),
            ("Hello", "0f"),
            ("Hello", "0001"),
            ("Hello", "0900"),
            ("ErrorDetails", "12020a05"),
        ):
            with self.subTest(text=text), self.assertRaises(MessageError):
                messages.decode(name, bytes.fromhex(text))

    def test_a_misspelt_field_is_refused(self) -> None:
        with self.assertRaisesRegex(MessageError, "no field 'featres'"):
            messages.encode("Hello", {"featres": []})

    def test_nesting_counts_the_request(self) -> None:
        self.assertEqual(nested(1), b"")
        self.assertEqual(nested(2), bytes.fromhex("1200"))
        self.assertEqual(nested(4), bytes.fromhex("12040a020a00"))
        message: dict[str, Any] | None = messages.decode("EchoRequest", nested(100))
        depth = 0
        while message is not None:
            depth += 1
            message = message.get("nest")
        self.assertEqual(depth, 100)


PROTO = """
syntax = "proto3";
package a.b;  // A comment; with message No { in it.
enum Colour { RED = 0; BLUE = 1; }
service Things { rpc Get(GetRequest) returns (stream x.y.Thing); rpc Put(Thing) returns (Thing) {} }
message Thing {
  reserved 4;
  optional uint64 id = 1;
  repeated Colour colours = 2;
  map<string, string> notes = 3;
  oneof either { string text = 5; a.b.GetRequest other = 6; }
  enum Size { SMALL = 0; }
  Size size = 7 [deprecated = true];
}
message GetRequest {}
"""


class ProtoTests(unittest.TestCase):
    """What is read of .proto files."""

    def read(self, *texts: str) -> protos.Protos:
        """What files with these texts say."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number}.proto" for number in range(len(texts))]
            for file, text in zip(files, texts):
                file.write_text(text, encoding="utf-8")
            return protos.read(files)

    def test_fields_have_their_numbers_and_kinds(self) -> None:
        self.assertEqual(self.read(PROTO).messages, {"GetRequest": {}, "Thing": {
            "id": (1, "uint?"), "colours": (2, "uint*"), "notes": (3, "map"),
            "text": (5, "string"), "other": (6, "GetRequest"), "size": (7, "uint"),
        }})

    def test_methods_have_their_messages(self) -> None:
        self.assertEqual(self.read(PROTO).rpcs, {
            "a.b.Things/Get": protos.Rpc("GetRequest", "Thing", True),
            "a.b.Things/Put": protos.Rpc("Thing", "Thing", False),
        })

    def test_two_messages_of_one_name_are_not_mixed_up(self) -> None:
        with self.assertRaisesRegex(ValueError, "GetRequest"):
            self.read(PROTO, "message GetRequest { string other = 1; }")


class SchemaTests(unittest.TestCase):
    """The tables."""

    def test_fields_of_a_message_have_numbers_of_their_own(self) -> None:
        for name, table in MESSAGES.items():
            numbers = [number for number, _ in table.values()]
            self.assertEqual(len(numbers), len(set(numbers)), name)

    def test_every_type_is_one_that_the_codec_has(self) -> None:
        known = {"uint", "int", "fixed64", "string", "bytes", "map", *MESSAGES}
        for name, table in MESSAGES.items():
            for field, (_, kind) in table.items():
                self.assertIn(kind.rstrip("*?"), known, f"{name}.{field}")

    def test_every_method_has_its_messages(self) -> None:
        for port in METHODS.values():
            for known in port.values():
                self.assertIn(known.request, MESSAGES)
                self.assertTrue(known.reply == "" or known.reply in MESSAGES)
                self.assertIs(method(known.name), known)


if __name__ == "__main__":
    unittest.main()
