import Foundation
import NIOCore
import OrdersClient
import OrdersMessages
import SwiftProtobuf
import Synchronization
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport
import WireMessages

@Suite(.takingTurns) struct TandemClientTests {
    private static let userReply: [UInt8] = bytes(
        Tandem_Orders_V1_UserReply.with { $0.userID = 7 })
    private static let order: [UInt8] = bytes(Tandem_Orders_V1_Order.with { $0.orderID = 5 })

    private func client(_ server: FakeServer) -> TandemClient {
        TandemClient(configuration: .quick, dialer: server)
    }

    @Test func `nothing is connected until something is asked`() async throws {
        let server = FakeServer { _ in .answer(.reply(Self.order, position: 1)) }
        let client = client(server)
        #expect(server.dialCount == 0)
        _ = try await client.order(5)
        #expect(server.dialCount == 1)
    }

    @Test func `calls of many tasks share one connection`() async throws {
        let server = FakeServer { _ in .answer(.reply(Self.order, position: 1)) }
        let client = client(server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = try await client.order(5) } }
            try await group.waitForAll()
        }
        #expect(server.dialCount == 1)
        #expect(server.received.count == 100)
    }

    @Test func `a query demands what the session's command reached`() async throws {
        let server = FakeServer { received in
            received.port == .command
                ? .answer(.reply(Self.userReply, position: 9))
                : .answer(.reply(Self.order, position: 11))
        }
        let client = client(server)
        _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        _ = try await client.order(5)
        _ = try await client.order(5)
        let demands = server.received.map { $0.call.atLeast?.position.rawValue }
        #expect(demands == [nil, 9, 11])
    }

    @Test func `another session of the same client demands nothing of the first`() async throws {
        let server = FakeServer { _ in .answer(.reply(Self.order, position: 11)) }
        let client = client(server)
        _ = try await client.order(5)
        _ = try await client.session().order(5)
        let token = try #require(client.token)
        _ = try await client.session(from: token).order(5)
        #expect(server.received.map { $0.call.atLeast } == [nil, nil, token])
        #expect(server.dialCount == 1)
    }

    @Test func `a session forgets its position when the log is another one`() async throws {
        let server = FakeServer { received in
            guard received.call.atLeast != nil else {
                return .answer(.reply(Self.order, position: 11))
            }
            return .fail(
                CallFailure(
                    .failedPrecondition, reason: "EPOCH_CHANGED", message: "",
                    isNotProcessed: true, retryAfter: .never))
        }
        let client = client(server)
        _ = try await client.order(5)
        await #expect(throws: TandemError.self) { _ = try await client.order(5) }
        _ = try await client.order(5)
        #expect(server.received.map { $0.call.atLeast == nil } == [true, false, true])
    }

    @Test func `a command is not sent again when its answer may be forgotten`() async throws {
        let server = FakeServer(keyRetention: .milliseconds(50)) { _ in
            .fail(
                CallFailure(
                    .unavailable, reason: "BUSY", message: "", isNotProcessed: false,
                    retryAfter: .after(milliseconds: 60)))
        }
        let client = client(server)
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.retry == .onlyWithSameKey)
        #expect(error?.isNotProcessed == false)
        #expect(server.received.count == 1)
    }

    @Test func `a command is not sent over a connection that comes when its key is too old`()
        async throws
    {
        // The first connection is lost with the command on it; the next takes longer than the key.
        let server = FakeServer(keyRetention: .milliseconds(60), waitAfterEnd: .milliseconds(150)) {
            $0.number == 1 ? .loseConnection : .answer(.reply(position: 1))
        }
        let client = client(server)
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.retry == .onlyWithSameKey)
        #expect(server.received.count == 1)
    }

    @Test func `what a call's options say goes with the request`() async throws {
        let server = FakeServer { _ in .answer(.reply(position: 1)) }
        let client = client(server)
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
        let client = client(server)
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
        let client = client(server)
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

    @Test func `a command is sent once if the server doesn't say that it keeps the key`()
        async throws
    {
        let server = FakeServer(commandRetryPolicy: .never) { _ in .loseConnection }
        let client = client(server)
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.code == .unavailable)
        #expect(server.received.count == 1)
    }

    @Test func `a session's position never goes down, and follows the log to a new epoch`() {
        func token(_ epoch: UInt64, _ position: UInt64) -> ConsistencyToken {
            ConsistencyToken(
                epoch: LogEpoch(rawValue: epoch), position: LogPosition(rawValue: position))
        }
        let session = SessionToken(nil)
        session.observe(token(1, 10))
        session.observe(token(1, 4))
        session.observe(nil)
        #expect(session.current == token(1, 10))
        #expect(session.demand(with: token(1, 3)) == token(1, 10))
        #expect(session.demand(with: token(1, 30)) == token(1, 30))
        #expect(session.demand(with: token(2, 1)) == token(2, 1))
        session.observe(token(2, 1))
        #expect(session.current == token(2, 1))
        // What is told of a log that is gone takes away nothing of the new one.
        session.forget(LogEpoch(rawValue: 1))
        #expect(session.current == token(2, 1))
        session.forget(LogEpoch(rawValue: 2))
        #expect(session.current == nil)
    }

    @Test func `a command whose answer is lost is sent again with the same key`() async throws {
        let server = FakeServer { received in
            received.number < 4
                ? .loseConnection : .answer(.reply(Self.userReply, position: 1, isReplay: true))
        }
        let answer = try await client(server).registerUser(NewUser(email: "a@b", name: "A"))
        #expect(answer.id == 7)
        #expect(answer.isReplay)
        let keys = server.received.compactMap(\.call.key)
        #expect(keys.count == 4)
        #expect(Set(keys).count == 1)
    }

    @Test func `each command has a key of its own, of UUID version 7`() async throws {
        let server = FakeServer { _ in .answer(.reply(Self.userReply, position: 1)) }
        let client = client(server)
        for _ in 0..<50 { _ = try await client.registerUser(NewUser(email: "a@b", name: "A")) }
        let keys = server.received.compactMap { $0.call.key?.description }
        #expect(Set(keys).count == 50)
        #expect(keys.allSatisfy { Array($0)[12] == "7" && "89ab".contains(Array($0)[16]) })
    }

    @Test func `a rejection is thrown at once, with its facts and its advice`() async throws {
        let server = FakeServer { _ in
            .fail(
                CallFailure(
                    .notFound, reason: "UNKNOWN_PRODUCT", message: "no product 42",
                    metadata: ["product_id": "42"], isNotProcessed: false))
        }
        let error = await #expect(throws: TandemError.self) {
            _ = try await client(server).payOrder(3)
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
            .answer(.reply(Self.order, position: 1))
        }
        #expect(try await client(server).order(5).id == 5)
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
        let client = client(server)
        await client.close()
        let error = await #expect(throws: TandemError.self) { _ = try await client.order(5) }
        #expect(error?.reason == "CLIENT_CLOSED")
        #expect(server.dialCount == 0)
    }

    @Test func `an answer that is no such message is an error, not a trap`() async {
        let server = FakeServer { _ in .answer(.reply([0xFF, 0xFF, 0xFF], position: 1)) }
        let error = await #expect(throws: TandemError.self) {
            _ = try await client(server).order(5)
        }
        #expect(error?.reason == "UNREADABLE_ANSWER")
    }

    @Test func `a list is read page by page, empty pages included`() async throws {
        let server = FakeServer { received in
            let pages: [([UInt64], String)] = [([9, 8], "a"), ([], "b"), ([7], "")]
            let (ids, cursor) = pages[received.number - 1]
            let end = Tandem_Control_V1_StreamEnd.with { $0.nextCursor = .init(cursor.utf8) }
            return .answer(
                .reply(bytes(end), position: 1),
                items: ids.map { id in
                    ByteBuffer(bytes: bytes(Tandem_Orders_V1_Order.with { $0.orderID = id }))
                })
        }
        var ids: [OrderID] = []
        for try await order in client(server).orders(of: 1) { ids.append(order.id) }
        #expect(ids == [9, 8, 7])
        let cursors = try server.received.map {
            try Tandem_Orders_V1_ListUserOrdersRequest(
                serializedBytes: [UInt8]($0.call.body.readableBytesView)
            ).cursor
        }
        #expect(cursors.map { String(decoding: $0, as: UTF8.self) } == ["", "a", "b"])
    }

    @Test func `a filter of orders asks for what one index has`() async throws {
        let server = FakeServer { _ in
            .answer(.reply(bytes(Tandem_Control_V1_StreamEnd()), position: 1))
        }
        let client = client(server)
        let filters: [OrderFilter] = [
            .all, .created(status: .paid, from: Timestamp(microseconds: 2)),
            .created(until: Timestamp(microseconds: 0)), .total(from: 5, until: 6),
            .total(until: 0), .total(),
        ]
        for filter in filters {
            _ = try await client.ordersPage(filter, ascending: true, pageSize: 3)
        }
        typealias Request = Tandem_Orders_V1_ListOrdersRequest
        let asked = try server.received.map {
            try Request(serializedBytes: [UInt8]($0.call.body.readableBytesView))
        }
        let expected: [(inout Request) -> Void] = [
            { _ in },
            {
                $0.status = .paid
                $0.fromCreatedAtUs = 2
            },
            { $0.endCreatedAtUs = 0 },
            {
                $0.fromTotalMinor = 5
                $0.endTotalMinor = 6
            },
            {
                $0.fromTotalMinor = .min
                $0.endTotalMinor = 0
            },
            { $0.fromTotalMinor = .min },
        ]
        #expect(
            asked
                == expected.map { fill in
                    .with {
                        fill(&$0)
                        $0.ascending = true
                        $0.pageSize = 3
                    }
                })
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

private func bytes(_ message: some Message) -> [UInt8] {
    (try? message.serializedBytes()) ?? []
}
