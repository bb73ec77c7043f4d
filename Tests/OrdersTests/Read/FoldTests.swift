import DocumentStore
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TestSupport
import Testing

@testable import Orders

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
            #expect(Set(side.log.map(\.type)).count == OrdersDomain().events.count)
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
    /// What there is of an order that something can happen to.
    private struct Open {
        /// How many times it has been moved on: paid, shipped, delivered.
        var step = 0
        var items: [UInt32]
        var lastItem: UInt32

        func moved(by type: String?) -> Open {
            var order = self
            if ["OrderPaid", "OrderShipped", "OrderDelivered"].contains(type) { order.step += 1 }
            return order
        }
    }

    static func tell(eventCount: Int, seed: UInt64, to side: ReadSide) throws {
        var chance = SeededGenerator(seed: seed)
        for id in 1...12 as ClosedRange<UInt64> { try side.register(id) }
        for id in 1...40 as ClosedRange<UInt64> {
            try side.add(product: id, stock: id.isMultiple(of: 3) ? 10_000 : nil)
        }
        var nextOrder: UInt64 = 1
        var open: [UInt64: Open] = [:]
        while side.log.count < eventCount {
            let user = UInt64.random(in: 1...12, using: &chance)
            let product = UInt64.random(in: 1...40, using: &chance)
            switch Int.random(in: 0..<100, using: &chance) {
            case 0: try side.rename(user, to: "Renamed \(side.log.count)")
            case 1: try side.changeEmail(user, to: "new-\(side.log.count)@example.org")
            case 2...4: try side.changePrice(product: product, to: Int64(side.log.count))
            case 5: try side.restock(product: (product - 1) % 39 / 3 * 3 + 3, units: 7)
            case 6 where side.log.count.isMultiple(of: 20): try side.retire(product: product)
            case 7...55:
                // Sorted, for a dictionary's order differs from run to run.
                guard let id = open.keys.sorted().randomElement(using: &chance),
                    let order = open[id]
                else { continue }
                open[id] = try advance(id, order, side, &chance)
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
                let items = lines.indices.map { UInt32($0 + 1) }
                open[nextOrder] = Open(items: items, lastItem: UInt32(items.count))
                nextOrder += 1
            }
        }
    }

    /// - Returns: what it is then; `nil` if nothing more can happen to it.
    private static func advance(
        _ id: UInt64, _ order: Open, _ side: ReadSide, _ chance: inout SeededGenerator
    ) throws -> Open? {
        var order = order
        switch (order.step, Int.random(in: 0..<6, using: &chance)) {
        case (0, 0):
            order.lastItem += 1
            order.items.append(order.lastItem)
            try side.addItem(
                order.lastItem, product: .random(in: 1...40, using: &chance), to: id)
        case (0, 1):
            guard let item = order.items.randomElement(using: &chance) else { return order }
            try side.changeQuantity(
                of: item, to: .random(in: 1...9, using: &chance),
                priceMinor: .random(in: 0...999, using: &chance), in: id)
        case (0, 2):
            guard order.items.count > 1 else { return order }
            try side.removeItem(order.items.remove(at: order.items.count / 2), from: id)
        case (0...1, 3):
            try side.cancel(id, reason: "because \(side.log.count)")
            return nil
        case (1..., 4): try side.refund(id, 1, reason: "part", isWhole: false)
        case (1..., 5):
            try side.refund(id, 5, isWhole: true)
            return nil
        case (0, _): try side.pay(id)
        case (1, _): try side.ship(id)
        case (2, _): try side.deliver(id)
        default: return nil
        }
        return order.moved(by: side.log.last?.type)
    }
}
