import EventModel
import Logging
import NIOCore
import NIOEmbedded
import Orders
import OrdersMessages
import Projection
import Session
import SnapshotStore
import SwiftProtobuf
import Testing
import Wire
import WireMessages

@testable import ReadServer
@testable import Transport

/// Queries that wait, on a connection that takes nothing more for now.
struct RoomForAnswersTests {
    private static let method = "tandem.orders.v1.OrderQueries/GetOrder"

    private let store = SnapshotStore(schema: OrdersDomain().documents.map { $0.collection })
    private let waiters: PositionWaiters
    private let channel: EmbeddedChannel

    init() throws {
        let store = store
        let progress = ReadProgress()
        progress.heard(head: LogPosition(rawValue: 1))
        progress.feedIsConnected(true)
        waiters = PositionWaiters(published: { store.position })
        let domain = OrdersDomain()
        let service = QueryService(
            domain, model: ReadModel(domain, store: store, log: { _ in }), progress: progress,
            waiters: waiters,
            epoch: LogEpoch(rawValue: 1), limits: WireLimits())
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        channel = EmbeddedChannel(
            handler: ServerChannelHandler(
                shared: ServerShared(
                    service: service, limits: WireLimits(), logger: logger, endpoints: [:])))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// What has been written since the last time.
    private func frameTypes() throws -> [FrameType?] {
        channel.embeddedEventLoop.run()
        var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
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

    private func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test func `what waited for a position is answered when there is room for it, not before`()
        throws
    {
        var bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        var hello = Hello()
        hello.methods = [Self.method]
        bytes.writeFrame(.hello, body: hello.body())
        var metadata = Metadata()
        metadata.atLeast = ConsistencyToken(
            epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: 1))
        let request = Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = 1 }
        for stream in UInt32(1)...3 {
            bytes.writeFrame(
                .request, stream: stream, metadata: metadata,
                body: ByteBuffer(bytes: try request.serializedBytes() as [UInt8]))
        }
        try channel.writeInbound(bytes)
        #expect(try frameTypes() == [.welcome])
        setWritable(false)
        store.publish([], position: LogPosition(rawValue: 1))
        waiters.wake(through: LogPosition(rawValue: 1))
        #expect(try frameTypes().isEmpty)
        setWritable(true)
        #expect(try frameTypes() == [.error, .error, .error])
        _ = try channel.finish()
    }
}
