import NIOCore
import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemClient
import TandemCore
import Testing
import Transport
import Wire
import WriteServer

/// The answer kept under a key, told from a new one by its REPLAYED flag: ids and positions may
/// agree by accident.
struct StoredAnswerTests {
    private static let register = 0
    private static let pay = 1

    private let key = IdempotencyKey(bytes: [UInt8](16..<32))

    private func connect(to shop: Shop) async throws(CallFailure) -> ClientConnection {
        let address = shop.write.commandAddress
        return try await ClientConnection.connect(
            host: address.host, port: address.port,
            configuration: ClientConfiguration(
                role: .command,
                methods: [
                    "tandem.orders.v1.OrderCommands/RegisterUser",
                    "tandem.orders.v1.OrderCommands/PayOrder",
                ], clientName: "test"),
            group: Shop.group)
    }

    private func call(
        _ method: Int, _ request: some Message, key: IdempotencyKey? = nil
    ) throws -> OutboundCall {
        OutboundCall(
            method: method, body: ByteBuffer(bytes: try request.serializedBytes() as [UInt8]),
            key: key ?? self.key)
    }

    @Test func `a key's stored answer is flagged REPLAYED on every connection but the first`()
        async throws
    {
        try await Shop.withShop { shop in
            let request = try call(
                Self.register,
                Tandem_Orders_V1_RegisterUserRequest.with {
                    $0.userID = 7
                    $0.email = "seven@example.org"
                    $0.name = "Seven"
                })
            let first = try await connect(to: shop)
            let second = try await connect(to: shop)
            let answer = try await first.call(request)
            // The log goes on: what is stored keeps its position.
            _ = try await shop.placeOrder()
            let again = try await second.call(request)
            await first.close()
            let third = try await connect(to: shop)
            let late = try await third.call(request)
            #expect([answer, again, late].map(\.isReplay) == [false, true, true])
            #expect(again.body == answer.body && late.body == answer.body)
            #expect(again.token == answer.token && late.token == answer.token)
            for connection in [second, third] { await connection.close() }
        }
    }

    @Test func `a key that says it is older than answers are kept is refused`() async throws {
        try await Shop.withShop { shop in
            let connection = try await connect(to: shop)
            // A UUID version 7 of the first second of 1970.
            let old = IdempotencyKey(high: 1_000 << 16 | 0x7000, low: 1 << 63)
            let request = try call(
                Self.register,
                Tandem_Orders_V1_RegisterUserRequest.with {
                    $0.email = "late@example.org"
                    $0.name = "Late"
                }, key: old)
            let failure = await #expect(throws: CallFailure.self) {
                _ = try await connection.call(request)
            }
            #expect(failure?.reason == "KEY_EXPIRED")
            #expect(failure?.isNotProcessed == true)
            #expect(try await shop.client.usersPage().items.isEmpty)
            await connection.close()
        }
    }

    @Test func `what the request alone can tell is refused at once, and nothing is kept`()
        async throws
    {
        try await Shop.withShop { shop in
            let connection = try await connect(to: shop)
            let wrong = try call(
                Self.register,
                Tandem_Orders_V1_RegisterUserRequest.with {
                    $0.email = "no address"
                    $0.name = "Nobody"
                })
            for _ in 0..<2 {
                let failure = await #expect(throws: CallFailure.self) {
                    _ = try await connection.call(wrong)
                }
                #expect(failure?.reason == "INVALID_EMAIL")
                #expect(failure?.isNotProcessed == true)
                #expect(failure?.isReplay == false)
                #expect(failure?.token == nil, "the writer has not seen it")
            }
            // The key is as good as new.
            let right = try call(
                Self.register,
                Tandem_Orders_V1_RegisterUserRequest.with {
                    $0.email = "somebody@example.org"
                    $0.name = "Somebody"
                })
            #expect(try await connection.call(right).isReplay == false)
            await connection.close()
        }
    }

    @Test func `an address that sends faster than it may is told when to come back`() async throws {
        var limits = WireLimits()
        limits.commandsPerSecondPerAddressMax = 1
        try await Shop.withShop(limits: limits) { shop in
            let connection = try await connect(to: shop)
            let request = try call(
                Self.pay, Tandem_Orders_V1_PayOrderRequest.with { $0.orderID = 404 })
            var limited: CallFailure?
            // The second one, unless the machine takes a second for it.
            for _ in 0..<50 where limited?.reason != "RATE_LIMITED" {
                limited = await #expect(throws: CallFailure.self) {
                    _ = try await connection.call(request)
                }
            }
            #expect(limited?.reason == "RATE_LIMITED")
            #expect(limited?.code == .resourceExhausted)
            #expect(limited?.isNotProcessed == true)
            guard case .after(let milliseconds)? = limited?.retryAfter else {
                Issue.record("it isn't told when to come back")
                return
            }
            #expect((1...1_000).contains(milliseconds))
            await connection.close()
        }
    }

    @Test func `a key's stored rejection is flagged REPLAYED on another connection`()
        async throws
    {
        try await Shop.withShop { shop in
            let request = try call(
                Self.pay, Tandem_Orders_V1_PayOrderRequest.with { $0.orderID = 404 })
            var failures: [CallFailure?] = []
            for _ in 0..<2 {
                let connection = try await connect(to: shop)
                failures.append(
                    await #expect(throws: CallFailure.self) {
                        _ = try await connection.call(request)
                    })
                await connection.close()
            }
            #expect(failures.map { $0?.isReplay } == [false, true])
            #expect(failures.map { $0?.code } == [.notFound, .notFound])
        }
    }
}
