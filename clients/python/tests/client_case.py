"""What the tests of TandemClient have in common."""

from __future__ import annotations

import unittest

from tandem_client import Options, Repeat, RetryPolicy, Role, TandemClient, TandemError
from tandem_client.proto.control.v1 import control_pb2 as control
from tandem_client.proto.orders.v1 import orders_pb2 as orders
from tandem_client.wire import HARD, NOT_PROCESSED, Frame, Type

from .fake_server import KEYED, FakeServer, Peer, Script

GET, LIST = "tandem.orders.v1.OrderQueries/GetUser", "tandem.orders.v1.OrderQueries/ListUsers"
REGISTER = "tandem.orders.v1.OrderCommands/RegisterUser"
OPTIONS = Options(grease=False, retry=RetryPolicy(attempts_max=5, backoff_ms_min=2,
                                                  backoff_ms_max=20), deadline_grace=0.1)


def entry(frame: Frame, tag: int) -> bytes | None:
    return dict(frame.entries).get(tag)


def user(number: int) -> bytes:
    return orders.User(user_id=number).SerializeToString()


class ClientCase(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.requests: list[Frame] = []

    def answering(self, *steps: str, idempotency: control.MethodInfo.Idempotency = KEYED) -> Script:
        """For each REQUEST of a connection one step: what becomes of it."""
        async def script(peer: Peer) -> None:
            await peer.greet(idempotency=idempotency)
            for step in steps:
                request = await peer.expect(Type.REQUEST)
                self.requests.append(request)
                match step:
                    case "answer":
                        peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
                    case "lose":
                        return
                    case "busy":
                        peer.error(request.stream, 14, "BUSY", retry_after_ms=30)
                    case "untouched":
                        peer.error(request.stream, 14, "BUSY", flags=NOT_PROCESSED)
                    case "hard":
                        peer.go_away(flags=HARD, stream=request.stream - 1)
                        return
                    case "soft":
                        peer.go_away(stream=request.stream)
                        peer.send(Type.RESPONSE, stream=request.stream, body=user(1))
            await peer.rest()
        return script

    async def register(self, server: FakeServer, key: bytes | None = None) -> orders.UserReply:
        async with TandemClient(command=server.address, options=OPTIONS) as client:
            return await client.command(REGISTER, orders.RegisterUserRequest(name="Ada"),
                                        orders.UserReply, key=key)

    async def call(self, repeat: Repeat, *scripts: Script) -> TandemError | None:
        async with FakeServer(*scripts) as server:
            async with TandemClient(command=server.address, options=OPTIONS) as client:
                try:
                    await client.call(Role.COMMAND, REGISTER, b"", repeat=repeat,
                                      key=b"k" * 16 if repeat is Repeat.KEYED else None)
                except TandemError as error:
                    return error
        return None
