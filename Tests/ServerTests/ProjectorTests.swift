import EventModel
import Foundation
import Orders
import OrdersEvents
import Projection
import Session
import SnapshotStore
import SwiftProtobuf
import Synchronization
import Testing
import Transport

@testable import ReadServer

/// What the projector does with a fan-out, on its own thread.
struct ProjectorTests {
    /// What the projector had done when it was through with a batch.
    private struct Moment: Equatable {
        let position: UInt64
        let pendingFanOuts: Int
    }

    private func event(_ number: UInt64, _ type: String, _ payload: some Message) throws
        -> RecordedEvent
    {
        RecordedEvent(
            position: LogPosition(rawValue: number), stream: StreamID(rawValue: "test"),
            version: StreamVersion(rawValue: number), type: type,
            payload: try payload.serializedBytes(), recordedAt: Timestamp(microseconds: 0))
    }

    /// One user with this many orders.
    private func history(orderCount: UInt64) throws -> [RecordedEvent] {
        var events = [
            try event(
                1, "UserRegistered",
                Tandem_Orders_Events_V1_UserRegistered.with {
                    $0.userID = 1
                    $0.email = "old@example.org"
                })
        ]
        for order in 1...orderCount {
            events.append(
                try event(
                    order + 1, "OrderPlaced",
                    Tandem_Orders_Events_V1_OrderPlaced.with {
                        $0.orderID = order
                        $0.userID = 1
                        $0.currency = "USD"
                    }))
        }
        return events
    }

    @Test func `other events are projected between the parts of a fan-out`() throws {
        let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let domain = OrdersDomain()
        let schema = domain.documents.map { $0.collection }
        let store = SnapshotStore(schema: schema)
        let progress = ReadProgress()
        let keeper = SnapshotKeeper(
            file: try SnapshotFile(path: folder + "/read.sqlite", schema: schema),
            epoch: LogEpoch(rawValue: 1), log: { Issue.record("\($0)") })
        let projector = Projector(
            store: store, progress: progress,
            waiters: PositionWaiters(published: { store.position }), keeper: keeper,
            makeRunner: {
                ProjectionRunner(
                    store: store, collections: domain.documents, reducer: domain.reducer)
            },
            onGap: {}, log: { Issue.record("\($0)") })
        let moments = Mutex<[Moment]>([])
        let finished = DispatchSemaphore(value: 0)
        let past = try history(orderCount: 1_000)
        let changed = try event(
            1_002, "UserEmailChanged",
            Tandem_Orders_Events_V1_UserEmailChanged.with {
                $0.userID = 1
                $0.email = "new@example.org"
            })
        let other = try event(
            1_003, "UserRegistered",
            Tandem_Orders_Events_V1_UserRegistered.with { $0.userID = 2 })
        // All are there before it begins, so that nothing depends on who is faster.
        for batch in [past, [changed], [other]] {
            projector.receive(
                FeedEvents(
                    events: batch, head: LogPosition(rawValue: 1_003), receivedAt: .current,
                    done: {
                        moments.withLock {
                            $0.append(
                                Moment(
                                    position: store.position.rawValue,
                                    pendingFanOuts: progress.pendingFanOuts))
                        }
                        finished.signal()
                    }))
        }
        keeper.start()
        projector.start()
        for _ in 0..<3 { finished.wait() }
        projector.stop()
        keeper.stop()
        // A thousand documents are four parts: one of them was between the two last batches.
        #expect(
            moments.withLock { $0 } == [
                Moment(position: 1_001, pendingFanOuts: 0),
                Moment(position: 1_002, pendingFanOuts: 1),
                Moment(position: 1_003, pendingFanOuts: 1),
            ])
    }
}
