"""The protobuf codec, against bytes written by hand."""

from __future__ import annotations

import unittest
from typing import Any

from tandem_conformance import messages
from tandem_conformance.messages import MessageError
from tandem_conformance.schemas import MESSAGES, METHODS, method
from tandem_conformance.values import nested


class MessageTests(unittest.TestCase):
    """encode and decode."""

    def test_known_bytes(self) -> None:
        for name, fields, text in (
            ("Empty", {}, ""),
            ("UserId", {"user_id": 1}, "0801"),
            ("UserId", {"user_id": 2**63 - 1}, "08ffffffffffffffff7f"),
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
        order = {
            "order_id": 5,
            "user_id": 2**40,
            "user_email": "a@b",
            "user_name": "Ω",
            "status": 3,
            "total_minor": -7,
            "currency": "EUR",
            "created_at_us": 1,
            "items": [
                {"product_id": 0, "product_name": "x", "quantity": 1, "price_minor": 2},
                {"product_id": 9, "product_name": "", "quantity": 0, "price_minor": -2},
            ],
        }
        self.assertEqual(messages.decode("Order", messages.encode("Order", order)), order)

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
        self.assertEqual(messages.decode("UserId", bytes.fromhex(text)), {"user_id": 1})

    def test_broken_messages_are_refused(self) -> None:
        for name, text in (
            ("UserId", "08"),
            ("UserId", "0a0101"),
            ("UserId", "08ffffffffffffffffffff01"),
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
