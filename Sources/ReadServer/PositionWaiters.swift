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
///
/// Bounded by the calls that are in flight: who no longer waits takes itself out by `remove(_:)`.
final class PositionWaiters: Sendable {
    struct WaiterID: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Waiter {
        let position: LogPosition
        let eventLoop: any EventLoop
        let resume: @Sendable () -> Void
    }

    private struct State {
        var waiters: [WaiterID: Waiter] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let published: @Sendable () -> LogPosition

    init(published: @escaping @Sendable () -> LogPosition) {
        self.published = published
    }

    var count: Int { state.withLock { $0.waiters.count } }

    /// Calls `resume` on the event loop once the position is published.
    func add(
        position: LogPosition, eventLoop: any EventLoop, resume: @escaping @Sendable () -> Void
    ) -> WaiterID {
        let id = state.withLock { state in
            state.lastNumber &+= 1
            let id = WaiterID(number: state.lastNumber)
            state.waiters[id] = Waiter(position: position, eventLoop: eventLoop, resume: resume)
            return id
        }
        guard position <= published() else { return id }
        let mine = state.withLock { $0.waiters.removeValue(forKey: id) }
        if let mine { eventLoop.execute(mine.resume) }
        return id
    }

    /// Takes back a waiter; one that was woken already is no longer there.
    func remove(_ id: WaiterID) {
        state.withLock { _ = $0.waiters.removeValue(forKey: id) }
    }

    /// Lets everybody go on who waits for `position` or less. Any thread. O(waiters).
    func wake(through position: LogPosition) {
        let ready = state.withLock { state -> [Waiter] in
            let ready = state.waiters.filter { $0.value.position <= position }
            for id in ready.keys { state.waiters[id] = nil }
            return Array(ready.values)
        }
        // Outside the lock: an event loop may run what it is given at once.
        for waiter in ready { waiter.eventLoop.execute(waiter.resume) }
    }
}
