import Foundation
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TestSupport
import Testing
import WriteStore

@testable import Orders

/// Ids that the server gives, beside those that callers choose.
@Suite struct AutomaticIDTests {
    private func user(_ shop: OrdersHarness, _ id: UInt64? = nil) throws -> UInt64 {
        let email = "u\(UUID().uuidString)@x"
        let reply: Tandem_Orders_V1_UserReply = try shop.reply(
            "RegisterUser", Requests.user(id, email))
        return reply.userID
    }

    private func product(_ shop: OrdersHarness, _ id: UInt64? = nil) throws -> UInt64 {
        let reply: Tandem_Orders_V1_ProductReply = try shop.reply(
            "AddProduct", Requests.product(id))
        return reply.productID
    }

    private func order(_ shop: OrdersHarness, _ id: UInt64? = nil) throws -> UInt64 {
        let line = Requests.line(price: 1, description: "Tea")
        let reply: Tandem_Orders_V1_OrderReply = try shop.reply(
            "PlaceOrder", Requests.order(id, user: 1, [line]))
        return reply.orderID
    }

    @Test func `the last id there is ends nothing for users, products and orders`() throws {
        let shop = try OrdersHarness()
        for last in [UInt64(Int64.max), UInt64(Int64.max) - 1] {
            _ = try user(shop, last)
            _ = try product(shop, last)
        }
        #expect([try user(shop), try user(shop)] == [1, 2])
        _ = try order(shop, UInt64(Int64.max))
        #expect([try product(shop), try product(shop)] == [1, 2])
        #expect([try order(shop), try order(shop)] == [1, 2])
    }

    @Test func `chosen ids don't push the automatic ones, and taken ones are skipped`() throws {
        let shop = try OrdersHarness()
        var given: [UInt64] = []
        for chosen in [41, nil, 3, 2, nil, nil, 7, 8, 6, nil, nil, nil, 1_000, nil] as [UInt64?] {
            let id = try user(shop, chosen)
            if chosen == nil { given.append(id) }
        }
        #expect(given == [1, 4, 5, 9, 10, 11, 12])
    }

    @Test func `any order of choices gives the smallest free id after the last given`() throws {
        var chance = SeededGenerator(seed: 20_261_126)
        let shop = try OrdersHarness()
        var taken: Set<UInt64> = []
        var last: UInt64 = 0
        for _ in 0..<400 {
            let chosen = UInt64.random(in: 1...300, using: &chance)
            if Bool.random(using: &chance), !taken.contains(chosen) {
                taken.insert(try product(shop, chosen))
            } else {
                let expected = ((last + 1)...).first { !taken.contains($0) }
                let id = try product(shop)
                #expect(id == expected, "after \(taken.sorted())")
                taken.insert(id)
                last = id
            }
        }
        let runs = try shop.rows("SELECT first, last FROM chosen_ids WHERE kind = 'product'")
        #expect(runs.count <= 150)
    }

    @Test func `a long run of chosen ids is one row, and passed in one step`() throws {
        let shop = try OrdersHarness()
        var chance = SeededGenerator(seed: 10_500)
        _ = try user(shop)
        for id in (10...500).shuffled(using: &chance) { _ = try product(shop, UInt64(id)) }
        #expect(
            try shop.rows("SELECT first, last FROM chosen_ids WHERE kind = 'product'")
                == ["10|500"])
        for _ in 1...9 { _ = try product(shop) }
        #expect(try product(shop) == 501)
        #expect(try shop.rows("SELECT * FROM chosen_ids WHERE kind = 'product'").isEmpty)
    }

    @Test func `a command that is turned down takes no id`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user("a@x"))
        #expect(
            try shop.rejection("RegisterUser", Requests.user("a@x"))?.reason == "DUPLICATE_EMAIL")
        #expect(
            try shop.rejection("RegisterUser", Requests.user(2, "a@x"))?.reason
                == "DUPLICATE_EMAIL")
        #expect(try user(shop) == 2)
        #expect(try shop.rows("SELECT * FROM chosen_ids").isEmpty)
    }

    @Test func `a restart goes on after the last automatic id`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let before = try OrdersHarness(in: folder)
        _ = try user(before, 900)
        #expect([try user(before), try user(before)] == [1, 2])
        before.store.shutDown()
        #expect(try user(try OrdersHarness(in: folder)) == 3)
    }

    @Test func `when every id is taken, that is what is said`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let last = Migration(
            "last", sql: "UPDATE automatic_ids SET last = 9223372036854775806;")
        let shop = try OrdersHarness(in: folder, migrations: OrdersMigrations.all + [last])
        #expect(try user(shop) == UInt64(Int64.max))
        #expect(try shop.rejection("RegisterUser", Requests.user("z@x"))?.reason == "NO_FREE_ID")
        #expect(try shop.rejection("AddProduct", Requests.product())?.reason == nil)
        #expect(try shop.rejection("AddProduct", Requests.product())?.reason == "NO_FREE_ID")
    }
}
