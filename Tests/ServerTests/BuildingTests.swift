import EventModel
import Foundation
import Logging
import NIOCore
import Orders
import OrdersMessages
import Projection
import Session
import SnapshotStore
import SwiftProtobuf
import TandemClient
import TestSupport
import Testing
import Transport
import Wire
import WireMessages

@testable import ReadServer

/// What a read server says before its documents are whole.
struct BuildingTests {
    /// A query port whose documents are published by hand; the log went up to 10 at its start.
    private func withPort(
        _ body: (HostAndPort, SnapshotStore, PositionWaiters) async throws -> Void
    ) async throws {
        let turn = await Turn.next()
        defer { turn.end() }
        let domain = OrdersDomain()
        let store = SnapshotStore(schema: domain.documents.map { $0.collection })
        let progress = ReadProgress()
        progress.heard(head: LogPosition(rawValue: 10))
        progress.feedIsConnected(true)
        let waiters = PositionWaiters(published: { store.position })
        let service = QueryService(
            domain, model: ReadModel(domain, store: store), progress: progress, waiters: waiters,
            building: BuildProgress(
                from: .beginning, to: LogPosition(rawValue: 10), startedAt: .current),
            epoch: LogEpoch(rawValue: 1), limits: WireLimits())
        let listener = try await ServerListener.listen(
            on: HostAndPort(host: "127.0.0.1", port: 0), service: service, limits: WireLimits(),
            group: Shop.group, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(listener.address, store, waiters)) } catch {
            outcome = .failure(error)
        }
        await listener.shutDown(grace: .zero)
        try outcome.get()
    }

    private func request() throws -> ByteBuffer {
        let request = Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = 1 }
        return ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
    }

    private func connect(_ address: HostAndPort) async throws -> ClientConnection {
        try await ClientConnection.connect(
            host: address.host, port: address.port,
            configuration: ClientConfiguration(
                role: .query,
                methods: [
                    "tandem.orders.v1.OrderQueries/GetOrder", "tandem.meta.v1.Meta/Health",
                    "tandem.meta.v1.Meta/Status",
                ],
                clientName: "test"),
            group: Shop.group)
    }

    @Test func `while documents are being built, queries wait and then hear when to come again`()
        async throws
    {
        try await withPort { address, store, waiters in
            let client = try await connect(address)
            store.publish([], position: LogPosition(rawValue: 6))
            let failure = await #expect(throws: CallFailure.self) {
                _ = try await client.call(
                    OutboundCall(method: 0, body: try request(), timeout: .milliseconds(50)))
            }
            #expect(failure?.reason == "READ_MODEL_BUILDING")
            #expect(failure?.message.contains("60 % of the log") == true)
            guard case .after(let milliseconds) = failure?.retryAfter else {
                Issue.record("no time to wait: \(String(describing: failure))")
                return
            }
            #expect((100...60_000).contains(milliseconds))
            // One that waits is answered as soon as the documents are there.
            let answer = Task {
                try await client.call(
                    OutboundCall(method: 0, body: try request(), timeout: .seconds(60)))
            }
            store.publish([], position: LogPosition(rawValue: 10))
            waiters.wake(through: LogPosition(rawValue: 10))
            let notFound = await #expect(throws: CallFailure.self) { _ = try await answer.value }
            #expect(notFound?.reason == "NOT_FOUND")
            await client.close()
        }
    }

    @Test func `meanwhile Health is NOT_READY, and Status says how far it is`() async throws {
        try await withPort { address, store, _ in
            let client = try await connect(address)
            func health() async throws -> Tandem_Meta_V1_HealthReply {
                let reply = try await client.call(OutboundCall(method: 1, body: ByteBuffer()))
                return try Tandem_Meta_V1_HealthReply(
                    serializedBytes: Array(reply.body.readableBytesView))
            }
            func status() async throws -> Tandem_Meta_V1_StatusReply {
                let reply = try await client.call(OutboundCall(method: 2, body: ByteBuffer()))
                return try Tandem_Meta_V1_StatusReply(
                    serializedBytes: Array(reply.body.readableBytesView))
            }
            store.publish([], position: LogPosition(rawValue: 3))
            let building = try await health()
            #expect(building.state == .notReady)
            #expect(building.reasons.first?.hasPrefix("building: 30 % of the log") == true)
            #expect(try await status().buildingUntilPosition == 10)
            store.publish([], position: LogPosition(rawValue: 10))
            #expect(try await health().state == .serving)
            #expect(try await status().buildingUntilPosition == 0)
            await client.close()
        }
    }

    @Test func `a read server without its copy answers nothing before it is whole`() async throws {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var last: OrderID?
        try await Shop.withShop(in: folder) { shop in
            for user in UInt64(1)...60 { last = try await shop.placeOrder(user: user).id }
        }
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: folder + "/read.sqlite" + suffix)
        }
        try await Shop.withShop(in: folder) { shop in
            // The first thing that it is asked, without a position.
            let order = try await shop.client.order(try #require(last))
            #expect(order.id == last)
        }
    }

    @Test func `progress tells how much is done and about how long the rest takes`() {
        let start = MonotonicTime(nanoseconds: 5)
        func position(_ number: UInt64) -> LogPosition { LogPosition(rawValue: number) }
        let progress = BuildProgress(from: position(20), to: position(100), startedAt: start)
        let later = start.advanced(by: 4_000)
        #expect(progress.text(at: position(20), now: later) == "building: 20 % of the log")
        #expect(
            progress.text(at: position(60), now: later)
                == "building: 60 % of the log, about 4 s left")
        #expect(progress.retryAfterMilliseconds(at: position(60), now: later) == 4_000)
        #expect(progress.retryAfterMilliseconds(at: position(99), now: start) == 100)
        #expect(progress.retryAfterMilliseconds(at: position(20), now: later) == 1_000)
        #expect(progress.percent(at: position(99)) == 99)
        #expect(progress.text(at: position(100), now: later) == nil)
        let nothing = BuildProgress(from: .beginning, to: .beginning, startedAt: start)
        #expect(nothing.text(at: .beginning, now: later) == nil)
    }
}
