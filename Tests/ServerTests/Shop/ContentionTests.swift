import OrdersClient
import ReadServer
import TandemClient
import TandemCore
import Testing
import WriteServer

/// Many clients, each with connections of its own, that want the same thing at the same time.
struct ContentionTests {
    /// Runs `body` with so many clients at once, and answers what each made of it.
    private func together<Outcome: Sendable>(
        _ count: Int, _ shop: Shop,
        _ body: @escaping @Sendable (TandemClient) async throws -> Outcome
    ) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let client = TandemClient(
                        configuration: Shop.configuration(
                            command: shop.write.commandAddress, query: shop.read.queryAddress))
                    do {
                        let outcome = try await body(client)
                        await client.close()
                        return outcome
                    } catch {
                        await client.close()
                        throw error
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `a hundred clients with one key get one order, and equal answers`() async throws {
        try await Shop.withShop { shop in
            let order = try await shop.placeOrder()
            let key = IdempotencyKey(high: 7, low: 7)
            let answers = try await together(100, shop) { client in
                let answer = try await client.addItem(
                    .other("Bag", quantity: 1, unitPriceMinorUnits: 10), to: order.id,
                    options: CallOptions(key: key))
                return (answer.value, answer.isReplay)
            }
            #expect(Set(answers.map(\.0)).count == 1)
            #expect(answers.count { !$0.1 } == 1)
            let seen = try await shop.client.order(order.id)
            #expect(seen.items.count == 2)
            #expect(seen.version == 2)
        }
    }

    @Test func `sixty-four clients buy a product's last thousand units, and not one more`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let product = try await shop.client.addProduct(
                NewProduct(
                    name: "Print", price: Money(minorUnits: 1, currency: "USD"), stock: 1_000)
            ).id
            let sold = try await together(64, shop) { client in
                var units: Int64 = 0
                // Of 25 each, 64 would have 1,600.
                for round in 0..<7 {
                    do {
                        _ = try await client.placeOrder(
                            NewOrder(
                                userID: 1, currency: "USD",
                                lines: [.product(product, quantity: round == 0 ? 1 : 4)]))
                        units += round == 0 ? 1 : 4
                    } catch let error as TandemError where error.reason == "OUT_OF_STOCK" {
                        continue
                    }
                }
                return units
            }
            let left = try #require(try await shop.client.product(product).stock)
            #expect(sold.reduce(0, +) + left == 1_000)
            // Less than the smallest order that was turned down.
            #expect(left < 4)
        }
    }

    @Test func `thirty-two clients change one order, and none undoes what another did`()
        async throws
    {
        try await Shop.withShop { shop in
            let order = try await shop.placeOrder()
            let conflicts = try await together(32, shop) { client in
                var conflictCount = 0
                var version: UInt64 = 1
                while true {
                    do {
                        _ = try await client.addItem(
                            .other("Bag", quantity: 1, unitPriceMinorUnits: 10), to: order.id,
                            expectedVersion: version)
                        return conflictCount
                    } catch let error as TandemError where error.reason == "VERSION_CONFLICT" {
                        conflictCount += 1
                        version = error.metadata["actual_version"].flatMap { UInt64($0) } ?? 0
                    }
                }
            }
            let seen = try await shop.client.order(order.id)
            #expect(seen.version == 33)
            #expect(seen.items.map(\.number) == Array(1...33))
            #expect(seen.total.minorUnits == 1_000 + 32 * 10)
            // Not vacuous: all but one began from what another had changed.
            #expect(conflicts.count { $0 > 0 } >= 31)
        }
    }
}
