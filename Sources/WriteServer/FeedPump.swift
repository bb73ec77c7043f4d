import Dispatch
import EventModel
import EventStore
import Foundation
import Session
import Synchronization
import Transport

/// Reads batches of events for subscribers, on a thread of its own: event loops never wait for
/// the disk.
///
/// A request whose position is the head waits for the next commit, or for the heartbeat's time,
/// when it gets an empty batch.
final class FeedPump: Sendable {
    /// Shared by a subscription and its request: one that has ended costs no work.
    final class Interest: Sendable {
        private let ended = Atomic(false)
        var hasEnded: Bool { ended.load(ordering: .relaxed) }
        func end() { ended.store(true, ordering: .relaxed) }
    }

    struct BatchRequest: Sendable {
        let interest: Interest
        let after: LogPosition
        let acceptsZlib: Bool
        let deliver: @Sendable (Result<EncodedFeedBatch, Rejection>) -> Void
    }

    private struct State {
        var requests: [(request: BatchRequest, heartbeatAt: ContinuousClock.Instant)] = []
        var isStopped = false
    }

    /// Large enough that a projector that is behind spends its time on events, not on batches.
    private static let eventCountMax = 1_024
    private static let byteCountMax = 512 << 10
    private static let heartbeatPeriod: Duration = .milliseconds(500)

    private let reader: EventLogReader
    private let head: @Sendable () -> LogPosition
    private let wallClock: @Sendable () -> Timestamp
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    /// Subscribers come again at once: a page that can't be read would be a line for each.
    private let unreadable = Mutex(OutageLog())
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()

    init(
        reader: EventLogReader, head: @escaping @Sendable () -> LogPosition,
        wallClock: @escaping @Sendable () -> Timestamp, log: @escaping @Sendable (String) -> Void
    ) {
        self.reader = reader
        self.head = head
        self.wallClock = wallClock
        self.log = log
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            while !state.withLock({ $0.isStopped }) {
                serve()
                _ = wake.wait(timeout: .now() + .milliseconds(100))
            }
            finished.leave()
        }
        thread.name = "tandem-feed"
        thread.start()
    }

    /// Ends the thread. Blocks until it has.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.requests = []
        }
        wake.signal()
        finished.wait()
    }

    /// Asks for one batch; it is delivered on the pump's thread. Any thread.
    func requestBatch(_ request: BatchRequest) {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.requests.append((request, .now + Self.heartbeatPeriod))
        }
        wake.signal()
    }

    /// The log has grown. Any thread.
    func headMoved() {
        wake.signal()
    }

    private func serve() {
        let head = head()
        let now = ContinuousClock.now
        let due = state.withLock { state -> [BatchRequest] in
            state.requests.removeAll { $0.request.interest.hasEnded }
            let due = state.requests.filter { $0.request.after < head || $0.heartbeatAt <= now }
            state.requests.removeAll { $0.request.after < head || $0.heartbeatAt <= now }
            return due.map(\.request)
        }
        // Delivered outside the lock: a subscriber may ask for the next batch at once.
        for request in due where !request.interest.hasEnded {
            request.deliver(batch(for: request))
        }
    }

    private func batch(for request: BatchRequest) -> Result<EncodedFeedBatch, Rejection> {
        do throws(StorageError) {
            let read = try reader.events(
                after: request.after, countMax: Self.eventCountMax,
                byteCountMax: Self.byteCountMax)
            // The reader may see a commit before it is announced, but nobody is told of a
            // position that a new subscription would still be refused for.
            let head = head()
            let events = read.last.map { $0.position <= head } ?? true
                ? read : read.filter { $0.position <= head }
            return .success(
                EncodedFeedBatch(
                    events, after: request.after, head: head, sentAt: wallClock(),
                    acceptsZlib: request.acceptsZlib))
        } catch {
            let reason = "the feed can't read the log after position \(request.after): \(error)"
            if let line = unreadable.withLock({ $0.failed(because: reason, now: .current) }) {
                log(line)
            }
            return .failure(
                Rejection(
                    .internal, reason: "LOG_UNREADABLE",
                    message: "The log can't be read; the server's log says why."))
        }
    }
}
