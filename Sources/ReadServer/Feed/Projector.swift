import Budget
import ConnectionState
import Dispatch
import DocumentStore
import Foundation
import Projection
import Synchronization
import TandemCore
import Transport

/// A batch as it came from the feed.
struct FeedEvents: Sendable {
    let events: [RecordedEvent]
    let head: LogPosition
    /// The log's at the last event; empty if there is none, or it isn't known.
    var digest: [UInt8] = []
    let receivedAt: MonotonicTime
    /// What the events take in memory, roughly.
    var byteCount = 0
    /// Called when the batch has been dealt with: lets the feed send more.
    let done: @Sendable () -> Void
}

/// Turns the feed into published documents, on a thread of its own: the store's only writer.
///
/// A fan-out's documents are rewritten in parts, one after each batch and whenever no batch waits,
/// so that an event that changes many documents holds up no other.
final class Projector: Sendable {
    private struct Inbox {
        var batches: [FeedEvents] = []
        var isStopped = false
    }

    private let store: DocumentStore
    private let progress: ReadProgress
    private let waiters: PositionWaiters
    private let fileWriter: DocumentFileWriter
    private let room: MemoryRoom
    private let makeRunner: @Sendable () -> ProjectionRunner
    /// Called when what the feed sends on is of no use: ends its connection.
    private let onGap: @Sendable () -> Void
    private let log: @Sendable (String) -> Void
    private let inbox = Mutex(Inbox())
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()
    private let waitLoggedAt = Mutex<MonotonicTime?>(nil)

