import ConnectionState
import DocumentStore
import Foundation
import NIOCore
import OrdersClient
import SwiftProtobuf
import TandemClient
import TandemCore
import Testing
import Transport
import WireMessages

@testable import ReadServer

/// What a read server says before its documents are whole.
struct BuildingTests {
    /// Where the log was at the start.
    private let target = LogPosition(rawValue: 10)

    @Test func `while documents are being built, queries wait and then hear when to come again`()
        async throws
    {
        try await QueryPort.open(building: target, longestWait: .milliseconds(50)) { port in
            let client = try await port.connect()
            port.store.publish([], position: LogPosition(rawValue: 6))
            let failure = try await QueryPort.getOrder(client)
            #expect(failure?.reason == "READ_MODEL_BUILDING")
            #expect(failure?.message.contains("60 % of the log") == true)
            guard case .after(let milliseconds) = failure?.retryAfter else {
                Issue.record("no time to wait: \(String(describing: failure))")
                return
            }
            #expect((100...60_000).contains(milliseconds))
            await client.close()
        }
    }

    @Test func `one that waits is answered as soon as the documents are whole`() async throws {
        try await QueryPort.open(building: target, longestWait: .seconds(3_600)) { port in
            let client = try await port.connect()
            let answer = Task { try await QueryPort.getOrder(client) }
            try await waiting(at: port)
            port.store.publish([], position: target)
            port.waiters.wake(through: target)
            #expect(try await answer.value?.reason == "NOT_FOUND")
            await client.close()
        }
    }

    private func waiting(at port: QueryPort) async throws {
        while port.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `documents that nothing but more memory helps on are answered as they are`()
        async throws
    {
        try await QueryPort.open(building: target, longestWait: .milliseconds(50)) { port in
            let client = try await port.connect()
            port.store.publish([], position: LogPosition(rawValue: 6))
            port.progress.heldUp = .init(reason: "memory is short", isLasting: false)
            #expect(try await QueryPort.getOrder(client)?.reason == "READ_MODEL_BEHIND")
            port.progress.heldUp = .init(reason: "there is no room", isLasting: true)
            #expect(try await QueryPort.getOrder(client)?.reason == "NOT_FOUND")
            await client.close()
        }
    }

    @Test func `a projection that has stopped on the way is told of, and no time that is left`()
        async throws
    {
        try await QueryPort.open(building: target, longestWait: .milliseconds(50)) { port in
            let client = try await port.connect()
            port.store.publish([], position: LogPosition(rawValue: 6))
            port.progress.stop(because: "the event at position 7 can't be projected")
            let failure = try await QueryPort.getOrder(client)
            #expect(failure?.reason == "READ_MODEL_BEHIND")
            #expect(failure?.message.contains("the event at position 7") == true)
            let health = try await client.call(OutboundCall(method: 1, body: ByteBuffer()))
            let reply = try Tandem_Meta_V1_HealthReply(
                serializedBytes: Array(health.body.readableBytesView))
            #expect(reply.state == .notReady)
            #expect(reply.reasons.first?.contains("get no further") == true)
            await client.close()
        }
    }

    @Test func `meanwhile Health is NOT_READY, and Status says how far it is`() async throws {
        try await QueryPort.open(building: target, longestWait: .seconds(5)) { port in
            let client = try await port.connect()
            let store = port.store
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
