import ConnectionState
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TandemCore
import TestService
import TestSupport
import Transport
import Wire
import WireMessages

/// A port without methods of its own.
struct EmptyPort: PortService {
    let methods = MethodTable(role: .query)
    let errorDomain = "empty.v1"
    let identity = ServerIdentity(
        name: "empty/1", clusterID: [], epoch: LogEpoch(rawValue: 1), keyRetention: .zero)
    let report = PortReport(domain: "empty.v1", status: { _ in .init() })

    func dictionaries() -> [OfferedDictionary] { [] }

    func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        EmptyConnection()
    }
}

final class EmptyConnection: ConnectionService {
    func batchBegan(now: MonotonicTime) {}
    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        preconditionFailure("A port without methods was called.")
    }
    func cancel(_ stream: UInt32) {}
    func expire(_ stream: UInt32) {}
    func resume(_ stream: UInt32) {}
    func batchEnded() {}
    func connectionClosed() {}
}

/// What the server told its operator.
final class OperatorLog: Sendable {
    private let held = Mutex<[String]>([])
    var lines: [String] { held.withLock { $0 } }
    func add(_ line: String) { held.withLock { $0.append(line) } }
}

/// A test service on a loopback port and a client of it, for the time of `body`.
func withTestService(
    window: UInt32 = 1 << 20, _ body: (ClientConnection, OperatorLog) async throws -> Void
) async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let log = OperatorLog()
    let server = try await ServerListener.listen(
        on: HostAndPort(host: "127.0.0.1", port: 0),
        service: TestedPort(EmptyPort(), log: { log.add($0) }), limits: WireLimits(),
        group: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    var configuration = ClientConfiguration(
        role: .query, methods: TestMethod.allCases.map(\.name) + ["tandem.meta.v1.Meta/Describe"],
        clientName: "test")
    configuration.initialWindow = window
    let outcome: Result<Void, any Error>
    do {
        let client = try await ClientConnection.connect(
            host: server.address.host, port: server.address.port, configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton)
        outcome = .success(try await body(client, log))
        await client.close()
    } catch {
        outcome = .failure(error)
    }
    await server.shutDown(grace: .zero)
    try outcome.get()
}
