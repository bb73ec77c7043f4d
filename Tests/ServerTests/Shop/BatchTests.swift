import OrdersClient
import OrdersMessages
import TandemClient
import TandemCore
import Testing
import Wire

/// Many orders in one call, each with a key and an outcome of its own.
struct BatchTests {
    private static func order(user: UInt64 = 1, quantity: UInt32 = 1) -> NewOrder {
        NewOrder(
            userID: UserID(rawValue: user), currency: "USD",
            lines: [.other("Bag", quantity: quantity, unitPriceMinorUnits: 10)])
    }

    private static func keys(_ range: Range<UInt64>) -> [IdempotencyKey] {
        range.map { IdempotencyKey(high: 1, low: $0) }
    }

    @Test func `a thousand orders are placed in one call, in their order`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let answer = try await shop.client.placeOrders(
                Array(repeating: Self.order(), count: 1_000))
            let ids = try answer.value.map { try $0.result.get().id.rawValue }
            #expect(ids == Array(2...1_001))
            #expect(!answer.value.contains { $0.isReplay })
            // The answer's token is that of the last, so that a query sees them all.
            let last = try await shop.client.order(OrderID(rawValue: 1_001))
            #expect(last.value.total.minorUnits == 10)
        }
    }

    @Test func `one that is turned down hinders no other`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let outcomes = try await shop.client.placeOrders([
                Self.order(), Self.order(user: 9), Self.order(quantity: .max), Self.order(),
            ]).value
            #expect(outcomes.map { $0.result.rejection?.reason } == [
                nil, "UNKNOWN_USER", "QUANTITY_OUT_OF_RANGE", nil,
            ])
            // What the state was against is kept under its key; what the request was is not.
            #expect(outcomes.map(\.isNotProcessed) == [false, false, true, false])
            #expect(outcomes.map(\.retryAfter) == [nil, nil, nil, nil])
        }
    }

    @Test func `the same call again places nothing twice`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let orders = [Self.order(), Self.order(user: 9), Self.order()]
            let first = try await shop.client.placeOrders(orders)
            let again = try await shop.client.placeOrders(
                orders, options: CallOptions(key: first.key))
            #expect(again.value.map(\.result) == first.value.map(\.result))
            #expect(again.value.allSatisfy { $0.isReplay })
            #expect(again.token == first.token)
        }
    }

    @Test func `a part's own key is the one that it would have alone`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let keys = Self.keys(0..<3)
            let placed = try await shop.client.placeOrder(
                Self.order(), options: CallOptions(key: keys[0]))
            let outcomes = try await shop.client.placeOrders(
                [Self.order(), Self.order(), Self.order()], keys: keys
            ).value
            #expect(outcomes[0].isReplay)
            #expect(try outcomes[0].result.get() == placed.value)
            // Elsewhere in another call it is still the same.
            let turned = try await shop.client.placeOrders(
                [Self.order(), Self.order()], keys: [keys[2], keys[1]]
            ).value
            #expect(turned.map(\.result) == [outcomes[2].result, outcomes[1].result])
            let other = try await shop.client.placeOrders(
                [Self.order(quantity: 2)], keys: [keys[1]]
            ).value
            #expect(other[0].result.rejection?.reason == "KEY_REUSED")
        }
    }

    @Test func `a key that stands twice in a call is one order`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let key = Self.keys(0..<1)[0]
            let outcomes = try await shop.client.placeOrders(
                [Self.order(), Self.order()], keys: [key, key]
            ).value
            #expect(outcomes.map(\.isReplay) == [false, true])
            #expect(outcomes[0].result == outcomes[1].result)
        }
    }

    @Test func `none, too many, and keys of another length are refused as a whole`() async throws {
        try await Shop.withShop { shop in
            var part = Tandem_Orders_V1_PlaceOrdersRequest.Part()
            part.request = .with { $0.userID = 1 }
            var odd = part
            odd.idempotencyKey = .init([1, 2, 3])
            let cases = [
                ([], "NO_PARTS"), (Array(repeating: part, count: 1_001), "TOO_MANY_PARTS"),
                ([part, odd], "INVALID_KEY"),
            ]
            for (parts, reason) in cases {
                let error = await #expect(throws: TandemError.self) {
                    try await shop.client.send(Orders.placeOrders, .with { $0.parts = parts })
                }
                #expect(error?.reason == reason)
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test func `a part has the limits that it would have alone`() async throws {
        var limits = WireLimits()
        limits.requestElementCountMax = 256
        try await Shop.withShop(limits: limits) { shop in
            _ = try await shop.placeOrder()
            var large = Self.order()
            large.lines = Array(repeating: large.lines[0], count: 100)
            var long = Self.order()
            long.lines = [.other("x", quantity: 1, unitPriceMinorUnits: 1)]
            long.lines[0].description = String(repeating: "x", count: 300 << 10)
            let outcomes = try await shop.client.placeOrders(
                [large, long] + Array(repeating: Self.order(), count: 200)
            ).value
            #expect(outcomes[0].result.rejection?.reason == "REQUEST_TOO_COMPLEX")
            #expect(outcomes[1].result.rejection?.reason == "REQUEST_TOO_LARGE")
            #expect(outcomes.dropFirst(2).allSatisfy { $0.result.rejection == nil })
        }
    }

    @Test func `a queue that is shorter than the batch holds it up, and refuses nothing`()
        async throws
    {
        try await Shop.withShop(queueCountMax: 8) { shop in
            _ = try await shop.placeOrder()
            let outcomes = try await shop.client.placeOrders(
                Array(repeating: Self.order(), count: 300)
            ).value
            #expect(outcomes.allSatisfy { $0.result.rejection == nil })
        }
    }

    @Test func `a call that was given up is completed by its repeat, and nothing happens twice`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let orders = Array(repeating: Self.order(), count: 1_000)
            let key = IdempotencyKey.fresh()
            // However far it came.
            _ = try? await shop.client.placeOrders(
                orders, options: CallOptions(timeout: .milliseconds(20), key: key))
            let outcomes = try await shop.client.placeOrders(
                orders, options: CallOptions(timeout: .seconds(60), key: key)
            ).value
            #expect(Set(try outcomes.map { try $0.result.get().id }).count == 1_000)
            let next = try await shop.client.placeOrder(Self.order())
            #expect(next.value.id.rawValue == 1_002)
        }
    }

    @Test func `parts count as commands in an address's rate`() async throws {
        var limits = WireLimits()
        // However slow the machine: all of them would take minutes.
        limits.commandsPerSecondPerAddressMax = 5
        try await Shop.withShop(limits: limits) { shop in
            _ = try await shop.placeOrder()
            let outcomes = try await shop.client.placeOrders(
                Array(repeating: Self.order(), count: 1_000)
            ).value
            let placed = outcomes.prefix { $0.result.rejection == nil }
            // A second's worth at once, and what came to be allowed meanwhile.
            #expect(placed.count >= 1 && placed.count < 1_000)
            let refused = outcomes.dropFirst(placed.count)
            #expect(refused.allSatisfy { $0.result.rejection?.reason == "RATE_LIMITED" })
            #expect(refused.allSatisfy { $0.isNotProcessed && $0.retryAfter != nil })
        }
    }
}

extension Result where Failure == Rejection {
    fileprivate var rejection: Rejection? {
        if case .failure(let rejection) = self { rejection } else { nil }
    }
}
