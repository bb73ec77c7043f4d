import ConnectionState
import DocumentStore
import Foundation
import Logging
import NIOCore
import NIOPosix
import Projection
import ReadServer
import Synchronization
import TandemCore
import TandemDomain
import Transport
import Wire

/// A read server with the workload's documents and one connection, whose service can be borrowed.
///
/// The documents come from a durable copy, which is the way there is: a server without a write
/// server has nothing else, and answers from it.
struct QueryPort {
    private let server: ReadServer
    private let connection: ClientConnection
    private let group: MultiThreadedEventLoopGroup
    private let borrowed: NIOLoopBound<any ConnectionService>

    /// - Parameter folder: private; what is written there can go afterwards.
    static func open(
        _ workload: Workload, _ domain: CheckedDomain, folder: String
    ) async throws -> QueryPort {
        let path = "\(folder)/read.sqlite"
        try write(workload, domain, to: path)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let nowhere = HostAndPort(host: "127.0.0.1", port: 1)
        var configuration = ReadServer.Configuration(
            documentsPath: path, feedAddress: nowhere,
            queryAddress: HostAndPort(host: "127.0.0.1", port: 0))
        let lender = Lender()
        configuration.decorate = { LendingService(service: $0, lender: lender) }
        let server = try await ReadServer.start(
            domain, configuration: configuration, group: group,
            logger: Logger(label: "stages") { _ in SwiftLogNoOpLogHandler() })
        var client = ClientConfiguration(
            role: .query, methods: [RequestReader.method], clientName: "stages")
        client.acceptsZlib = true
        let connection = try await ClientConnection.connect(
            host: server.queryAddress.host, port: server.queryAddress.port, configuration: client,
            group: group)
        guard let borrowed = lender.borrowed else {
            preconditionFailure("A connection was welcomed without a service of its own.")
        }
        return QueryPort(
            server: server, connection: connection, group: group, borrowed: borrowed)
    }

    /// Runs `body` on the connection's event loop, with its service.
    func measure(
        _ body: @escaping @Sendable (any ConnectionService) -> [Measured]
    ) async throws -> [Measured] {
        try await borrowed.eventLoop.submit { [borrowed] in body(borrowed.value) }.get()
    }

    func close() async throws {
        await connection.close()
        await server.shutDown(grace: .zero)
        try await group.shutdownGracefully()
    }

    private static func write(
        _ workload: Workload, _ domain: CheckedDomain, to path: String
    ) throws {
        let file = try DocumentFile(path: path, schema: domain.documents.map { $0.collection })
        try workload.forEachChunk { (changes, position) throws(DocumentFileError) in
            try file.write(
                changes, dictionaries: [],
                checkpoint: FileCheckpoint(epoch: LogEpoch(rawValue: 1), position: position))
        }
        try file.close()
    }
}

/// Where the service of the last connection is to be had.
private final class Lender: Sendable {
    private let service = Mutex<NIOLoopBound<any ConnectionService>?>(nil)

    var borrowed: NIOLoopBound<any ConnectionService>? { service.withLock { $0 } }

    func lend(_ service: any ConnectionService, of port: ServerPort) {
        let bound = NIOLoopBound(service, eventLoop: port.eventLoop)
        self.service.withLock { $0 = bound }
    }
}

/// The query port's service as it is, but for who else may know of its connections.
private struct LendingService: PortService {
    let service: any PortService
    let lender: Lender

    var methods: MethodTable { service.methods }
    var errorDomain: String { service.errorDomain }
    var identity: ServerIdentity { service.identity }
    var report: PortReport { service.report }

    func dictionaries() -> [OfferedDictionary] { service.dictionaries() }

    func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        let made = service.makeService(
            for: port, agreement: agreement, dictionaryCount: dictionaryCount)
        lender.lend(made, of: port)
        return made
    }
}
