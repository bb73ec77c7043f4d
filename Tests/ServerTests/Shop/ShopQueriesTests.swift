import Foundation
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

    @Test func `orders are listed by the address that their user has now`() async throws {
        try await Shop.withShop { shop in
            var ids = [try await shop.placeOrder(user: 7).id]
            for _ in 1...2 {
                let order = NewOrder(
                    userID: 7, currency: "USD", lines: [.product(1, quantity: 1)])
                ids.append(try await shop.client.placeOrder(order).id)
            }
            func list(_ email: String) async throws -> [OrderID] {
                var found: [OrderID] = []
                for try await order in shop.client.orders(ofEmail: email, pageSize: 2) {
                    found.append(order.id)
                }
                return found
            }
            #expect(try await list("USER-7@example.org") == ids.reversed())
            _ = try await shop.client.changeUserEmail(7, to: "Ada@example.org")
            #expect(try await list("ada@example.org") == ids.reversed())
            #expect(try await list("user-7@example.org") == [])
        }
    }

    @Test func `a list of an address doesn't go on with the orders of another user`() async throws {
        try await Shop.withShop { shop in
            for user: UInt64 in [7, 8] {
                _ = try await shop.placeOrder(user: user)
                _ = try await shop.client.placeOrder(
                    NewOrder(
                        userID: UserID(rawValue: user), currency: "USD",
                        lines: [.product(1, quantity: 1)]))
            }
            func page(after cursor: PageCursor? = nil) async throws -> Page<Order> {
                try await shop.client.ordersPage(
                    ofEmail: "user-7@example.org", pageSize: 1, after: cursor)
            }
            let next = try #require(try await page().next)
            _ = try await shop.client.changeUserEmail(7, to: "ada@example.org")
            for _ in 1...2 {
                let error = await #expect(throws: TandemError.self) {
                    try await page(after: next)
                }
                #expect(error?.reason == "INVALID_CURSOR")
                // First it is nobody's address, and then another's.
                if try await shop.client.user(8).email == "user-7@example.org" { break }
                _ = try await shop.client.changeUserEmail(8, to: "user-7@example.org")
            }
            #expect(try await page().items.map(\.userID) == [8])
        }
    }

    @Test func `what was sold is added up by user, product and day, and outlives a restart`()
        async throws
    {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let day = Timestamp(microseconds: 20_000 * 86_400_000_000)
        try await Shop.withShop(in: folder) { shop in
            let client = shop.client
            _ = try await client.registerUser(NewUser(id: 1, email: "a@x", name: "A"))
            for id in [1, 2] as [ProductID] {
                _ = try await client.addProduct(
                    NewProduct(
                        id: id, name: "P", price: Money(minorUnits: 100, currency: "USD")))
            }
            for (hour, quantity) in [(0, 3), (23, 1), (24, 5)] as [(Int64, UInt32)] {
                _ = try await client.placeOrder(
                    NewOrder(
                        id: OrderID(rawValue: UInt64(hour + 1)), userID: 1, currency: "USD",
                        lines: [
                            .product(1, quantity: quantity),
                            .product(2, quantity: 1, priceMinorUnits: 999),
                        ],
                        createdAt: Timestamp(
                            microseconds: day.microseconds + hour * 3_600_000_000)))
            }
            _ = try await client.payOrder(24)
            _ = try await client.cancelOrder(25)
        }
        try await Shop.withShop(in: folder) { shop in
            let client = shop.client
            func usd(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: "USD") }
            let summary = try await client.summary(of: 1)
            #expect(summary.orderCount == 2 && summary.cancelledCount == 1)
            #expect(summary.spent == [usd(2_398)])
            #expect(summary.firstOrderAt == day)
            #expect(
                summary.lastOrderAt
                    == Timestamp(microseconds: day.microseconds + 86_400_000_000))
            let top = try await client.topProductsPage(byRevenueIn: "USD").items
            #expect(top.map(\.productID) == [2, 1])
            #expect(top.map(\.revenue) == [usd(1_998), usd(400)])
            #expect(try await client.topProductsPage().items.map(\.units) == [4, 2])
            #expect(try await client.salesPage(of: 1).items == [top[1]])
            let first = try await client.dailySalesPage(from: day, until: day).items
            #expect(first == [])
            let next = Timestamp(microseconds: day.microseconds + 1)
            let days = try await client.dailySalesPage(until: next).items
            #expect(days.map(\.status) == [.placed, .paid])
            #expect(days.map(\.total) == [usd(1_299), usd(1_099)])
            #expect(days.allSatisfy { $0.day == day && $0.orderCount == 1 })
            let cancelled = try await client.dailySalesPage(status: .cancelled, from: next).items
            #expect(cancelled.map(\.total) == [usd(1_499)])
            let error = await #expect(throws: TandemError.self) {
                try await client.summary(of: 2)
            }
            #expect(error?.code == .notFound)
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
