import Budget
import ConnectionState
import DocumentStore
import Foundation
import Orders
import OrdersEvents
import Projection
import SwiftProtobuf
import Synchronization
import TandemCore
import TandemDomain
import Testing
import Transport

@testable import ReadServer

/// What the projector does on its own thread.
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

    /// A projector on its own thread, its store and its copy.
    private final class Bench {
        let store: DocumentStore
        let progress = ReadProgress()
        let projector: Projector
        let fileWriter: DocumentFileWriter
        private let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString

        init(
            memory: MemoryBudget = .ample,
            log: @escaping @Sendable (String) -> Void = { Issue.record("\($0)") }
        ) throws {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            let domain = Shop.domain
            let schema = domain.documents.map { $0.collection }
            let store = DocumentStore(schema: schema)
            self.store = store
            fileWriter = DocumentFileWriter(
                file: try DocumentFile(path: folder + "/read.sqlite", schema: schema),
                epoch: LogEpoch(rawValue: 1), memory: memory, log: { Issue.record("\($0)") })
            projector = Projector(
                store: store, progress: progress,
                waiters: PositionWaiters(published: { store.position }), fileWriter: fileWriter,
                memory: memory,
                makeRunner: {
                    ProjectionRunner(
                        store: store, collections: domain.documents, reducer: domain.reducer)
                },
                onGap: {}, log: log)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func start() {
            fileWriter.start()
            projector.start()
        }

        func stop() {
            projector.stop()
            fileWriter.stop()
        }
    }

    @Test func `other events are projected between the parts of a fan-out`() throws {
        let bench = try Bench()
        let (projector, store, progress) = (bench.projector, bench.store, bench.progress)
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
        @Sendable func receive(_ batches: ArraySlice<[RecordedEvent]>) {
            guard let events = batches.first else { return }
            projector.receive(
                FeedEvents(
                    events: events, head: LogPosition(rawValue: 1_003), receivedAt: .current,
                    done: {
                        moments.withLock {
                            $0.append(
                                Moment(
                                    position: store.position.rawValue,
                                    pendingFanOuts: progress.pendingFanOuts))
                        }
                        receive(batches.dropFirst())
                        finished.signal()
                    }))
        }
        // Each comes from the projector's own thread when it has done with the one before, and
        // before the next part of a fan-out: nothing depends on who is faster.
        receive([past, [changed], [other]])
        bench.start()
        for _ in 0..<3 { finished.wait() }
        bench.stop()
        // A thousand documents are four parts: one of them was between the two last batches.
        #expect(
            moments.withLock { $0 } == [
                Moment(position: 1_001, pendingFanOuts: 0),
                Moment(position: 1_002, pendingFanOuts: 1),
                Moment(position: 1_003, pendingFanOuts: 1),
            ])
    }

    @Test func `batches that wait are projected as one, repeats of events among them`() throws {
        let bench = try Bench()
        let store = bench.store
        let positions = Mutex<[LogPosition]>([])
        let finished = DispatchSemaphore(value: 0)
        let events = try history(orderCount: 10)
        for batch in [events.prefix(4), events[2..<7], events[...]] {
            bench.projector.receive(
                FeedEvents(
                    events: Array(batch), head: LogPosition(rawValue: 11), receivedAt: .current,
                    done: {
                        positions.withLock { $0.append(store.position) }
                        finished.signal()
                    }))
        }
        bench.start()
        for _ in 0..<3 { finished.wait() }
        bench.stop()
        #expect(
            positions.withLock { $0 } == Array(repeating: LogPosition(rawValue: 11), count: 3))
    }

    @Test func `what stands before an event that can't be projected is shown`() throws {
        let bench = try Bench(log: { _ in })
        let finished = DispatchSemaphore(value: 0)
        let events = try history(orderCount: 10)
        let poison = try event(
            12, "OrderPlaced",
            Tandem_Orders_Events_V1_OrderPlaced.with {
                $0.orderID = 99
                $0.userID = 99
            })
        for batch in [events, [poison]] {
            bench.projector.receive(
                FeedEvents(
                    events: batch, head: LogPosition(rawValue: 12), receivedAt: .current,
                    done: { finished.signal() }))
        }
        bench.start()
        for _ in 0..<2 { finished.wait() }
        bench.stop()
        #expect(bench.store.position == LogPosition(rawValue: 11))
        #expect(bench.progress.stopped != nil)
    }

    @Test func `without memory the projection waits and says so, and goes on when there is some`()
        throws
    {
        let memory = MemoryBudget(byteCountMax: 256 << 20)
        memory.observe(residentByteCount: 256 << 20)
        let lines = Mutex<[String]>([])
        let bench = try Bench(memory: memory, log: { line in lines.withLock { $0.append(line) } })
        let done = DispatchSemaphore(value: 0)
        bench.projector.receive(
            FeedEvents(
                events: try history(orderCount: 10), head: LogPosition(rawValue: 11),
                receivedAt: .current, byteCount: 1_000, done: { done.signal() }))
        #expect(memory.byteCount(of: .projection) == 1_000)
        bench.start()
        // It comes, however late; if not, the runner names this test after minutes.
        while bench.progress.heldUp == nil { Thread.sleep(forTimeInterval: 0.001) }
        #expect(bench.store.position == .beginning)
        #expect(bench.progress.troubles().contains { $0.contains("--memory") })
        #expect(lines.withLock { $0.count } == 1)
        #expect(memory.refusalCount == 1)
        memory.observe(residentByteCount: 10 << 20)
        done.wait()
        bench.stop()
        #expect(bench.store.position == LogPosition(rawValue: 11))
        #expect(bench.progress.heldUp == nil)
        #expect(memory.byteCount(of: .documents) == bench.store.memoryByteCount)
        #expect(memory.byteCount(of: .projection) == 0)
    }

    @Test func `a projector that waits for memory can be stopped`() throws {
        let memory = MemoryBudget(byteCountMax: 256 << 20)
        memory.observe(residentByteCount: 256 << 20)
        let bench = try Bench(memory: memory, log: { _ in })
        bench.projector.receive(
            FeedEvents(
                events: try history(orderCount: 1), head: LogPosition(rawValue: 2),
                receivedAt: .current, byteCount: 100, done: {}))
        bench.start()
        // As above.
        while bench.progress.heldUp == nil { Thread.sleep(forTimeInterval: 0.001) }
        bench.stop()
        #expect(bench.store.position == .beginning)
        #expect(memory.byteCount(of: .projection) == 0)
    }
}
