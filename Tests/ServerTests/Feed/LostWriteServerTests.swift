import Foundation
import Logging
import NIOCore
import Orders
import OrdersClient
import OrdersMessages
import ReadServer
import SwiftProtobuf
import TandemClient
import TandemCore
import TandemDomain
import Testing
import Transport
import Wire
import WireMessages
import WriteServer
import WriteStore

/// A read server whose write server goes and comes back, as when the two are processes of their
/// own.
struct LostWriteServerTests {
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private func write(
        in folder: String, _ command: HostAndPort, _ feed: HostAndPort
    ) async throws -> WriteServer {
        try await WriteServer.start(
            Shop.domain,
            configuration: .init(
                store: WriteStoreConfiguration(path: folder + "/write.sqlite"),
                commandAddress: command, feedAddress: feed),
            group: Shop.group, logger: logger)
    }

    @Test func `a read server whose write server comes back goes on with the next event`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            var write = shop.write
            for name in ["after the first loss", "after the second"] {
                let (command, feed) = (write.commandAddress, write.feedAddress)
                await write.shutDown(grace: .zero)
                write = try await self.write(in: shop.folder, command, feed)
                // The query demands what the command reached: a feed that left out an event, or
                // was asked for one too far on, would never let it be answered.
                let renamed = try await shop.client.renameUser(1, to: name)
                let user = try await shop.client.user(
                    1, options: CallOptions(timeout: .seconds(60), atLeast: renamed.token))
                #expect(user.name == name)
            }
            await write.shutDown(grace: .zero)
        }
    }

    @Test func `a read server does not follow a write server that has another log`() async throws {
        let other = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: other) }
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            _ = try await shop.client.user(1)
            let (command, feed) = (shop.write.commandAddress, shop.write.feedAddress)
            await shop.write.shutDown(grace: .zero)
            // Longer than the log that the documents are made of, so that its end tells nothing.
            let anyPort = HostAndPort(host: "127.0.0.1", port: 0)
            let longer = try await write(in: other, command, anyPort)
            for user in 1...9 as ClosedRange<UInt64> {
                _ = try await shop.client.registerUser(
                    NewUser(
                        id: UserID(rawValue: user), email: "other-\(user)@example.org",
                        name: "Other"))
            }
            await longer.shutDown(grace: .zero)
            let stranger = try await write(in: other, command, feed)
            let status = try await stopped(shop)
            #expect(status.contains { $0.contains("another log") }, "\(status)")
            #expect(try await userName(shop) == "User 1")
            await stranger.shutDown(grace: .zero)
        }
    }

    private func connection(_ shop: Shop, _ method: String) async throws -> ClientConnection {
        try await ClientConnection.connect(
            host: shop.read.queryAddress.host, port: shop.read.queryAddress.port,
            configuration: ClientConfiguration(
                role: .query, methods: [method], clientName: "test"),
            group: Shop.group)
    }

    /// What the query port has to complain of, once that is the end of following.
    private func stopped(_ shop: Shop) async throws -> [String] {
        let connection = try await connection(shop, "tandem.meta.v1.Meta/Health")
        var reasons: [String] = []
        for _ in 0..<1_200 {
            let reply = try await connection.call(OutboundCall(method: 0, body: ByteBuffer()))
            reasons = try Tandem_Meta_V1_HealthReply(
                serializedBytes: Array(reply.body.readableBytesView)
            ).reasons
            if reasons.contains(where: { $0.contains("stopped") }) { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        await connection.close()
        return reasons
    }

    /// The user's name in the documents, whatever log they are of.
    private func userName(_ shop: Shop) async throws -> String {
        let connection = try await connection(shop, "tandem.orders.v1.OrderQueries/GetUser")
        let request = Tandem_Orders_V1_GetUserRequest.with { $0.userID = 1 }
        let body: [UInt8] = try request.serializedBytes()
        let reply = try await connection.call(
            OutboundCall(method: 0, body: ByteBuffer(bytes: body)))
        await connection.close()
        return try Tandem_Orders_V1_User(
            serializedBytes: Array(reply.body.readableBytesView)
        ).name
    }
}

/// How old answers say they are.
struct AnswerAgeTests {
    @Test func `on an idle log the age of answers is that of the last heartbeat`() async throws {
        try await Shop.withShop { shop in
            let renamed = try await shop.placeOrder()
            _ = try await shop.client.order(renamed.id)
            let settled = ContinuousClock.now
            // Not for something to be done meanwhile: the last event has to be older than what
            // the query allows.
            try await Task.sleep(for: .milliseconds(2_500))
            let user = try await shop.client.user(
                1, options: CallOptions(timeout: .seconds(60), maxStaleness: .seconds(2)))
            let age = try #require(user.age)
            // Timed: at most the 2 s that were asked for, and the event is 2.5 s old or more.
            #expect(age < settled.duration(to: .now), "it is not counted from the last event")
        }
    }
}
