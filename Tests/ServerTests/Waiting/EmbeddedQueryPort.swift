import Budget
import ConnectionState
import DocumentStore
import Logging
import NIOCore
import NIOEmbedded
import Orders
import OrdersMessages
import Projection
import SwiftProtobuf
import TandemCore
import TandemDomain
import Wire
import WireMessages

@testable import ReadServer
@testable import Transport

/// A query port without sockets and without a feed: its documents are published by hand.
final class EmbeddedQueryPort {
    let loop = EmbeddedEventLoop()
    let store = DocumentStore(schema: Shop.domain.documents.map { $0.collection })
    let progress = ReadProgress()
    let waiters: PositionWaiters
    let service: QueryService
    let memory: MemoryBudget
    private let shared: ServerShared

    init(
        limits: WireLimits = WireLimits(), memory: MemoryBudget = .ample,
        building target: LogPosition? = nil, answersPlainCalls: Bool = true
    ) {
        let store = store
        self.memory = memory
        progress.heard(head: LogPosition(rawValue: 1))
        progress.feedIsConnected(true)
        waiters = PositionWaiters(published: { store.position })
        let domain = Shop.domain
        service = QueryService(
            domain, model: ReadModel(domain, store: store, log: { _ in }), progress: progress,
            waiters: waiters,
            building: target.map { BuildProgress(from: .beginning, to: $0, startedAt: .current) },
            epoch: LogEpoch(rawValue: 1), limits: limits, memory: memory)
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        shared = ServerShared(
            service: service, limits: limits, logger: logger, endpoints: [:],
            answersPlainCalls: answersPlainCalls)
    }

    /// Publishes a position without documents, as the projector does.
    func publish(_ number: UInt64) {
        store.publish([], position: LogPosition(rawValue: number))
        waiters.wake(through: LogPosition(rawValue: number))
        loop.run()
    }

    /// Lets the event loop's time come to that of the clock, which deadlines are measured by.
    func comeToNow() {
        loop.advanceTime(to: .uptimeNanoseconds(MonotonicTime.current.nanoseconds))
    }

    /// Whether nothing that waits, or has waited, takes anything.
    var isEmpty: Bool {
        service.room.takenCount == 0 && memory.byteCount(of: .heldAnswers) == 0
    }

    /// A connection's channel, before anything was sent.
    func open(from address: String = "192.0.2.1") throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: ServerChannelHandler(shared: shared), loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        return channel
    }

    func connect(from address: String = "192.0.2.1") throws -> Client {
        try Client(open(from: address))
    }

    /// A connection that asks for order 1, which there never is.
    final class Client {
        let channel: EmbeddedChannel
        private var lastStream: UInt32 = 1

        fileprivate init(_ channel: EmbeddedChannel) throws {
            self.channel = channel
            var bytes = ByteBuffer()
            Preface(role: .query).write(to: &bytes)
            var hello = Hello()
            hello.methods = [Orders.getOrder.name, Orders.getOrders.name]
            bytes.writeFrame(.hello, body: hello.body())
            try channel.writeInbound(bytes)
            _ = try flushes()
        }

        /// Sends requests in one segment, and lets the server take them all up.
        func ask(
            _ count: Int = 1, atLeast position: UInt64? = nil, maxStaleness: UInt32? = nil
        ) throws {
            var metadata = Metadata()
            metadata.atLeast = position.map {
                ConsistencyToken(
                    epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: $0))
            }
            metadata.maxStalenessMilliseconds = maxStaleness
            let request = Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = 1 }
            let body = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
            var bytes = ByteBuffer()
            for _ in 0..<count {
                bytes.writeFrame(.request, stream: lastStream, metadata: metadata, body: body)
                lastStream += 2
            }
            try channel.writeInbound(bytes)
            while try channel.pipeline.syncOperations.handler(type: ServerChannelHandler.self)
                .isYielding
            {
                channel.embeddedEventLoop.advanceTime(by: .microseconds(20))
            }
        }

        /// Asks for so many orders at once, and waits for a position.
        func askMany(_ count: Int, atLeast position: UInt64) throws {
            var metadata = Metadata()
            metadata.atLeast = ConsistencyToken(
                epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: position))
            let request = Tandem_Orders_V1_GetOrdersRequest.with {
                $0.orderIds = [UInt64](repeating: 1, count: count)
            }
            let body = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
            var bytes = ByteBuffer()
            bytes.writeFrame(
                .request, a: 1, stream: lastStream, metadata: metadata, body: body)
            lastStream += 2
            try channel.writeInbound(bytes)
        }

        func cancel(_ stream: UInt32) throws {
            var bytes = ByteBuffer()
            bytes.writeFrame(.cancel, stream: stream)
            try channel.writeInbound(bytes)
        }

        /// The reasons of the errors in each flush since the last time.
        func flushes() throws -> [[String]] {
            var flushes: [[String]] = []
            while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
                var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
                var reasons: [String] = []
                while case .frame(let frame) = try decoder.next(from: &bytes) {
                    guard frame.type == .error else { continue }
                    var body = frame.payload
                    if frame.flags.contains(.metadata) {
                        _ = try Metadata(readingFrom: &body, byteCountMax: 8_192)
                    }
                    let details = try ErrorDetails(body: body, of: .error)
                    reasons.append(details.info.reason)
                }
                flushes.append(reasons)
            }
            return flushes
        }

        func reasons() throws -> [String] { try flushes().flatMap(\.self) }
    }
}
