import NIOCore
import NIOPosix
import Synchronization
import Transport
import Wire

/// The connections of one measurement.
final class LoadRun: Sendable {
    private let channels: [any Channel]
    private let counters: Counters

    final class Counters: Sendable {
        let answers = Atomic<Int>(0)
        let bytes = Atomic<Int>(0)
    }

    private init(channels: [any Channel], counters: Counters) {
        self.channels = channels
        self.counters = counters
    }

    var answered: Int { counters.answers.load(ordering: .relaxed) }
    var byteCount: Int { counters.bytes.load(ordering: .relaxed) }

    static func connect(
        to address: HostAndPort, count: Int, depth: Int, query: ReadBenchmark.Query,
        keys: [UInt64], group: any EventLoopGroup
    ) async throws -> LoadRun {
        let counters = Counters()
        var channels: [any Channel] = []
        for number in 0..<count {
            let channel = try await ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(
                    .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 256 << 10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            LoadHandler(
                                depth: depth, query: query, keys: keys, seed: UInt64(number),
                                counters: counters))
                    }
                }
                .connect(host: address.host, port: address.port).get()
            channels.append(channel)
        }
        return LoadRun(channels: channels, counters: counters)
    }

    func start() {
        for channel in channels {
            channel.triggerUserOutboundEvent(LoadHandler.Begin(), promise: nil)
        }
    }

    func stop() async throws {
        // The server may have closed them.
        for channel in channels { try? await channel.close() }
    }
}