    init(
        store: DocumentStore, progress: ReadProgress, waiters: PositionWaiters,
        fileWriter: DocumentFileWriter, memory: MemoryBudget = .ample,
        makeRunner: @escaping @Sendable () -> ProjectionRunner,
        onGap: @escaping @Sendable () -> Void, log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.progress = progress
        self.waiters = waiters
        self.fileWriter = fileWriter
        room = MemoryRoom(memory: memory, store: store)
        self.makeRunner = makeRunner
        self.onGap = onGap
        self.log = log
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            // Made here: the runner belongs to this thread.
            run(makeRunner())
            finished.leave()
        }
        thread.name = "tandem-projector"
        thread.start()
    }

    /// Takes a batch; bounded by the credit that the feed has.
    func receive(_ batch: FeedEvents) {
        room.memory.adjust(by: batch.byteCount, for: .projection)
        inbox.withLock { $0.batches.append(batch) }
        wake.signal()
    }

    /// Ends the thread, after the batch or the part of a fan-out at hand. Blocks until it has.
    func stop() {
        let left = inbox.withLock { inbox in
            inbox.isStopped = true
            defer { inbox.batches = [] }
            return inbox.batches
        }
        for batch in left { room.memory.release(batch.byteCount, for: .projection) }
        wake.signal()
        finished.wait()
    }

    private var isStopped: Bool { inbox.withLock { $0.isStopped } }

    private func run(_ runner: ProjectionRunner) {
        room.documentsChanged()
        while true {
            guard waitForRoom() else { return }
            if runner.hasFanOuts, progress.stopped == nil {
                _ = wake.wait(timeout: .now())
            } else {
                wake.wait()
            }
            guard !isStopped else { return }
            let batches = inbox.withLock { inbox in
                defer { inbox.batches = [] }
                return inbox.batches
            }
            projectAll(batches[...], runner)
            for batch in batches {
                room.memory.release(batch.byteCount, for: .projection)
                batch.done()
            }
            attempt { () throws(ProjectionError) in try carryOutFanOut(runner) }
        }
    }

    /// Projects the events of all batches that wait, as one: the more there are, the fewer states
    /// of a document that many of them change (a sum over others, say) are made.
    private func projectAll(_ batches: ArraySlice<FeedEvents>, _ runner: ProjectionRunner) {
        do throws(ProjectionError) { try project(batches, runner) } catch {
            guard batches.count > 1 else { return handle(error) }
            // One by one, so that what stands before the fault is shown.
            for index in batches.indices {
                do throws(ProjectionError) {
                    try project(batches[index...index], runner)
                } catch {
                    return handle(error)
                }
            }
        }
    }

    private func project(
        _ batches: ArraySlice<FeedEvents>, _ runner: ProjectionRunner
    ) throws(ProjectionError) {
        guard let newest = batches.last else { return }
        progress.heard(head: newest.head)
        guard progress.stopped == nil else { return }
        let events = batches.count == 1 ? newest.events : batches.flatMap(\.events)
        let end = Self.end(of: batches)
        while let last = events.last, last.position > store.position {
            guard waitForRoom() else { return }
            publish(try runner.run(events), end)
            while runner.isFullOfFanOuts {
                if isStopped { return }
                try carryOutFanOut(runner)
            }
        }
        if let whole = batches.last(where: { store.position >= $0.head }) {
            progress.isComplete(at: whole.receivedAt)
        }
    }

    /// Waits while there is no memory for more documents: what is there goes on being served, and
    /// the feed's credit keeps the rest where it is. False if the thread is to end.
    private func waitForRoom() -> Bool {
        guard progress.stopped == nil, let obstacle = room.obstacle else { return true }
        room.memory.noteRefusal()
        logWait(obstacle.reason)
        while let obstacle = room.obstacle {
            progress.heldUp = obstacle
            if isStopped { return false }
            Thread.sleep(forTimeInterval: Self.roomPeriod)
        }
        progress.heldUp = nil
        return true
    }

    /// Once a minute at the most: memory may be short by fits and starts.
    private func logWait(_ obstacle: String) {
        let isDue = waitLoggedAt.withLock { loggedAt in
            let now = MonotonicTime.current
            if let loggedAt, now.since(loggedAt) < .seconds(60) { return false }
            loggedAt = now
            return true
        }
        if isDue { log("the projection waits, and the documents stay as they are: \(obstacle)") }
    }

    /// How often it is looked whether there is memory again, in seconds.
    private static let roomPeriod: TimeInterval = 0.05

    private func carryOutFanOut(_ runner: ProjectionRunner) throws(ProjectionError) {
        guard progress.stopped == nil, let part = try runner.runFanOut() else { return }
        publish(part)
    }

    /// Where batches end in their log, if they say so.
    private static func end(of batches: ArraySlice<FeedEvents>) -> LogEnd? {
        guard let batch = batches.last(where: { !$0.events.isEmpty }), !batch.digest.isEmpty,
            let last = batch.events.last
        else { return nil }
        return LogEnd(position: last.position, digest: batch.digest)
    }

    /// - Parameter end: where the events came to an end in the log; this may be before.
    private func publish(_ batch: ProjectedBatch, _ end: LogEnd? = nil) {
        if let end, end.position == batch.position { progress.knownEnd = end }
        store.publish(batch.changes, position: batch.position, overlay: batch.overlay)
        room.documentsChanged()
        let unfinished = batch.overlay?.events ?? []
        progress.pendingFanOuts = unfinished.count
        waiters.wake(through: batch.position)
        fileWriter.keep(
            batch.changes, dictionaries: store.dictionaries, position: batch.position,
            known: progress.knownEnd, unfinished: unfinished)
    }

    private func attempt(_ body: () throws(ProjectionError) -> Void) {
        do throws(ProjectionError) { try body() } catch { handle(error) }
    }

    private func handle(_ error: ProjectionError) {
        switch error {
        case .gap:
            log("the feed left events out, reading it again: \(error)")
        case .reduction, .fanOut, .summation, .encoding:
            // Going on would show documents that are wrong; old ones say how old they are.
            log("the projection has stopped, the documents stay as they are: \(error)")
            progress.stop(because: "\(error)")
        }
        // What the feed has sent on is of no use, and its end is what status shows.
        onGap()
    }
}
