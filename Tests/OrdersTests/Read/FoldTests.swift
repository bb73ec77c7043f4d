import DocumentStore
import OrdersMessages
import SwiftProtobuf
import TestSupport
import Testing

struct FoldTests {
    @Test(arguments: [1, 7, 512])
    func `the documents are the fold of the log, whatever the batches`(
        eventCountMax: Int
    ) throws {
        for seed in [1, 20_170_101] as [UInt64] {
            let side = ReadSide()
            try RandomHistory.tell(eventCount: 2_500, seed: seed, to: side)
            while Int(side.store.position.rawValue) < side.log.count {
                try side.catchUp(eventCountMax: eventCountMax, until: 800)
                try side.restart()
            }
            let expected = try FoldedLog(side.log)
            #expect(expected.orders.count > 500, "seed \(seed)")
            try expectEqual(side, expected, "seed \(seed), batches of \(eventCountMax)")
        }
    }

    private func expectEqual(_ side: ReadSide, _ expected: FoldedLog, _ comment: Comment) throws {
        for (id, order) in expected.orders { #expect(try side.order(id) == order, comment) }
        for (id, user) in expected.users { #expect(try side.user(id) == user, comment) }
        for (id, product) in expected.products {
            #expect(try side.product(id) == product, comment)
        }
        #expect(
            side.store.statistics().map(\.documentCount)
                == [
                    expected.orders.count, expected.users.count, expected.products.count,
                    expected.userSummaries.count, expected.productSales.count,
                    expected.dailySales.count,
                ], comment)
        for userID in expected.users.keys {
            #expect(try side.summary(userID) == expected.userSummaries[userID], comment)
        }
        let sales: [Tandem_Orders_V1_ProductSales] = try side.list(
            "ListTopProducts", Tandem_Orders_V1_ListTopProductsRequest())
        #expect(Set(sales) == Set(expected.productSales), comment)
        let days: [Tandem_Orders_V1_DailySales] = try side.list(
            "ListDailySales", Tandem_Orders_V1_ListDailySalesRequest())
        #expect(Set(days) == Set(expected.dailySales), comment)
        for userID in expected.users.keys {
            let listed = try side.ask(
                "ListUserOrders",
                Tandem_Orders_V1_ListUserOrdersRequest.with {
                    $0.userID = userID
                    $0.pageSize = 1_000
                }, of: Tandem_Orders_V1_Order.self)
            let theirs = expected.orders.values.filter { $0.userID == userID }
            let newestFirst = theirs.sorted {
                ($0.createdAtUs, $0.orderID) > ($1.createdAtUs, $1.orderID)
            }
            #expect(listed.messages == newestFirst, comment)
            let byEmail: [Tandem_Orders_V1_Order] = try side.list(
                "ListOrdersByEmail",
                Tandem_Orders_V1_ListOrdersByEmailRequest.with {
                    $0.email = expected.users[userID]?.email ?? ""
                })
            #expect(byEmail == newestFirst, comment)
        }
    }
}

/// A log as the order service's write side could have made it, the same for the same seed.
enum RandomHistory {
    static func tell(eventCount: Int, seed: UInt64, to side: ReadSide) throws {
        var chance = SeededGenerator(seed: seed)
        for id in 1...12 as ClosedRange<UInt64> { try side.register(id) }
        for id in 1...40 as ClosedRange<UInt64> { try side.add(product: id) }
        var nextOrder: UInt64 = 1
        var open: [UInt64: Int] = [:]
        while side.log.count < eventCount {
            let user = UInt64.random(in: 1...12, using: &chance)
            switch Int.random(in: 0..<100, using: &chance) {
            case 0: try side.rename(user, to: "Renamed \(side.log.count)")
            case 1: try side.changeEmail(user, to: "new-\(side.log.count)@example.org")
            case 2...4:
                let product = UInt64.random(in: 1...40, using: &chance)
                try side.changePrice(product: product, to: Int64(side.log.count))
            case 5...50:
                // Sorted, for a dictionary's order differs from run to run.
                guard let id = open.keys.sorted().randomElement(using: &chance) else { continue }
                try advance(id, step: open[id] ?? 0, side, &chance)
                open[id] = (open[id] ?? 0) < 2 ? (open[id] ?? 0) + 1 : nil
            default:
                let lines = (0..<Int.random(in: 0...14, using: &chance)).map { _ in
                    UInt64.random(in: 0...40, using: &chance)
                }
                try side.place(
                    nextOrder, user: user,
                    at: Int64.random(in: -50...50, using: &chance) * 20_000_000_000,
                    products: lines, quantity: UInt32.random(in: 0...3, using: &chance),
                    priceMinor: Int64.random(in: 0...99_999, using: &chance),
                    currency: ["USD", "EUR", "JPY"].randomElement(using: &chance) ?? "USD")
                open[nextOrder] = 0
                nextOrder += 1
            }
        }
    }

    private static func advance(
        _ id: UInt64, step: Int, _ side: ReadSide, _ chance: inout SeededGenerator
    ) throws {
        switch step {
        case 0 where Bool.random(using: &chance): try side.cancel(id)
        case 0: try side.pay(id)
        case 1: try side.ship(id)
        default: try side.deliver(id)
        }
    }
}
