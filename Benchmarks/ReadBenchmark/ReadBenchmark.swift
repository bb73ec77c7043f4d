import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import OrdersClient
import TandemClient
import TandemCore
import Transport

/// Measures the query port the way redis-benchmark measures Redis: so many connections, so many
/// requests in flight on each, random keys, for a few seconds.
@main
struct ReadBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-benchmark",
        abstract: "How many orders a second the query port answers.",
        discussion: """
            Closed loop: each connection sends a burst of --depth requests, waits for all answers, \
            and sends the next. Prints one JSON object a line. Answers are counted and checked \
            to be RESPONSEs; they stay compressed, as a client that passes them on would keep them.
            """)

    @Option(
        help: "The query port.",
        transform: HostAndPort.init(argument:))
    var queryAddress = HostAndPort(host: "127.0.0.1", port: 7_402)

    @Option(help: "How many connections.")
    var connections = 50

    @Option(parsing: .upToNextOption, help: "Requests in flight on each connection.")
    var depth = [1, 16, 64]

    @Option(help: "Seconds to measure each depth, after one second to warm up.")
    var seconds = 3.0

    @Option(help: "GetOrder, or the newest 20 of ListUserOrders.")
    var query = Query.get

    enum Query: String, ExpressibleByArgument {
        case get, list
    }

    func validate() throws {
        guard (1...10_000).contains(connections) else {
            throw ValidationError("--connections is 1 to 10000.")
        }
        guard depth.allSatisfy((1...1_024).contains) else {
            throw ValidationError("--depth is 1 to 1024.")
        }
        guard seconds > 0, seconds <= 3_600 else {
            throw ValidationError("--seconds is more than 0, and 3600 at the most.")
        }
    }

    func run() async throws {
        let keys = try await collectKeys()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        for depth in depth {
            let run = try await LoadRun.connect(
                to: queryAddress, count: connections, depth: depth, query: query, keys: keys,
                group: group)
            run.start()
            try await Task.sleep(for: .seconds(1))
            let before = run.answered
            let start = ContinuousClock.now
            try await Task.sleep(for: .seconds(seconds))
            let count = run.answered - before
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            try await run.stop()
            print(
                """
                {"query": "\(query.rawValue)", "connections": \(connections), "depth": \(depth), \
                "keys": \(keys.count), "per_s": \(Int(Double(count) / elapsed)), \
                "bytes_per_answer": \(run.byteCount / max(run.answered, 1))}
                """)
        }
        try await group.shutdownGracefully()
    }

    /// The ids of up to 50,000 orders, or of the users, read from the server itself.
    private func collectKeys() async throws -> [UInt64] {
        var configuration = TandemConfiguration()
        guard let server = ServerAddress("\(queryAddress)") else {
            throw ValidationError("\(queryAddress) is not an address.")
        }
        configuration.queryAddress = server
        let client = TandemClient(configuration: configuration)
        var keys: [UInt64] = []
        for try await user in client.users() {
            if query == .list {
                keys.append(user.id.rawValue)
                continue
            }
            for try await order in client.orders(of: user.id, pageSize: 1_000) {
                keys.append(order.id.rawValue)
            }
            if keys.count >= 50_000 { break }
        }
        await client.close()
        guard !keys.isEmpty else {
            throw ValidationError("The server at \(queryAddress) has no orders; import some first.")
        }
        return keys
    }
}

extension HostAndPort {
    fileprivate init(argument: String) throws {
        guard let address = HostAndPort(argument) else {
            throw ValidationError("an address is host:port, not \(argument).")
        }
        self = address
    }
}
