import Foundation
import Logging
public import Tandem
public import TandemClient
import TandemCore

/// A whole server in the test's process: real ports of this machine, a real database in a
/// directory that is removed afterwards, real time.
///
/// ```swift
/// try await withTestServer(Bank()) { client in
///     try await client.send(Bank.open, .with { $0.accountID = 7 })
///     #expect(try await client.ask(Bank.get, .with { $0.accountID = 7 }).balanceMinor == 0)
/// }
/// ```
public func withTestServer<Value: Sendable>(
    _ domain: some Domain, _ body: (TandemClient) async throws -> Value
) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.path + "/tandem-test-\(UUID().uuidString)"
    // It may not have been made.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var logger = Logger(label: "tandem-test")
    logger.logLevel = .error
    var configuration = ServerConfiguration.onFreePorts(dataDirectory: folder, logger: logger)
    configuration.drain = .zero
    let server = TandemServer(domain, configuration)
    let addresses = try await server.start()
    guard let command = addresses.command?.client, let query = addresses.query?.client else {
        await server.shutDown()
        throw ExpectationFailure("the server doesn't listen", nil)
    }
    let client = TandemClient(
        domain.methods,
        configuration: TandemConfiguration(commandAddress: command, queryAddress: query))
    do {
        let value = try await body(client)
        await client.close()
        await server.shutDown()
        return value
    } catch {
        await client.close()
        await server.shutDown()
        throw error
    }
}

extension HostAndPort {
    fileprivate var client: ServerAddress? { ServerAddress(host: host, port: port) }
}
