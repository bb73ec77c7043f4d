import ConnectionState
import DocumentStore
import Logging
import NIOCore
import Orders
import OrdersMessages
import Projection
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestSupport
import Testing
import Transport
import Wire

@testable import ReadServer

/// A query port without a feed: its documents are published, and its progress told, by hand.
struct QueryPort {
    let store: DocumentStore
    let progress: ReadProgress
    let waiters: PositionWaiters
    private let room: WaitingRoom
    var waitingCount: Int { room.takenCount }
    private let address: HostAndPort

    /// - Parameters:
    ///   - building: where the documents have to get before anything is answered.
    ///   - longestWait: for a position or for freshness, by the server's own clock.
    static func open(
        building target: LogPosition? = nil, longestWait: Duration,
        log: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (QueryPort) async throws -> Void
    ) async throws {
        let turn = await Turn.next()
        defer { turn.end() }
        var limits = WireLimits()
        limits.positionWaitMax = longestWait
        let domain = Shop.domain
        let store = DocumentStore(schema: domain.documents.map { $0.collection })
        let progress = ReadProgress()
        progress.heard(head: LogPosition(rawValue: 10))
        progress.feedIsConnected(true)
        let waiters = PositionWaiters(published: { store.position })
        let service = QueryService(
            domain, model: ReadModel(domain, store: store, log: log), progress: progress,
            waiters: waiters,
            building: target.map {
                BuildProgress(from: .beginning, to: $0, startedAt: .current)
            },
            epoch: LogEpoch(rawValue: 1), limits: limits)
        let listener = try await ServerListener.listen(
            on: HostAndPort(host: "127.0.0.1", port: 0), service: service, limits: limits,
            group: Shop.group, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        let port = QueryPort(
            store: store, progress: progress, waiters: waiters, room: service.room,
            address: listener.address)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(port)) } catch { outcome = .failure(error) }
        await listener.shutDown(grace: .zero)
        try outcome.get()
    }

    /// A connection whose methods are GetOrder, Health and Status.
    func connect(acceptsZlib: Bool = true) async throws -> ClientConnection {
        var configuration = ClientConfiguration(
            role: .query,
            methods: [
                "tandem.orders.v1.OrderQueries/GetOrder", "tandem.meta.v1.Meta/Health",
                "tandem.meta.v1.Meta/Status",
            ],
            clientName: "test")
        configuration.acceptsZlib = acceptsZlib
        return try await ClientConnection.connect(
            host: address.host, port: address.port, configuration: configuration,
            group: Shop.group)
    }

    /// Asks for order 1, which there never is, and returns the error.
    static func getOrder(
        _ client: ClientConnection, atLeast: ConsistencyToken? = nil,
        maxStaleness: Duration? = nil
    ) async throws -> CallFailure? {
        let request = Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = 1 }
        let body = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
        return await #expect(throws: CallFailure.self) {
            _ = try await client.call(
                OutboundCall(
                    method: 0, body: body, timeout: nil, atLeast: atLeast,
                    maxStaleness: maxStaleness))
        }
    }
}
