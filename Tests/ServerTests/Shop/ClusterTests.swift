import Foundation
import Logging
import NIOCore
import Orders
import OrdersClient
import ReadServer
import TandemClient
import TandemCore
import TandemDomain
import TestSupport
import Testing
import Transport
import Wire
import WriteServer
import WriteStore

/// What a server knows of its cluster, and when.
struct ClusterTests {
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    private let anyPort = HostAndPort(host: "127.0.0.1", port: 0)

    @Test func `a client that names another cluster is refused, on both ports`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            // The other client's session knows nothing of it: it has to be there.
            _ = try await shop.client.user(1)
            let cluster = try #require(shop.client.clusterID)
            var configuration = shop.client.configuration
            configuration.clusterID = cluster
            let right = TandemClient(configuration: configuration)
            _ = try await right.user(1)
            _ = try await right.renameUser(1, to: "Of this cluster")
            #expect(right.clusterID == cluster)
            await right.close()
            configuration.clusterID = ClusterID(bytes: cluster.bytes.map { ~$0 })
            let wrong = TandemClient(configuration: configuration)
            let query = await #expect(throws: TandemError.self) { _ = try await wrong.user(1) }
            let command = await #expect(throws: TandemError.self) {
                _ = try await wrong.renameUser(1, to: "Of another")
            }
            for error in [query, command] {
                #expect(error?.code == .failedPrecondition)
                #expect(error?.reason == "CONNECTION_REFUSED")
            }
            await wrong.close()
        }
    }

    @Test func `a read server that started from its copy alone learns its cluster with the feed`()
        async throws
    {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Shop.withShop(in: folder) { _ = try await $0.placeOrder() }
        let turn = await Turn.next()
        defer { turn.end() }
        let before = try await startWrite(in: folder, feed: anyPort)
        let feed = before.feedAddress
        await before.shutDown(grace: .zero)
        let read = try await ReadServer.start(
            Shop.domain,
            configuration: .init(
                documentsPath: folder + "/read.sqlite", feedAddress: feed, queryAddress: anyPort),
            group: Shop.group, logger: logger)
        #expect(try await cluster(of: read) == nil)
        let write = try await startWrite(in: folder, feed: feed)
        while try await cluster(of: read) == nil { try await Task.sleep(for: .milliseconds(20)) }
        await write.shutDown(grace: .zero)
        await read.shutDown(grace: .zero)
    }

    private func startWrite(
        in folder: String, feed: HostAndPort
    ) async throws -> WriteServer {
        try await WriteServer.start(
            Shop.domain,
            configuration: .init(
                store: WriteStoreConfiguration(path: folder + "/write.sqlite"),
                commandAddress: anyPort, feedAddress: feed),
            group: Shop.group, logger: logger)
    }

    /// What a new connection is told.
    private func cluster(of read: ReadServer) async throws -> ClusterID? {
        let connection = try await ClientConnection.connect(
            host: read.queryAddress.host, port: read.queryAddress.port,
            configuration: ClientConfiguration(role: .query, methods: [], clientName: "test"),
            group: Shop.group)
        let cluster = connection.clusterID
        await connection.close()
        return cluster
    }
}

@Test func `a subscriber that takes no batch so long is told each time, and holds nothing`()
    async throws
{
    try await Shop.withShop { shop in
        for user in 1...100 as ClosedRange<UInt64> {
            _ = try await shop.client.registerUser(
                NewUser(
                    id: UserID(rawValue: user), email: "user-\(user)@example.org",
                    name: String(repeating: "n", count: 190)))
        }
        var configuration = ClientConfiguration(
            role: .feed, methods: ["tandem.feed.v1.Feed/Subscribe"], clientName: "test")
        configuration.acceptsZlib = false
        configuration.frameInLengthMax = 16_384
        let feed = shop.write.feedAddress
        let connection = try await ClientConnection.connect(
            host: feed.host, port: feed.port, configuration: configuration, group: Shop.group)
        for _ in 0..<6 {
            let failure = await #expect(throws: CallFailure.self) {
                _ = try await connection.page(OutboundCall(method: 0, body: .init()))
            }
            #expect(failure?.reason == "ANSWER_TOO_LARGE")
        }
        await connection.close()
    }
}
