import Dispatch
import EventModel
import Foundation
import Projection
import Session
import SnapshotStore
import Synchronization
import Transport

/// A batch as it came from the feed.
struct FeedEvents: Sendable {
    let events: [RecordedEvent]
    let head: LogPosition
    let receivedAt: MonotonicTime
    /// Called when the batch has been dealt with: lets the feed send more.
    let done: @Sendable () -> Void
}

/// Turns the feed into published documents, on a thread of its own: the store's only writer.
final class Projector: Sendable {
    private struct Inbox {
        var batches: [FeedEvents] = []
        var isStopped = false
    }

    private let store: SnapshotStore
    private let progress: ReadProgress
    private let waiters: PositionWaiters
    private let keeper: SnapshotKeeper
    private let makeRunner: @Sendable () -> ProjectionRunner
    /// Called when what the feed sends on is of no use: ends its connection.
    private let onGap: @Sendable () -> Void
    private let log: @Sendable (String) -> Void
    private let inbox = Mutex(Inbox())
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()

    init(
        store: SnapshotStore, progress: ReadProgress, waiters: PositionWaiters,
        keeper: SnapshotKeeper, makeRunner: @escaping @Sendable () -> ProjectionRunner,
        onGap: @escaping @Sendable () -> Void, log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.progress = progress
        self.waiters = waiters
        self.keeper = keeper
        self.makeRunner = makeRunner
        self.onGap = onGap
        self.log = log
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            // Made here: the runner belongs to this thread.
            let runner = makeRunner()
            while let batch = nextBatch() {
                project(batch, runner)
                batch.done()
            }
            finished.leave()
        }
        thread.name = "tandem-projector"
        thread.start()
    }

    /// Takes a batch; bounded by the credit that the feed has.
    func receive(_ batch: FeedEvents) {
        inbox.withLock { $0.batches.append(batch) }
        wake.signal()
    }

    /// Ends the thread, after the batch at hand. Blocks until it has.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopped = true
            inbox.batches = []
        }
        wake.signal()
        finished.wait()
    }

    private func nextBatch() -> FeedEvents? {
        while true {
            wake.wait()
            let (batch, isStopped) = inbox.withLock { inbox in
                (inbox.batches.isEmpty ? nil : inbox.batches.removeFirst(), inbox.isStopped)
            }
            if isStopped { return nil }
            if let batch { return batch }
        }
    }

    private func project(_ batch: FeedEvents, _ runner: ProjectionRunner) {
        progress.heard(head: batch.head)
        guard progress.stopped == nil else { return }
        do throws(ProjectionError) {
            if !batch.events.isEmpty {
                let projected = try runner.run(batch.events)
                if projected.position > store.position {
                    store.publish(projected.changes, position: projected.position)
                    waiters.wake(through: projected.position)
                    keeper.keep(
                        projected.changes, dictionaries: store.dictionaries,
                        position: projected.position)
                }
            }
            if store.position >= batch.head { progress.isComplete(at: batch.receivedAt) }
        } catch {
            handle(error)
        }
    }

    private func handle(_ error: ProjectionError) {
        switch error {
        case .gap:
            log("the feed left events out, reading it again: \(error)")
            onGap()
        case .reduction, .encoding:
            // Going on would show documents that are wrong; old ones say how old they are.
            log("the projection has stopped, the documents stay as they are: \(error)")
            progress.stop(because: "\(error)")
            // Nothing more is taken from the feed: its end is what status shows.
            onGap()
        }
    }
}
