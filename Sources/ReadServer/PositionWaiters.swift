import EventModel
import NIOCore
import Synchronization

/// Queries that wait until the documents reflect a position.
///
/// 1. A query reads the published position and finds it too low.
/// 2. It registers here, under the lock.
/// 3. The projector publishes, and then takes, under the lock, whoever may go on.
///
/// If 3 falls between 1 and 2, nobody would wake the query; so `add` looks at the position once
/// more, after registering.
final class PositionWaiters: Sendable {
    private struct Waiter {
        let position: LogPosition
        let eventLoop: any EventLoop
        let resume: @Sendable () -> Void
    }

    private let waiters = Mutex<[Waiter]>([])
    private let published: @Sendable () -> LogPosition

    init(published: @escaping @Sendable () -> LogPosition) {
        self.published = published
    }

    /// Calls `resume` on the event loop once the position is published. Nobody takes a waiter
    /// back: one that has expired is called in vain.
    func add(
        position: LogPosition, eventLoop: any EventLoop, resume: @escaping @Sendable () -> Void
    ) {
        waiters.withLock {
            $0.append(Waiter(position: position, eventLoop: eventLoop, resume: resume))
        }
        wake(through: published())
    }

    /// Lets everybody go on who waits for `position` or less. Any thread.
    func wake(through position: LogPosition) {
        let ready = waiters.withLock { waiters -> [Waiter] in
            guard !waiters.isEmpty else { return [] }
            let ready = waiters.filter { $0.position <= position }
            if !ready.isEmpty { waiters.removeAll { $0.position <= position } }
            return ready
        }
        for waiter in ready { waiter.eventLoop.execute(waiter.resume) }
    }
}
