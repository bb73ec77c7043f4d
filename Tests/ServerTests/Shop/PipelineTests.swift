import OrdersClient
import TandemClient
import TandemCore
import Testing

/// Command port → transaction → feed → projector → documents → query port.
struct PipelineTests {
    @Test func `an order can be read as soon as its command is answered`() async throws {
        try await Shop.withShop { shop in
            let placed = try await shop.placeOrder()
            let order = try await shop.client.order(placed.id)
            #expect(order.total == Money(minorUnits: 1_000, currency: "USD"))
            #expect(order.userName == "User 1")
            #expect(order.items.map(\.name) == ["Tea"])
            let reached = try #require(placed.token)
            let reflected = try #require(order.token)
            #expect(reflected.epoch == reached.epoch)
            #expect(reflected.position >= reached.position)
        }
    }

    @Test func `a changed e-mail address reaches every order of its user and no other's`()
        async throws
    {
        try await Shop.withShop { shop in
            let mine = try await shop.placeOrder(user: 1)
            let other = try await shop.placeOrder(user: 2)
            _ = try await shop.client.changeUserEmail(1, to: "new@example.org")
            #expect(try await shop.client.order(mine.id).userEmail == "new@example.org")
            #expect(try await shop.client.order(other.id).userEmail == "user-2@example.org")
        }
    }

    @Test func `a command repeated with its key is answered from the store and happens once`()
        async throws
    {
        try await Shop.withShop { shop in
            let options = CallOptions(key: IdempotencyKey(bytes: [UInt8](0..<16)))
            let user = NewUser(email: "once@example.org", name: "Once")
            let first = try await shop.client.registerUser(user, options: options)
            let second = try await shop.client.registerUser(user, options: options)
            #expect(!first.isReplay)
            #expect(second.isReplay)
            #expect(second.id == first.id)
            #expect(second.token == first.token)
            #expect(try await shop.client.usersPage().items.count == 1)
        }
    }

    @Test func `pages lead through all of a user's orders, newest first, without a gap`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            for number in 1...24 {
                _ = try await shop.client.placeOrder(
                    NewOrder(
                        userID: 1, currency: "USD",
                        lines: [.other("Deposit", quantity: 1, priceMinorUnits: Int64(number))]))
            }
            var ids: [UInt64] = []
            for try await order in shop.client.orders(of: 1, pageSize: 7) {
                ids.append(order.id.rawValue)
            }
            #expect(ids == ids.sorted(by: >))
            #expect(Set(ids).count == 25)
        }
    }

    @Test func `a page larger than the connection's window arrives whole`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let name = String(repeating: "long ", count: 36)
            for number in 1...60 {
                _ = try await shop.client.placeOrder(
                    NewOrder(
                        userID: 1, currency: "USD",
                        lines: (0..<200).map {
                            .other(
                                "\(number) \($0) \(name)", quantity: 1,
                                priceMinorUnits: Int64($0))
                        }))
            }
            var count = 0
            for try await order in shop.client.orders(of: 1, pageSize: 1_000) {
                count += order.items.count
            }
            #expect(count == 60 * 200 + 1)
        }
    }
}
