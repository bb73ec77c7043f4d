import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport

@Suite(.takingTurns) struct TandemClientTests {
    @Test func `nothing is connected until something is asked`() async throws {
        let server = FakeServer { _ in .answer(.reply(FakeAnswer.order, position: 1)) }
        let client = server.client()
        #expect(server.dialCount == 0)
        _ = try await client.order(5)
        #expect(server.dialCount == 1)
    }

    @Test func `calls of many tasks share one connection`() async throws {
        let server = FakeServer { _ in .answer(.reply(FakeAnswer.order, position: 1)) }
        let client = server.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = try await client.order(5) } }
            try await group.waitForAll()
        }
        #expect(server.dialCount == 1)
        #expect(server.received.count == 100)
    }

    @Test func `what a call's options say goes with the request`() async throws {
        let server = FakeServer { _ in .answer(.reply(position: 1)) }
        let client = server.client()
        let context = CallContext(
            traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            custom: [CustomEntry(name: "tenant", value: .text("north"))])
        let options = CallOptions(maxStaleness: .milliseconds(700), context: context)
        _ = try? await client.order(5, options: options)
        _ = try? await client.payOrder(5, options: options)
        let ages = server.received.map(\.call.maxStaleness)
        #expect(ages == [.milliseconds(700), .milliseconds(700)])
        #expect(server.received.map(\.call.context) == [context, context])
    }

    @Test func `a server that asks for a wait as it ends a connection is left alone for it`()
        async throws
    {
        let server = FakeServer(waitAfterEnd: .milliseconds(150)) {
            $0.number == 1 ? .loseConnection : .answer(.reply(position: 1))
        }
        let client = server.client()
        let start = ContinuousClock.now
        _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        // Timed: a lower bound, counted from before the call; two threads' clocks differ a little.
        #expect(ContinuousClock.now - start >= .milliseconds(149))
        #expect(server.dialCount == 2)
    }

    @Test func `a call whose caller gave up between two attempts is not made again`() async throws {
        let server = FakeServer { _ in
            .fail(
                CallFailure(
                    .unavailable, reason: "BUSY", message: "", isNotProcessed: true,
                    retryAfter: .after(milliseconds: 5_000)))
        }
        let client = server.client()
        let call = Task { try await client.registerUser(NewUser(email: "a@b", name: "A")) }
        while server.received.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(20))
        call.cancel()
        let error = await #expect(throws: TandemError.self) { _ = try await call.value }
        #expect(error?.code == .cancelled)
        #expect(error?.isNotProcessed == true)
        #expect(error?.retry == .later(nil))
        #expect(server.received.count == 1)
    }

    @Test func `a rejection is thrown at once, with its facts and its advice`() async throws {
        let server = FakeServer { _ in
            .fail(
                CallFailure(
                    .notFound, reason: "UNKNOWN_PRODUCT", message: "no product 42",
                    metadata: ["product_id": "42"], isNotProcessed: false))
        }
        let error = await #expect(throws: TandemError.self) {
            _ = try await server.client().payOrder(3)
        }
        #expect(error?.code == .notFound)
        #expect(error?.reason == "UNKNOWN_PRODUCT")
        #expect(error?.metadata == ["product_id": "42"])
        #expect(error?.retry == .never)
        #expect(error?.isUnreachable == false)
        #expect(server.received.count == 1)
    }

    @Test func `a refused connection is tried again until it stands`() async throws {
        let server = FakeServer(refusedDialCount: 3) { _ in
            .answer(.reply(FakeAnswer.order, position: 1))
        }
        #expect(try await server.client().order(5).id == 5)
        #expect(server.dialCount == 4)
    }

    @Test func `an unreachable server is reported with its address once patience ends`() async {
        let server = FakeServer(refusedDialCount: .max) { _ in .silence }
        var configuration = TandemConfiguration.quick
        configuration.connectPatience = .milliseconds(30)
        let client = TandemClient(configuration: configuration, dialer: server)
        let error = await #expect(throws: TandemError.self) { _ = try await client.order(5) }
        #expect(error?.code == .unavailable)
        #expect(error?.metadata["address"] == "127.0.0.1:7402")
        #expect(error?.retry == .later(nil))
        #expect(error?.isUnreachable == true)
    }

    @Test func `a closed client says so`() async {
        let server = FakeServer { _ in .silence }
        let client = server.client()
        await client.close()
        let error = await #expect(throws: TandemError.self) { _ = try await client.order(5) }
        #expect(error?.reason == "CLIENT_CLOSED")
        #expect(server.dialCount == 0)
    }

    @Test func `an answer that is no such message is an error, not a trap`() async {
        let server = FakeServer { _ in .answer(.reply([0xFF, 0xFF, 0xFF], position: 1)) }
        let error = await #expect(throws: TandemError.self) {
            _ = try await server.client().order(5)
        }
        #expect(error?.reason == "UNREADABLE_ANSWER")
    }

    @Test func `methods are numbered by port, and both ports have Status`() throws {
        let methods = CallMethods(Orders.methods)
        let commands = methods.names(on: .command)
        let queries = methods.names(on: .query)
        #expect(commands.count + queries.count == Orders.methods.count + 2)
        #expect(commands.last == CallMethods.status && queries.last == CallMethods.status)
        #expect(commands.firstIndex(of: Orders.placeOrder.name) == 7)
        #expect(try methods.number(of: Orders.placeOrder.name, on: .command) == 7)
    }

    @Test func `a method that the client was not made with is refused without a call`() async {
        let server = FakeServer { _ in .silence }
        let client = TandemClient(CallMethods([]), configuration: .quick, dialer: server)
        let error = await #expect(throws: TandemError.self) {
            try await client.ask(Orders.getOrder, .init())
        }
        #expect(error?.reason == "UNLISTED_METHOD")
        #expect(server.received.isEmpty)
    }
}
