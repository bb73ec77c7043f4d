import Foundation
import GRDB
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TestSupport
import Testing
import WriteStore

@testable import Orders

/// A write database in which somebody has put whatever a column can hold: each command succeeds or
/// is told what is wrong, the feed too, and nothing ends the process.
struct HostileDatabaseTests {
    private static let values = [
        "NULL", "''", "'text'", "x''", "-1", "0", "1", "1.5", "2147483648", "4294967296",
        "9223372036854775807", "-9223372036854775808", "zeroblob(1048576)", "CAST(x'ff' AS TEXT)",
    ]
    /// Of them for each column, drawn anew each time; all of them take ten seconds.
    private static let valueCount = 3

    /// A shop with something in each table, its schema without what holds wrong values off, and the
    /// schema as it should be.
    private func makeShop(_ folder: String) throws -> (file: Data, schema: [String: String]) {
        let shop = try OrdersHarness(in: folder)
        _ = try shop.send("RegisterUser", Requests.user(10, "ten@x.org"))
        _ = try shop.send("RegisterUser", Requests.user("one@x.org"))
        _ = try shop.send("AddProduct", Requests.product())
        _ = try shop.send("AddProduct", Requests.product(stock: 50))
        for key in UInt64(5)...6 {
            _ = try shop.send("PlaceOrder", Requests.order([Requests.line(1, 2)]), key: key)
        }
        _ = try shop.send("PlaceOrder", Requests.order([Requests.line(77)]), key: 7)
        shop.store.shutDown()
        let queue = try DatabaseQueue(path: shop.path)
        let schema = try queue.writeWithoutTransaction { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            let loose = "replace(replace(sql, ' NOT NULL', ''), 'STRICT, ', '')"
            try database.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master SET sql = replace(\(loose), ') STRICT', ')')
                        WHERE type = 'table';
                    """)
            return Dictionary(
                uniqueKeysWithValues: rows.map { ($0["name"] as String, $0["sql"] as String) })
        }
        try queue.close()
        return (try Data(contentsOf: URL(fileURLWithPath: shop.path)), schema)
    }

    /// False if SQLite can't keep that value in that place at all.
    private func put(
        _ value: String, into column: String, of table: String, schema: [String: String],
        at path: String
    ) throws -> Bool {
        var settings = Configuration()
        settings.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: settings)
        defer { try? queue.close() }
        return try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = OFF")
            do {
                try database.execute(sql: "UPDATE OR IGNORE \(table) SET \(column) = \(value)")
            } catch {
                return false
            }
            try database.execute(sql: "PRAGMA writable_schema = ON")
            for (name, sql) in schema {
                try database.execute(
                    sql: "UPDATE sqlite_master SET sql = ? WHERE name = ? AND type = 'table'",
                    arguments: [sql, name])
            }
            return true
        }
    }

    /// One command of each kind, and the whole log as the feed reads it.
    private func use(_ shop: OrdersHarness) throws {
        _ = try shop.send(
            "RenameUser", Tandem_Orders_V1_RenameUserRequest.with {
                $0.userID = 1
                $0.name = "Bea"
            })
        _ = try shop.send(
            "ChangeUserEmail", Tandem_Orders_V1_ChangeUserEmailRequest.with {
                $0.userID = 10
                $0.email = "b@x.org"
            })
        _ = try shop.send(
            "ChangeProductPrice", Tandem_Orders_V1_ChangeProductPriceRequest.with {
                $0.productID = 1
                $0.priceMinor = 3
            })
        _ = try shop.send("AddOrderItem", Requests.addItem(Requests.line(2, 3), to: 1))
        _ = try shop.send("ChangeItemQuantity", Requests.quantity(5, of: 1, in: 1))
        _ = try shop.send("RemoveOrderItem", Requests.removeItem(1, 1))
        _ = try shop.send("PayOrder", Requests.pay(1))
        _ = try shop.send("RefundOrder", Requests.refund(1, 1))
        _ = try shop.send("RefundOrder", Requests.refund(1))
        _ = try shop.send("RestockProduct", Requests.restock(2, 1))
        _ = try shop.send("CancelOrder", Requests.cancel(2))
        _ = try shop.send("RegisterUser", Requests.user("new@x.org"))
        _ = try shop.send("RegisterUser", Requests.user(11, "eleven@x.org"))
        _ = try shop.send("AddProduct", Requests.product())
        _ = try shop.send("PlaceOrder", Requests.order([Requests.line(1, 2)]), key: 5)
        _ = try shop.send("PlaceOrder", Requests.order([Requests.line(77)]), key: 7)
        _ = try shop.send("PlaceOrder", Requests.order([Requests.line(1, 2)]))
        let reader = try EventLogReader(path: shop.path)
        var position = LogPosition.beginning
        while let batch = try? reader.events(
            after: position, countMax: 100, byteCountMax: 1 << 20), let last = batch.last
        {
            #expect(last.position > position)
            position = last.position
        }
    }

    @Test func `whatever a column holds, every command is answered and the process lives`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        // Waiting for the disk would be most of what this does.
        let isInMemory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        let folder =
            (isInMemory ? "/dev/shm" : FileManager.default.temporaryDirectory.path)
            + "/tandem-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (file, schema) = try makeShop(folder)
        let path = folder + "/write.sqlite"
        let columns = try DatabaseQueue(path: path).read { database in
            try schema.keys.sorted().flatMap { table in
                try database.columns(in: table).map { (table, $0.name) }
            }
        }
        #expect(columns.count > 40)
        var (openedCount, refusedCount) = (0, 0)
        for (table, column) in columns {
            for value in Self.values.shuffled(using: &generator).prefix(Self.valueCount) {
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    try FileManager.default.removeItem(atPath: folder + "/" + name)
                }
                try file.write(to: URL(fileURLWithPath: path))
                guard try put(value, into: column, of: table, schema: schema, at: path) else {
                    continue
                }
                do {
                    let shop = try OrdersHarness(in: folder)
                    try use(shop)
                    shop.store.shutDown()
                    openedCount += 1
                } catch is WriteStoreError {
                    refusedCount += 1
                }
            }
        }
        #expect(openedCount > 40)
        print("\(openedCount) opened, \(refusedCount) refused")
    }
}
