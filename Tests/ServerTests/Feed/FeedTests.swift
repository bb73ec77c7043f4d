import ConnectionState
import NIOCore
import OrdersClient
import SwiftProtobuf
import Synchronization
import TandemClient
import TandemCore
import Testing
import Transport
import Wire
import WireMessages
import WriteServer

/// The feed port, as a read server sees it.
struct FeedTests {
    /// Takes batches, and grants no credit for them.
    private final class Batches: CallSink {
        private struct State {
            var batches: [Tandem_Feed_V1_FeedBatch] = []
            var hasEnded = false
        }

        private let state = Mutex(State())

        func receive(_ event: CallEvent) {
            state.withLock { state in
                switch event {
                case .item(let body):
                    let bytes = Array(body.readableBytesView)
                    let batch = try? Tandem_Feed_V1_FeedBatch(serializedBytes: bytes)
                    state.batches.append(batch ?? .init())
                case .finished:
                    state.hasEnded = true
                }
            }
        }

        var count: Int { state.withLock { $0.batches.count } }
        var positions: [UInt64] {
            state.withLock { $0.batches.flatMap { $0.events.map(\.position) } }
        }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }
    }

    private func connect(to shop: Shop, window: UInt32 = 1 << 20) async throws -> ClientConnection {
        var configuration = ClientConfiguration(
            role: .feed, methods: [FeedMethod.subscribe, MetaService.status], clientName: "test")
        configuration.initialWindow = window
        let feed = shop.write.feedAddress
        return try await ClientConnection.connect(
            host: feed.host, port: feed.port, configuration: configuration, group: Shop.group)
    }

    private func subscribe(
        after position: UInt64, of epoch: LogEpoch
    ) -> OutboundCall {
        var request = Tandem_Feed_V1_SubscribeRequest()
        request.afterPosition = position
        request.logEpoch = epoch.rawValue
        return OutboundCall(
            method: 0, kind: .stream, body: request.body(), timeout: .seconds(30),
            grantsCreditItself: true)
    }

    private func refusal(_ call: OutboundCall, by shop: Shop) async throws -> String? {
        let connection = try await connect(to: shop)
        // One that is not refused ends with its deadline.
        let failure = await #expect(throws: CallFailure.self) {
            _ = try await connection.page(call)
        }
        await connection.close()
        return failure?.reason
    }

    @Test func `a position of another log is refused`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let other = LogEpoch(rawValue: shop.write.epoch.rawValue ^ 1)
            #expect(try await refusal(subscribe(after: 1, of: other), by: shop) == "EPOCH_CHANGED")
        }
    }

    @Test func `a position that the log has not reached is refused`() async throws {
        try await Shop.withShop { shop in
            let placed = try await shop.placeOrder()
            let head = try #require(placed.token).position.rawValue
            let call = subscribe(after: head + 1, of: shop.write.epoch)
            #expect(try await refusal(call, by: shop) == "BEYOND_HEAD")
        }
    }

    @Test func `a subscription gives each event once, those recorded and those to come`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let connection = try await connect(to: shop)
            let batches = Batches()
            _ = connection.start(subscribe(after: 0, of: shop.write.epoch), sink: batches)
            for name in ["one", "two", "three"] {
                let renamed = try await shop.client.renameUser(1, to: name)
                let head = try #require(renamed.token).position.rawValue
                while batches.positions.max() ?? 0 < head, !batches.hasEnded {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(batches.positions == Array(1...head))
            }
            await connection.close()
        }
    }

    @Test func `a subscriber that grants no credit is sent no more`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            // The first batch takes all of it.
            let connection = try await connect(to: shop, window: 1)
            let batches = Batches()
            let id = connection.start(subscribe(after: 0, of: shop.write.epoch), sink: batches)
            while batches.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
            for name in ["one", "two", "three"] {
                // The query waits until another subscriber has been sent the event, and the call
                // comes behind whatever this one was sent.
                _ = try await shop.client.renameUser(1, to: name)
                #expect(try await shop.client.user(1).name == name)
                _ = try await connection.call(OutboundCall(method: 1, body: ByteBuffer()))
                #expect(batches.count == 1)
            }
            connection.grantCredit(id)
            while batches.count == 1 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(batches.positions == Array(1...UInt64(batches.positions.count)))
            await connection.close()
        }
    }
}
