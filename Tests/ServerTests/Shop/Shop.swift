import Budget
import Foundation
import Logging
import NIOPosix
import Orders
import OrdersClient
import ReadServer
import TandemClient
import TandemCore
import TandemDomain
import TestSupport
import Transport
import Wire
import WriteServer
import WriteStore

/// Both servers in this process, on loopback, on a directory of their own, and a client of them.
final class Shop: Sendable {
    static let domain = {
        do { return try CheckedDomain(OrdersDomain()) } catch { preconditionFailure("\(error)") }
    }()
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    let folder: String
    let write: WriteServer
    let read: ReadServer
    let client: TandemClient

    private init(
        folder: String, write: WriteServer, read: ReadServer, client: TandemClient
    ) {
        self.folder = folder
        self.write = write
        self.read = read
        self.client = client
    }

    /// Opens a shop, hands it to `body`, and closes it again.
    static func withShop(
        limits: WireLimits = WireLimits(), queueCountMax: Int? = nil,
        _ body: (Shop) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withShop(in: folder, limits: limits, queueCountMax: queueCountMax, body)
    }

    /// As ``withShop(limits:_:)``, in a folder that may hold what an earlier shop left.
    ///
    /// - Parameters:
    ///   - queueCountMax: commands that may wait; `nil`: as usual.
    ///   - memory: what the read server draws on.
    static func withShop(
        in folder: String, limits: WireLimits = WireLimits(), queueCountMax: Int? = nil,
        memory: MemoryBudget = .ample, _ body: (Shop) async throws -> Void
    ) async throws {
        let turn = await Turn.next()
        defer { turn.end() }
        let anyPort = HostAndPort(host: "127.0.0.1", port: 0)
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        var store = WriteStoreConfiguration(path: folder + "/write.sqlite")
        if let queueCountMax { store.queueCountMax = queueCountMax }
        let write = try await WriteServer.start(
            domain,
            configuration: .init(
                store: store,
                commandAddress: anyPort, feedAddress: anyPort, limits: limits),
            group: group, logger: logger)
        var reading = ReadServer.Configuration(
            documentsPath: folder + "/read.sqlite", feedAddress: write.feedAddress,
            queryAddress: anyPort)
        reading.memory = memory
        let read = try await ReadServer.start(
            domain, configuration: reading, group: group, logger: logger)
        let client = TandemClient(
            configuration: configuration(command: write.commandAddress, query: read.queryAddress))
        let shop = Shop(folder: folder, write: write, read: read, client: client)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(shop)) } catch { outcome = .failure(error) }
        await client.close()
        await write.shutDown(grace: .seconds(1))
        await read.shutDown(grace: .seconds(1))
        try outcome.get()
    }

    static func configuration(command: HostAndPort, query: HostAndPort) -> TandemConfiguration {
        var configuration = TandemConfiguration()
        configuration.commandAddress = ServerAddress("\(command)") ?? configuration.commandAddress
        configuration.queryAddress = ServerAddress("\(query)") ?? configuration.queryAddress
        return configuration
    }

    /// A user, a product of 2.50 USD, and an order of four of them.
    func placeOrder(user: UInt64 = 1) async throws -> Answer<OrderReceipt> {
        _ = try await client.registerUser(
            NewUser(
                id: UserID(rawValue: user), email: "user-\(user)@example.org",
                name: "User \(user)"))
        let product = try await client.addProduct(
            NewProduct(name: "Tea", price: Money(minorUnits: 250, currency: "USD")))
        return try await client.placeOrder(
            NewOrder(
                userID: UserID(rawValue: user), currency: "USD",
                lines: [.product(product.id, quantity: 4)]))
    }
}
