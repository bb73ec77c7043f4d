import OrdersEvents
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestSupport
import Testing
import WriteStore

@testable import Orders

@Suite struct TablesEqualLogTests {
    /// A command among few users, products and orders, so that many are turned down.
    private func sendOne(
        to shop: OrdersHarness, _ chance: inout SeededGenerator
    ) throws -> CommandResult {
        let id = UInt64.random(in: 1...12, using: &chance)
        let other = UInt64.random(in: 1...12, using: &chance)
        let outcome =
            switch Int.random(in: 0..<12, using: &chance) {
            case 0: try shop.send("RegisterUser", Requests.user(id, "u\(other)@x"))
            case 1: try shop.send("ChangeUserEmail", Requests.email(id, "u\(other)@x"))
            case 2: try shop.send("RenameUser", Requests.rename(id, "Name \(other)"))
            case 3:
                try shop.send(
                    "AddProduct",
                    Requests.product(id, Int64(other), currency: other < 10 ? "USD" : "EUR"))
            case 4: try shop.send("ChangeProductPrice", Requests.price(id, Int64(other)))
            case 5: try shop.send("PayOrder", Requests.pay(id))
            case 6: try shop.send("ShipOrder", Requests.ship(id))
            case 7: try shop.send("DeliverOrder", Requests.deliver(id))
            case 8: try shop.send("CancelOrder", Requests.cancel(id))
            default:
                try shop.send(
                    "PlaceOrder",
                    Requests.order(
                        id, user: other,
                        (0..<Int.random(in: 0...4, using: &chance)).map { _ in
                            let product = UInt64.random(in: 1...12, using: &chance)
                            let price = Bool.random(using: &chance) ? 7 : nil as Int64?
                            return Requests.line(product, UInt32(other), price: price)
                        }))
            }
        return outcome.result
    }

    typealias CommandResult = Result<[UInt8], Rejection>

    @Test func `after thousands of commands the tables are what the log says`() throws {
        let seed: UInt64 = 20_170_101
        var chance = SeededGenerator(seed: seed)
        let shop = try OrdersHarness()
        var accepted = 0
        for _ in 0..<3_000 {
            if case .success = try sendOne(to: shop, &chance) { accepted += 1 }
        }
        var folded = FoldedTables()
        for event in try shop.log() { try folded.apply(event) }

        #expect(try shop.rows("SELECT * FROM users ORDER BY id") == folded.userRows, "seed \(seed)")
        #expect(
            try shop.rows("SELECT * FROM products ORDER BY id") == folded.productRows,
            "seed \(seed)")
        #expect(
            try shop.rows("SELECT * FROM orders ORDER BY id") == folded.orderRows, "seed \(seed)")
        #expect(
            try shop.rows("SELECT * FROM order_items ORDER BY order_id, line")
                == folded.itemRows, "seed \(seed)")
        // Not vacuous: both outcomes were common, and every kind of event happened.
        #expect((100..<2_900).contains(accepted))
        #expect(Set(try shop.log().map(\.type)).count >= 10)
        #expect(
            try shop.log().map(\.position.rawValue)
                == (1...shop.store.head.rawValue).map { $0 })
    }
}
