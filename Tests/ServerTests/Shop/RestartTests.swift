import Budget
import Foundation
import OrdersClient
import ReadServer
import TandemClient
import TandemCore
import Testing
import Wire
import WireMessages
import WriteServer

/// What a restart finds.
struct RestartTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test func `documents, log and epoch outlive a restart`() async throws {
        try await withFolder { folder in
            var order: OrderID?
            var epoch: LogEpoch?
            try await Shop.withShop(in: folder) { shop in
                order = try await shop.placeOrder().id
                epoch = shop.write.epoch
            }
            try await Shop.withShop(in: folder) { shop in
                #expect(shop.write.epoch == epoch)
                let id = try #require(order)
                _ = try await shop.client.payOrder(id)
                #expect(try await shop.client.order(id).status == .paid)
            }
        }
    }

    @Test func `a write database restored from a backup makes the read side begin again`()
        async throws
    {
        try await withFolder { folder in
            let backup = folder + "/backup.sqlite"
            try await Shop.withShop(in: folder) { shop in
                _ = try await shop.placeOrder(user: 1)
            }
            try FileManager.default.copyItem(atPath: folder + "/write.sqlite", toPath: backup)
            try await Shop.withShop(in: folder) { shop in
                _ = try await shop.placeOrder(user: 2)
            }
            for suffix in ["", "-wal", "-shm", ".mark"] {
                try? FileManager.default.removeItem(atPath: folder + "/write.sqlite" + suffix)
            }
            try FileManager.default.moveItem(atPath: backup, toPath: folder + "/write.sqlite")
            try await Shop.withShop(in: folder) { shop in
                _ = try await shop.client.renameUser(1, to: "Restored")
                #expect(try await shop.client.usersPage().items.map(\.name) == ["Restored"])
            }
        }
    }

    @Test func `a copy that finds no memory is left as it is, and only reads are refused`()
        async throws
    {
        try await withFolder { folder in
            var order: OrderID?
            try await Shop.withShop(in: folder) { shop in
                let placed = try await shop.placeOrder()
                order = placed.id
                _ = try await shop.client.order(placed.id)
            }
            let id = try #require(order)
            let small = MemoryBudget(byteCountMax: 1 << 30, documentByteCountMax: 1_000)
            try await Shop.withShop(in: folder, memory: small) { shop in
                _ = try await shop.client.payOrder(id)
                let health = try await shop.health(of: shop.read.queryAddress, .query)
                #expect(health.state == .notReady)
                #expect(health.reasons.contains { $0.contains("--memory") })
            }
            try await Shop.withShop(in: folder) { shop in
                let order = try await shop.client.order(id)
                #expect(order.status == .paid)
            }
        }
    }

    @Test func `a read copy of another log is discarded and rebuilt from this one`() async throws {
        try await withFolder { folder in
            try await Shop.withShop(in: folder) { shop in
                for user in UInt64(1)...3 { _ = try await shop.placeOrder(user: user) }
            }
            // The write database is replaced by a new one; the copy is now ahead of it, and wrong.
            for suffix in ["", "-wal", "-shm", ".mark"] {
                try? FileManager.default.removeItem(atPath: folder + "/write.sqlite" + suffix)
            }
            try await Shop.withShop(in: folder) { shop in
                let placed = try await shop.placeOrder(user: 9)
                #expect(try await shop.client.order(placed.id).userName == "User 9")
                #expect(try await shop.client.usersPage().items.map(\.id) == [9])
            }
        }
    }
}
