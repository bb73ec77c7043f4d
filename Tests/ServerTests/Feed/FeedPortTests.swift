import Budget
import ConnectionState
import Logging
import NIOCore
import NIOEmbedded
import Orders
import TandemCore
import TandemDomain
import Testing
import Wire
import WireMessages

@testable import Transport
@testable import WriteServer

/// The feed port's connections, without sockets.
struct FeedPortTests {
    private let bench = FeedBench(memory: MemoryBudget.ample)
    private let shared: ServerShared
    private let service: FeedService

    init() {
        var limits = WireLimits()
        limits.subscriptionCountPerAddressMax = 5
        let log = bench.log
        service = FeedService(
            Shop.domain, pump: bench.pump,
            identity: ServerIdentity(
                name: "test", clusterID: [], epoch: LogEpoch(rawValue: 1), keyRetention: .zero),
            status: WriteStatus(
                epoch: LogEpoch(rawValue: 1), startedAt: .current, head: { log.head },
                queuedCount: { 0 }),
            limits: limits, memory: bench.memory)
        shared = ServerShared(
            service: service, limits: limits,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }, endpoints: [:])
    }

    private func connect(
        from address: String, features: [String] = []
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(
            handler: ServerChannelHandler(shared: shared), loop: bench.loop)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        var bytes = ByteBuffer()
        Preface(role: .feed).write(to: &bytes)
        var hello = Hello()
        hello.methods = [FeedMethod.subscribe]
        hello.features = features
        bytes.writeFrame(.hello, body: hello.body())
        try channel.writeInbound(bytes)
        _ = try frames(channel)
        return channel
    }

    private func frames(
        _ channel: EmbeddedChannel, sealed: Bool = false
    ) throws -> [FrameType?] {
        var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
        if sealed { decoder.checksums = .required }
        var received = ByteBuffer()
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
            received.writeBuffer(&bytes)
        }
        var types: [FrameType?] = []
        while case .frame(let frame) = try decoder.next(from: &received) {
            types.append(frame.type)
        }
        return types
    }

    /// Subscribes behind a position, with what the subscriber knows of it.
    private func subscribe(
        _ channel: EmbeddedChannel, after position: UInt64, digest: [UInt8]?
    ) throws -> [FrameType?] {
        var request = Tandem_Feed_V1_SubscribeRequest()
        request.afterPosition = position
        request.logEpoch = 1
        if let digest { request.afterDigest = .init(digest) }
        var bytes = ByteBuffer()
        bytes.writeFrame(.request, stream: 1, body: request.body())
        try channel.writeInbound(bytes)
        return try frames(channel)
    }

    private func subscribe(_ channel: EmbeddedChannel, _ streams: [UInt32]) throws -> [FrameType?] {
        var bytes = ByteBuffer()
        for stream in streams { bytes.writeFrame(.request, stream: stream) }
        try channel.writeInbound(bytes)
        return try frames(channel)
    }

    @Test func `an address has so many subscriptions, over all its connections`() throws {
        let first = try connect(from: "192.0.2.1")
        let second = try connect(from: "192.0.2.1")
        let other = try connect(from: "192.0.2.2")
        #expect(try subscribe(first, [1, 3, 5, 7]) == [])
        #expect(try subscribe(second, [1, 3]) == [.error])
        #expect(try subscribe(other, [1, 3, 5, 7, 9]) == [.error])
        var cancel = ByteBuffer()
        cancel.writeFrame(.cancel, stream: 3)
        try first.writeInbound(cancel)
        #expect(try frames(first) == [.error])
        #expect(try subscribe(second, [5]) == [])
        #expect(try subscribe(second, [7]) == [.error])
        for channel in [first, second, other] { _ = try channel.finish() }
        #expect(service.places.takenCount == 0)
        #expect(bench.stop())
    }

    @Test(arguments: [[], [Feature.checksums]])
    func `all subscriptions of a connection get a batch, and then the next`(
        features: [String]
    ) throws {
        let isSealed = !features.isEmpty
        bench.log.append(count: 1_500, payloadByteCount: 20)
        let channel = try connect(from: "192.0.2.1", features: features)
        #expect(try subscribe(channel, [1, 3]) == [])
        for time in [.zero, .zero, .milliseconds(500)] as [Duration] {
            bench.serve(after: time)
            #expect(try frames(channel, sealed: isSealed) == [.item, .item])
        }
        #expect(bench.log.reads == [0, 1_024])
        _ = try channel.finish()
        #expect(bench.stop())
    }

    @Test func `who has followed this log is told so at once, wherever it is`() throws {
        bench.log.append(count: 9, payloadByteCount: 20)
        for (position, items) in [(9, [.item]), (4, [.item, .item])] as [(UInt64, [FrameType?])] {
            let channel = try connect(from: "192.0.2.1")
            let digest = FeedBench.Log.digest(at: LogPosition(rawValue: position))
            #expect(try subscribe(channel, after: position, digest: digest) == [])
            // The heartbeat, without waiting for one, and what follows.
            bench.serve()
            bench.serve()
            #expect(try frames(channel) == items)
            _ = try channel.finish()
        }
        #expect(bench.log.lines == [])
        #expect(bench.stop())
    }

    @Test func `who has followed another log gets nothing of this one`() throws {
        bench.log.append(count: 9, payloadByteCount: 20)
        let other = FeedBench.Log.digest(at: LogPosition(rawValue: 5))
        for digest in [other, Array(other.dropLast()), []] {
            let channel = try connect(from: "192.0.2.1")
            #expect(try subscribe(channel, after: 4, digest: digest) == [])
            bench.serve()
            #expect(try frames(channel) == [.error])
            _ = try channel.finish()
        }
        // That is the subscriber's affair, and nothing for the operator.
        #expect(bench.log.lines == [])
        // Behind nothing, nothing can be another's.
        let channel = try connect(from: "192.0.2.1")
        #expect(try subscribe(channel, after: 0, digest: other) == [])
        bench.serve()
        #expect(try frames(channel) == [.item])
        _ = try channel.finish()
        #expect(bench.stop())
    }
}
