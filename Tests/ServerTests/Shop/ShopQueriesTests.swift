import OrdersClient
import TandemClient
import TandemCore
import Testing

/// The shop's questions, asked of servers by its client.
struct ShopQueriesTests {
    @Test func `a user is found by the address that they have now`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder(user: 7)
            #expect(try await shop.client.user(email: "USER-7@example.org").id == 7)
            _ = try await shop.client.changeUserEmail(7, to: "Ada@example.org")
            #expect(try await shop.client.user(email: "ada@EXAMPLE.org").email == "Ada@example.org")
            let error = await #expect(throws: TandemError.self) {
                try await shop.client.user(email: "user-7@example.org")
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `orders are listed by time, by status and by total`() async throws {
        try await Shop.withShop { shop in
            var ids: [OrderID] = []
            for user: UInt64 in 1...3 { ids.append(try await shop.placeOrder(user: user).id) }
            _ = try await shop.client.payOrder(ids[1])
            func list(_ filter: OrderFilter, ascending: Bool = false) async throws -> [OrderID] {
                var found: [OrderID] = []
                for try await order in shop.client.orders(
                    filter, ascending: ascending, pageSize: 2)
                {
                    found.append(order.id)
                }
                return found
            }
            #expect(try await list(.all) == ids.reversed())
            #expect(try await list(.all, ascending: true) == ids)
            #expect(try await list(.created(status: .paid)) == [ids[1]])
            #expect(try await list(.created(until: Timestamp(microseconds: 0))) == [])
            #expect(try await list(.total(from: 1_000, until: 1_001), ascending: true) == ids)
            #expect(try await list(.total(from: 1_001)) == [])
            let found = try await shop.client.orders([ids[2], 99, ids[0]]).value
            #expect(found.map(\.id) == [ids[2], ids[0]])
        }
    }

    @Test func `products are listed by the beginning of their names`() async throws {
        try await Shop.withShop { shop in
            for name in ["Tea, green", "Coffee", "Tea, black"] {
                _ = try await shop.client.addProduct(
                    NewProduct(name: name, price: Money(minorUnits: 1, currency: "USD")))
            }
            var names: [String] = []
            for try await product in shop.client.products(nameStart: "Tea", pageSize: 1) {
                names.append(product.name)
            }
            #expect(names == ["Tea, black", "Tea, green"])
        }
    }

    @Test func `more orders than an answer holds are refused as a whole`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let lines = (1...100).map { _ in
                // Of chance, so that it is as long on the wire.
                let text = (1...12).map { _ in
                    String(UInt64.random(in: 0...UInt64.max), radix: 36)
                }
                return NewOrder.Line.other(text.joined(), quantity: 1, priceMinorUnits: 1)
            }
            let order = try await shop.client.placeOrder(
                NewOrder(userID: 1, currency: "USD", lines: lines))
            func ask(_ count: Int) async throws -> Int {
                let ids = [OrderID](repeating: order.id, count: count)
                return try await shop.client.orders(ids).value.count
            }
            #expect(try await ask(20) == 20)
            let error = await #expect(throws: TandemError.self) { try await ask(1_000) }
            #expect(error?.code == .resourceExhausted)
            #expect(error?.reason == "ANSWER_TOO_LARGE")
            #expect(error?.retry == .never)
        }
    }
}
