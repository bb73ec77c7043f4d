import ArgumentParser
import CallMeter
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import OrderMessages
import OrderStubs
import SwiftProtobuf
import TandemClient

/// The server: documents from memory, sent as they are.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers GetOrder by gRPC, with a Tandem server's documents.",
        discussion: "Prints 'ready grpc=HOST:PORT' when it listens, and runs until it is ended.")

    @Option(help: "The port on 127.0.0.1; 0: any free one.")
    var port = 0

    @Option(help: "The query port on 127.0.0.1 of the Tandem server whose orders are copied.")
    var queryPort = 7_402

    @OptionGroup var keys: KeyOptions

    func run() async throws {
        let documents = try await copies()
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext),
            services: [DocumentService(documents: documents)])
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await server.serve() }
            if let port = try await server.listeningAddress?.ipv4?.port {
                // Not by print, which keeps it until there is more if this is a pipe.
                let line = Data("ready grpc=127.0.0.1:\(port)\n".utf8)
                try FileHandle.standardOutput.write(contentsOf: line)
            }
        }
    }

    /// The orders' bytes, by id.
    private func copies() async throws -> [UInt64: [UInt8]] {
        guard let address = ServerAddress(host: "127.0.0.1", port: queryPort) else {
            throw ValidationError("--query-port is 1 to 65535.")
        }
        let client = TandemClient(
            [OrderMethods.getOrders], configuration: TandemConfiguration(queryAddress: address))
        var documents: [UInt64: [UInt8]] = [:]
        // An answer of more than 1 MiB is refused as a whole.
        let ids = try keys.ids()
        for first in stride(from: 0, to: ids.count, by: 250) {
            let page = try await client.page(
                OrderMethods.getOrders,
                .with { $0.orderIds = Array(ids[first..<min(first + 250, ids.count)]) })
            for order in page.items { documents[order.orderID] = try order.serializedBytes() }
        }
        await client.close()
        guard !documents.isEmpty else {
            throw ValidationError("The server at \(address) has no order of these ids.")
        }
        return documents
    }
}
