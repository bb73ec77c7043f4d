import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// What SwiftNIO itself costs a query: the query port's frames and a table in memory, and nothing
/// of Tandem. The same load generator measures both.
@main
struct BareNIO: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare-nio",
        abstract: "Answers GetOrder from a table of made-up documents, with SwiftNIO alone.",
        discussion: "Prints 'ready query=HOST:PORT' when it listens, and runs until it is ended.")

    @Option(help: "How many documents there are; their ids are 1 and up.")
    var documents = 100_000

    @Option(help: "The bytes of an answer, its header of 16 included.")
    var answerBytes = 200

    @Option(help: "The port on 127.0.0.1; 0: any free one.")
    var port = 0

    @Option(help: "How many event loops.")
    var threads = max(2, System.coreCount)

    func validate() throws {
        guard (1...50_000_000).contains(documents) else {
            throw ValidationError("--documents is 1 to 50000000.")
        }
        guard (Frame.headByteCount...(1 << 20)).contains(answerBytes) else {
            throw ValidationError("--answer-bytes is 16 to 1048576.")
        }
        guard (1...64).contains(threads) else { throw ValidationError("--threads is 1 to 64.") }
    }

    func run() async throws {
        let table = DocumentTable(
            count: documents, documentBytes: answerBytes - Frame.headByteCount)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        // As the Tandem server's sockets are set, where that costs or saves something.
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(QueryHandler(table: table))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        // Not by print, which keeps it until there is more if this is a pipe.
        let line = Data("ready query=127.0.0.1:\(listener.localAddress?.port ?? port)\n".utf8)
        try FileHandle.standardOutput.write(contentsOf: line)
        try await listener.closeFuture.get()
    }
}
