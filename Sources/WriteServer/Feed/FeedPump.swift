import ConnectionState
import Dispatch
import Foundation
import Synchronization
import TandemCore
import Transport

/// Makes batches of events for subscribers, on a thread of its own: event loops never wait for
/// the disk.
///
/// A request whose position is the head waits for the next commit, or for the next heartbeat. Of
/// the others those that keep up are answered first; those that are far behind share what is left,
/// one batch between two rounds of the live ones. Whose address holds too much of what it was sent
/// before waits (``FeedShares``).
final class FeedPump: Sendable {
    private static let heartbeatPeriod: Duration = .milliseconds(500)
    /// How long to wait for memory.
    private static let pause: Duration = .milliseconds(50)

    private let feed: FeedLog
    private let shares: FeedShares
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let wallClock: @Sendable () -> Timestamp
    private let log: @Sendable (String) -> Void
    private let schedule = Mutex(FeedSchedule())
    /// Those whose subscriber says what it knows of the log: one for each subscription at most.
    private let knowing = Mutex<[FeedRequest]>([])
    private let heartbeatAt: Mutex<ContinuousClock.Instant>
    private let isStopped = Atomic(false)
    /// Subscribers come again at once: a page that can't be read would be a line for each.
    private let unreadable = Mutex(OutageLog())
    private let isSignalled = Atomic(false)
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()

    init(
        _ feed: FeedLog, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        wallClock: @escaping @Sendable () -> Timestamp, log: @escaping @Sendable (String) -> Void
    ) {
        self.feed = feed
        shares = FeedShares(feed.memory)
        self.clock = clock
        self.wallClock = wallClock
        self.log = log
        heartbeatAt = Mutex(clock() + Self.heartbeatPeriod)
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            while !isStopped.load(ordering: .acquiring) {
                let pause = clock().duration(to: serve(now: clock()))
                let seconds = max(0, pause / .seconds(1))
                _ = wake.wait(timeout: .now() + seconds)
                isSignalled.store(false, ordering: .sequentiallyConsistent)
            }
            finished.leave()
        }
        thread.name = "tandem-feed"
        thread.start()
    }

    /// Ends the thread, and lets go of everything. Blocks until it has.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
        finished.wait()
        schedule.withLock { $0.removeAll() }
        knowing.withLock { $0.removeAll() }
        feed.forget()
    }

    /// Asks for one batch; it is delivered on the receiver's event loop. Any thread.
    func requestBatch(_ request: FeedRequest) {
        guard !isStopped.load(ordering: .acquiring) else { return }
        if request.knownDigest == nil {
            schedule.withLock { $0.add(request) }
        } else {
            knowing.withLock { $0.append(request) }
        }
        signal()
    }

    /// The log has grown. Any thread.
    func headMoved() { signal() }

    /// A thousand requests are one signal.
    private func signal() {
        if !isSignalled.exchange(true, ordering: .sequentiallyConsistent) { wake.signal() }
    }

    // MARK: - On the thread

    /// Answers all requests that are due; returns when there is more to do, unless a signal comes
    /// first.
    func serve(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        var now = now
        while !isStopped.load(ordering: .acquiring) {
            sendHeartbeats(now)
            compareDigests()
            let head = feed.head()
            let live = schedule.withLock {
                $0.livePositions(head: head, where: shares.hasRoomForLive)
            }
            for position in live {
                // Each is looked at when its turn comes: the last one may have taken the room.
                answer(schedule.withLock { $0.take(position, where: shares.hasRoomForLive) })
            }
            if feed.hasRoom(),
                let behind = schedule.withLock({
                    $0.takeNextBehind(head: head, where: shares.hasRoom)
                })
            {
                answer(behind)
            } else if live.isEmpty {
                let isWithoutRoom = schedule.withLock { $0.hasBehind(head: head) }
                let next = heartbeatAt.withLock { $0 }
                return isWithoutRoom ? min(now + Self.pause, next) : next
            }
            now = max(now, clock())
        }
        return heartbeatAt.withLock { $0 }
    }

    private func sendHeartbeats(_ now: ContinuousClock.Instant) {
        let isDue = heartbeatAt.withLock { at in
            guard now >= at else { return false }
            at = now + Self.heartbeatPeriod
            return true
        }
        guard isDue else { return }
        let head = feed.head()
        let requests = schedule.withLock { $0.takeComplete(head: head) }
        guard !requests.isEmpty else { return }
        deliver(to: requests) { _ throws(FeedFault) in
            .item(try .heartbeat(head: head, sentAt: wallClock()), lastPosition: nil)
        }
    }

    /// Tells subscribers at once whether they have followed this log: by a heartbeat if they have.
    private func compareDigests() {
        let requests = knowing.withLock { requests in
            defer { requests = [] }
            return requests
        }
        for request in requests where !request.interest.hasEnded {
            deliver(to: [request]) { _ throws(FeedFault) in
                guard try feed.digest(at: request.after) == request.knownDigest else {
                    throw .anotherLog(after: request.after)
                }
                return .item(
                    try .heartbeat(head: feed.head(), sentAt: wallClock()), lastPosition: nil)
            }
        }
    }

    /// Answers requests for the same position with the same batch.
    private func answer(_ requests: [FeedRequest]) {
        guard let after = requests.first?.after else { return }
        deliver(to: requests) { acceptsZlib throws(FeedFault) in
            let batch = try feed.batch(after: after)
            let item = try batch.item(
                head: feed.head(), sentAt: wallClock(), acceptsZlib: acceptsZlib)
            return .item(item, lastPosition: batch.lastPosition)
        }
    }

    /// - Parameter make: called once for each encoding that is asked for.
    private func deliver(
        to requests: [FeedRequest], _ make: (_ acceptsZlib: Bool) throws(FeedFault) -> FeedOutcome
    ) {
        FeedDelivery.deliver(requests, shares) { acceptsZlib in
            do throws(FeedFault) { return try make(acceptsZlib) } catch {
                if error.isOwn,
                    let line = unreadable.withLock({
                        $0.failed(because: "\(error)", now: .current)
                    })
                { log(line) }
                return .fault(error)
            }
        }
    }
}
