"""The shared vectors, Protocol/vectors: all that a client decodes, and frames of whole sessions.

What only a server does with a vector is counted in `SERVERS`, with the reason, so that nothing is
left out unsaid.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import pathlib
import unittest
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from tandem_client.bodies import RAW_LENGTH_MAX, open_body, read_dictionaries
from tandem_client.connection import Connection
from tandem_client.errors import GoAwayCode, TandemError, Violation
from tandem_client.handshake import Options, Role, read_welcome
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.wire import (
    CRC, HARD, HEADER, MAGIC, AnswerMetadata, Entries, Frame, FrameDecoder, Token, Type, crc32c,
    parse_metadata,
)

from .fake_server import FakeServer, Peer

FOLDER = pathlib.Path(os.environ.get(
    "TANDEM_VECTORS", pathlib.Path(__file__).parents[3] / "Protocol" / "vectors"))
KINDS = {"preface", "frames", "metadata", "hello", "welcome", "dictionaries", "bodies", "tokens",
         "crc32c", "sessions"}
# Rules of a server that a client has no code for; each is asserted to be the vector's reason.
SERVERS = {
    "preface": "a client writes prefaces and reads none",
    "hello": "a client writes HELLO; that others are refused is the server's part",
    "refused": "KEY_EXPIRED is an answer of a server",
    "awaited": "only a server waits for the first frame with a checksum",
    "to-server": "frames that only a server must refuse",
    "fields": "a client refuses HELLO, CANCEL and CREDIT for their type, whatever they say",
    "too-long": "a client need not bound metadata (FR-10)",
}

Vector = dict[str, Any]
Found = tuple[list[dict[str, Any]], Violation | None]


def load(kind: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{kind}.json").read_text())["vectors"]
    return vectors


def client_only(frame: Frame) -> bool:
    """Whether a client must refuse it for its type: the rule of the connection, not of a frame."""
    return frame.type in (Type.HELLO, Type.REQUEST, Type.CANCEL, Type.CREDIT)


def shape(frame: Frame, raw: bytes) -> dict[str, Any]:
    """As the vectors describe a frame: its payload is metadata block and body."""
    length, kind, flags, a, stream, b = HEADER.unpack_from(raw)
    if kind >= 0x80:
        return {"skipped": kind, "length": length}
    end = len(raw) - (4 if flags & CRC else 0)
    return {"type": frame.type, "name": Type(frame.type).name, "flags": flags, "a": frame.a,
            "stream": frame.stream, "b": frame.b,
            "payload": raw[HEADER.size:end].hex()}


@unittest.skipUnless(FOLDER.is_dir(), f"there are no vectors in {FOLDER}; set TANDEM_VECTORS")
class VectorTests(unittest.TestCase):
    def test_every_file_is_known_here(self) -> None:
        found = {path.stem for path in FOLDER.glob("*.json")} - {"vectors.schema"}
        self.assertEqual(found, KINDS)
        for kind in KINDS:
            self.assertGreater(len(load(kind)), 0, kind)

    def decode(self, data: bytes, pieces: list[bytes], vector: Vector) -> Found:
        setup = vector["setup"]
        decoder = FrameDecoder(setup.get("max_length", 1 << 24),
                               setup.get("checksum", "off") == "required")
        shapes: list[dict[str, Any]] = []
        offset = 0
        try:
            for piece in pieces:
                for frame in decoder.frames(piece):
                    if setup.get("receiver") == "client" and client_only(frame):
                        return shapes, Violation("a frame for servers")
                    shapes.append(shape(frame, data[offset:offset + frame.size]))
                    offset += frame.size
        except Violation as violation:
            return shapes, violation
        if vector["result"] == "invalid" and shapes[-1]["name"] in ("HELLO", "CANCEL", "CREDIT"):
            return shapes[:-1], Violation(SERVERS["fields"])
        return shapes, None

    def test_frames_at_every_split(self) -> None:
        left_out = 0
        for vector in load("frames"):
            setup = vector["setup"]
            to_server = (setup.get("receiver") == "server" and vector["result"] == "invalid"
                         and vector["violation"]["reason"] == "unexpected-frame")
            if setup.get("checksum") == "awaited" or to_server:
                left_out += 1
                continue
            data = bytes.fromhex(vector["input"])
            splits = [[data], [data[i:i + 1] for i in range(len(data))]]
            splits += [[data[:cut], data[cut:]] for cut in range(1, min(len(data), 300))]
            for pieces in splits:
                with self.subTest(vector["id"]):
                    shapes, violation = self.decode(data, pieces, vector)
                    self.check_frames(vector, shapes, violation)
        self.assertLess(left_out, 12, SERVERS)

    def check_frames(self, vector: Vector, shapes: list[dict[str, Any]],
                     violation: Violation | None) -> None:
        if vector["result"] == "invalid":
            assert violation is not None, "no violation was found"
            self.assertEqual(violation.code, vector["violation"]["code"])
        else:
            self.assertIsNone(violation)
        if "frames" in vector.get("expected", {}):
            self.assertEqual(shapes, vector["expected"]["frames"])

    def test_metadata(self) -> None:
        for vector in load("metadata"):
            raw = bytes.fromhex(vector["input"])
            with self.subTest(vector["id"]):
                if vector["result"] == "invalid":
                    if vector["violation"]["reason"] == "metadata-too-long":
                        AnswerMetadata.of(parse_metadata(raw, 0, len(raw))[0])
                        continue
                    with self.assertRaises(Violation) as caught:
                        found, _ = parse_metadata(raw, 0, len(raw))
                        self.assertEqual(vector["setup"].get("on"), "answer")
                        AnswerMetadata.of(found)
                    self.assertEqual(caught.exception.code, vector["violation"]["code"])
                    continue
                entries, start = parse_metadata(raw, 0, len(raw))
                if vector["result"] == "refused":
                    # A server answers MALFORMED_METADATA; in an answer it is a violation (FR-13).
                    with self.assertRaises(Violation):
                        AnswerMetadata.of(entries)
                    continue
                metadata = AnswerMetadata.of(entries)
                self.assertEqual(raw[start:].hex(), vector["expected"]["body"])
                self.check_metadata(vector["expected"]["metadata"], metadata, entries)

    def check_metadata(self, expected: dict[str, Any], metadata: AnswerMetadata,
                       entries: Entries) -> None:
        self.assertEqual(metadata.age_ms, expected.get("age"))
        token = metadata.token and {"epoch": f"{metadata.token.epoch:016x}",
                                    "position": str(metadata.token.position)}
        self.assertEqual(token, expected.get("token"))
        custom = [{"name": name, "text": value} if isinstance(value, str)
                  else {"name": name, "binary": value.hex()} for name, value in metadata.custom]
        self.assertEqual(custom, expected.get("custom", []))
        # What stands on requests only is taken along as it is.
        present = {tag for tag, _ in entries}
        for tag, name in ((1, "trace-parent"), (2, "idempotency-key"), (3, "at-least"),
                          (4, "max-staleness")):
            self.assertEqual(tag in present, name in expected)

    def test_dictionaries(self) -> None:
        contents = {vector["expected"]["sha256"]: control.Dictionary.FromString(
            bytes.fromhex(vector["input"])).content
            for vector in load("dictionaries")
            if vector["result"] == "valid" and vector["expected"]["source"] == "content"}
        for vector in load("dictionaries"):
            held = {bytes.fromhex(name): contents[name] for name in vector["setup"]["held"]}
            listed = control.Dictionary.FromString(bytes.fromhex(vector["input"]))
            with self.subTest(vector["id"]):
                if vector["result"] == "invalid":
                    with self.assertRaises(Violation) as caught:
                        read_dictionaries([listed], held)
                    self.assertEqual(caught.exception.code, vector["violation"]["code"])
                    continue
                ((name, content),) = read_dictionaries([listed], held).items()
                self.assertEqual(name.hex(), vector["expected"]["sha256"])
                self.assertEqual(hashlib.sha256(content).digest(), name)

    def test_bodies(self) -> None:
        dictionaries = {vector["id"]: control.Dictionary.FromString(bytes.fromhex(vector["input"]))
                        for vector in load("dictionaries") if vector["result"] == "valid"}
        for vector in load("bodies"):
            setup = vector["setup"]
            agreed = read_dictionaries([dictionaries[name] for name in setup["dictionaries"]], {})
            frame = Frame(Type.ITEM, a=setup["encoding"], b=setup["b"],
                          body=bytes.fromhex(vector["input"]))
            self.assertEqual(setup["max_raw"], RAW_LENGTH_MAX)
            with self.subTest(vector["id"]):
                if vector["result"] == "invalid":
                    with self.assertRaises(Violation) as caught:
                        open_body(frame, setup["zlib"], agreed)
                    self.assertEqual(caught.exception.code, vector["violation"]["code"])
                    continue
                raw = open_body(frame, setup["zlib"], agreed)
                self.assertEqual(len(raw), vector["expected"]["byte_count"])
                self.assertEqual(hashlib.sha256(raw).hexdigest(), vector["expected"]["sha256"])

    def test_tokens(self) -> None:
        for vector in load("tokens"):
            data = bytes.fromhex(vector["input"])
            with self.subTest(vector["id"]):
                if vector["setup"]["what"] == "token":
                    token = Token.decode(data)
                    self.assertEqual(token.epoch, int(vector["expected"]["epoch"], 16))
                    self.assertEqual(token.position, int(vector["expected"]["position"]))
                    self.assertEqual(token.encode(), data)
                else:
                    # A client makes keys and never reads one: SERVERS["refused"].
                    self.assertEqual(len(data), 16)

    def test_crc32c(self) -> None:
        for vector in load("crc32c"):
            data = bytes.fromhex(vector["input"])
            with self.subTest(vector["id"]):
                if trailer := vector["expected"].get("trailer"):
                    self.assertEqual(crc32c(data).to_bytes(4).hex(), trailer)
                self.assertEqual(f"{crc32c(data):08x}", vector["expected"]["crc"])

    def test_prefaces_and_hellos_are_such_as_this_client_writes(self) -> None:
        for vector in load("preface"):
            if vector["result"] == "valid":
                expected = MAGIC + bytes((1, vector["expected"]["role"]))
                self.assertEqual(bytes.fromhex(vector["input"])[:8], expected, SERVERS["preface"])
        for vector in load("hello"):
            with self.subTest(vector["id"]):
                self.check_hello(vector)

    def check_hello(self, vector: Vector) -> None:
        """Only what can be wrong in a message: the rest is SERVERS["hello"]."""
        try:
            frames = list(FrameDecoder(vector["setup"]["max_length"]).frames(
                bytes.fromhex(vector["input"])))
            # This client writes protobuf; what is in JSON is read to be held to the same.
            hellos = [
                json_format.Parse(frame.body, control.Hello(), ignore_unknown_fields=True)
                if frame.body.startswith(b"{") else control.Hello.FromString(frame.body)
                for frame in frames]
        except (Violation, DecodeError, json_format.ParseError):
            self.assertEqual(vector["result"], "invalid")
            return
        if vector["result"] == "valid":
            expected = vector["expected"]["hello"]
            self.assertEqual(list(hellos[0].methods), expected["methods"])
            self.assertEqual(list(hellos[0].features), expected["features"])
            self.assertEqual(hellos[0].initial_window, expected["initial_window"])
        elif vector["result"] == "invalid":
            self.assertIn(vector["violation"]["name"], ("CLUSTER", "LIMIT"), SERVERS["hello"])

    def test_welcomes(self) -> None:
        for vector in load("welcome"):
            with self.subTest(vector["id"]):
                setup, data = vector["setup"], bytes.fromhex(vector["input"])
                self.assertEqual(setup["held"], [], "held dictionaries are dictionaries.json's")
                hello = control.Hello(minor=setup["minor"], features=setup["features"],
                                      methods=[f"m/{n}" for n in range(setup["methods"])])
                try:
                    frames = list(FrameDecoder(setup["max_length"]).frames(data))
                    found = [read_welcome(frame, hello) for frame in frames]
                    dictionaries = [read_dictionaries(one.dictionaries, {}) for one in found]
                except Violation as violation:
                    self.assertEqual(vector["result"], "invalid")
                    self.assertEqual(violation.code, vector["violation"]["code"])
                    continue
                if vector["result"] == "incomplete":
                    self.assertEqual(found, [])
                    continue
                self.assertEqual(vector["result"], "valid")
                self.check_welcome(vector["expected"], found[0])
                self.assertEqual(len(dictionaries[0]), vector["expected"]["dictionaries"])

    def check_welcome(self, expected: dict[str, Any], welcome: control.Welcome) -> None:
        kinds = {control.MethodInfo.UNARY: "unary", control.MethodInfo.STREAM: "stream"}
        idempotency = {control.MethodInfo.READ_ONLY: "read-only", control.MethodInfo.KEYED: "keyed"}
        self.assertEqual(
            [{"known": method.known, "kind": kinds.get(method.kind),
              "idempotency": idempotency.get(method.idempotency), "max_size": method.max_size}
             for method in welcome.methods], expected["methods"])
        self.assertEqual(list(welcome.features), expected["features"])
        for limit in ("max_frame", "max_metadata", "max_in_flight"):
            self.assertEqual(getattr(welcome.limits, limit), expected["limits"][limit])
        self.assertEqual(welcome.cluster_id.hex(), expected["cluster_id"])
        self.assertEqual(f"{welcome.log_epoch:016x}", expected["log_epoch"])
        self.assertEqual(str(welcome.key_retention_ms), expected["key_retention_ms"])
        self.assertEqual(welcome.server, expected["server"])

    def test_sessions_are_cut_into_their_frames_on_both_sides(self) -> None:
        for vector in load("sessions"):
            with self.subTest(vector["id"]):
                self.check_session(vector)

    def check_session(self, vector: Vector) -> None:
        """Checksums start where the session agrees on them."""
        decoders = {"client": FrameDecoder(1 << 20), "server": FrameDecoder(1 << 20)}
        agreed = False
        for step in vector["steps"]:
            data = bytes.fromhex(step["bytes"])
            if "preface" in step:
                self.assertEqual(data, MAGIC + bytes((1, step["preface"])))
                continue
            decoder = decoders[step["from"]]
            if step["from"] == "client" and agreed and data[5] & CRC:
                decoder.crc = True
            shapes: list[dict[str, Any]] = []
            offset = 0
            try:
                for frame in decoder.frames(data):
                    shapes.append(shape(frame, data[offset:offset + frame.size]))
                    offset += frame.size
                    if frame.type == Type.WELCOME:
                        welcome = control.Welcome.FromString(frame.body)
                        decoder.crc = agreed = "crc32c" in welcome.features
            except Violation as violation:
                self.assertEqual(violation.code, step["violation"]["code"])
                continue
            if "violation" not in step:
                self.assertEqual(shapes, step["frames"])


@unittest.skipUnless(FOLDER.is_dir(), f"there are no vectors in {FOLDER}; set TANDEM_VECTORS")
class ServerBreachTests(unittest.IsolatedAsyncioTestCase):
    """Sessions in which the server breaks the protocol, played to a real connection."""

    async def test_the_client_ends_each_of_them_with_the_code_given(self) -> None:
        played = 0
        for vector in load("sessions"):
            if vector["steps"][-1]["from"] == "server" and "violation" in vector["steps"][-1]:
                with self.subTest(vector["id"]):
                    await self.play(vector["steps"])
                played += 1
        self.assertGreaterEqual(played, 7)

    async def play(self, steps: list[dict[str, Any]]) -> None:
        hello = control.Hello.FromString(bytes.fromhex(steps[1]["frames"][0]["payload"]))
        requests = [frame for step in steps if step["from"] == "client"
                    for frame in step.get("frames", []) if frame["name"] == "REQUEST"]
        ended: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        has_welcome = any(frame["name"] == "WELCOME" for step in steps
                          for frame in step.get("frames", []))

        async def script(peer: Peer) -> None:
            await peer.read_hello()
            peer.use_checksums(bool(options.crc32c))
            for step in steps[2:]:
                if step["from"] == "server":
                    peer.raw(bytes.fromhex(step["bytes"]))
                elif has_welcome:
                    await peer.expect(Type.REQUEST)
            ended.set_result(await peer.expect(Type.GOAWAY))
            self.assertEqual(await peer.rest(), [])

        options = Options(crc32c="crc32c" in hello.features, grease=False)
        async with FakeServer(script) as server:
            host, port = server.address.split(":")
            kinds = {"GetUser": False, "ListUsers": True}
            connection = Connection(Role.QUERY, hello.methods, options, {}, lambda _: None)
            try:
                await connection.connect(host, int(port))
                for request in requests:
                    name = hello.methods[request["a"]]
                    await connection.begin(name, b"", (), math.inf, kinds[name.split("/")[1]])
                while connection.ended is None:
                    await asyncio.sleep(0.01)
                await connection.close()
            except TandemError:
                pass
            assert connection.ended is not None
            self.assertIn(connection.ended.reason, ("PROTOCOL_VIOLATION", "CHECKSUM"))
            # Timed: patience with what takes milliseconds; only what hangs takes that long.
            goaway = await asyncio.wait_for(ended, 5)
            self.assertEqual(goaway.flags & HARD, HARD)
            self.assertEqual(goaway.a, steps[-1]["violation"]["code"])
            self.assertIn(goaway.a, set(GoAwayCode))


if __name__ == "__main__":
    unittest.main()
