import GRDB
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
    /// A command among few users, products and orders, so that many are turned down; other orders
    /// as time goes on.
    private func sendOne(
        to shop: OrdersHarness, round: Int, _ chance: inout SeededGenerator
    ) throws -> CommandResult {
        let id = UInt64.random(in: 1...12, using: &chance)
        let other = UInt64.random(in: 1...12, using: &chance)
        let order = id + UInt64(round) / 60
        let outcome =
            switch Int.random(in: 0..<20, using: &chance) {
            case 0: try shop.send("RegisterUser", Requests.user(id, "u\(other)@x"))
            case 1: try shop.send("ChangeUserEmail", Requests.email(id, "u\(other)@x"))
            case 2: try shop.send("RenameUser", Requests.rename(id, "Name \(other)"))
            case 3:
                try shop.send(
                    "AddProduct",
                    Requests.product(
                        id, Int64(other), currency: other < 10 ? "USD" : "EUR",
                        stock: id.isMultiple(of: 2) ? Int64(other) * 40 : nil))
            case 4: try shop.send("ChangeProductPrice", Requests.price(id, Int64(other)))
            case 5: try shop.send("PayOrder", Requests.pay(order))
            case 6: try shop.send("ShipOrder", Requests.ship(order))
            case 7: try shop.send("DeliverOrder", Requests.deliver(order))
            case 8: try shop.send("CancelOrder", Requests.cancel(order))
            case 9: try shop.send("RestockProduct", Requests.restock(id, Int64(other) * 10))
            case 10 where other == 1: try shop.send("RetireProduct", Requests.retire(id))
            case 10: try shop.send("RefundOrder", Requests.refund(order, Int64(other)))
            case 11 where other < 3: try shop.send("RefundOrder", Requests.refund(order))
            case 12, 13:
                try shop.send("AddOrderItem", Requests.addItem(Requests.line(other, 3), to: order))
            case 14, 15:
                try shop.send(
                    "ChangeItemQuantity",
                    Requests.quantity(
                        .random(in: 1...20, using: &chance), of: UInt32(other) / 3 + 1, in: order))
            case 16: try shop.send("RemoveOrderItem", Requests.removeItem(UInt32(other) / 2, order))
            default:
                try shop.send(
                    "PlaceOrder",
                    Requests.order(
                        order, user: other,
                        (0..<Int.random(in: 0...4, using: &chance)).map { _ in
                            let product = UInt64.random(in: 1...12, using: &chance)
                            let price = Bool.random(using: &chance) ? 7 : nil as Int64?
                            let unit = other == 7 ? 2 : nil as Int64?
                            return Requests.line(
                                product, UInt32(other), price: unit == nil ? price : nil,
                                unit: unit)
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
        for round in 0..<6_000 {
            if case .success = try sendOne(to: shop, round: round, &chance) { accepted += 1 }
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
            try shop.rows("SELECT * FROM order_items ORDER BY order_id, number")
                == folded.itemRows, "seed \(seed)")
        // As `verify --deep` looks at them.
        let rowCount =
            try ["users", "products", "orders", "order_items"].reduce(0) { count, table in
                try count + shop.rows("SELECT 1 FROM \(table)").count
            }
        #expect(try verified(shop.path) == rowCount, "seed \(seed)")
        // Not vacuous: both outcomes were common, and every kind of event happened.
        #expect((100..<5_900).contains(accepted))
        #expect(Set(try shop.log().map(\.type)) == Set(OrdersDomain().events.map { $0.eventName }))
        #expect(try shop.rows("SELECT id FROM products WHERE stock < 0").isEmpty)
        #expect(
            try shop.log().map(\.position.rawValue)
                == (1...shop.store.head.rawValue).map { $0 })
    }

    /// How many rows the replay makes of the log, and are there.
    private func verified(_ path: String) throws -> Int {
        let domain = OrdersHarness.domain
        let replay = try TableComparison(
            of: domain.replayedTables, migrations: domain.migrations,
            makeStatements: domain.makeStatements, apply: domain.replay)
        let verifier = try LogVerifier(path: path)
        _ = try verifier.checkEvents { try replay.add($0) }
        return try verifier.checkTables(replay)
    }

    @Test(arguments: [
        ("UPDATE users SET email = 'eve@x' WHERE id = 2", "users WHERE id = 2: email is not"),
        ("UPDATE products SET price_minor = price_minor + 1", "products WHERE id = 1: price_minor"),
        ("UPDATE orders SET status = 4 WHERE id = 2", "orders WHERE id = 2: status is not"),
        (
            "UPDATE order_items SET quantity = 9 WHERE order_id = 2 AND number = 2",
            "order_items WHERE order_id = 2 AND number = 2: quantity is not"
        ),
        (
            "DELETE FROM order_items WHERE order_id = 1 AND number = 2",
            "order_items WHERE order_id = 1 AND number = 2: it is missing"
        ),
        (
            "DELETE FROM order_items WHERE order_id = 3 AND number = 2",
            "order_items WHERE order_id = 3 AND number = 2: it is missing"
        ),
        (
            "INSERT INTO users (id, email, name) VALUES (99, 'x', 'y')",
            "users WHERE id = 99: the log makes no such row"
        ),
        (
            "INSERT INTO users (id, email, name) VALUES (0, 'x', 'y')",
            "users WHERE id = 0: the log makes no such row"
        ),
    ])
    func `a row that the log doesn't make is named`(sql: String, named: String) throws {
        let shop = try OrdersHarness()
        for id in 1...3 as ClosedRange<UInt64> {
            _ = try shop.send("RegisterUser", Requests.user(id, "u\(id)@x"))
            _ = try shop.send("AddProduct", Requests.product(id, 5, currency: "USD"))
        }
        for id in 1...3 as ClosedRange<UInt64> {
            _ = try shop.send(
                "PlaceOrder",
                Requests.order(id, user: id, [Requests.line(1, 2), Requests.line(2, 3)]))
        }
        #expect(try verified(shop.path) == 15)
        shop.store.shutDown()
        let database = try DatabaseQueue(path: shop.path)
        try database.write { try $0.execute(sql: sql) }
        let error = #expect(throws: StorageError.self) { try verified(shop.path) }
        #expect(error?.message.hasPrefix(named) == true, "\(error?.message ?? "")")
    }
}
