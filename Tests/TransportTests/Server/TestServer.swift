import Logging
import NIOPosix
import TestSupport
import Wire

@testable import Transport

/// A real server of the ``TestService`` on a loopback port, for the time of `body`.
func withServer(
    limits: WireLimits = WireLimits(), service: TestService = TestService(),
    _ body: (ServerListener, Probe) async throws -> Void
) async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = try await ServerListener.listen(
        on: HostAndPort(host: "127.0.0.1", port: 0), service: service, limits: limits,
        group: MultiThreadedEventLoopGroup.singleton, logger: logger)
    do {
        try await body(server, service.probe)
    } catch {
        await server.shutDown(grace: .zero)
        throw error
    }
    await server.shutDown(grace: .zero)
}

/// A client of it.
func connect(
    to address: HostAndPort, _ change: (inout ClientConfiguration) -> Void = { _ in }
) async throws -> ClientConnection {
    var configuration = ClientConfiguration(
        role: .query, methods: TestService.names, clientName: "test")
    // Scripts at the other end await what they await, and nothing by chance.
    configuration.greases = false
    change(&configuration)
    return try await ClientConnection.connect(
        host: address.host, port: address.port, configuration: configuration,
        group: MultiThreadedEventLoopGroup.singleton)
}

/// Waits for something that another thread is about to do; a test that waits in vain hangs, and is
/// ended by the test run's own time limit.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
