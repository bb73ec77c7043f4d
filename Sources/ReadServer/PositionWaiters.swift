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
        var idsByPosition: [LogPosition: Set<WaiterID>] = [:]
        var lastNumber: UInt64 = 0
        /// Nobody waits for this or less, but for those who are just being added.
        var wokenThrough = LogPosition.beginning

        mutating func remove(_ id: WaiterID) -> Waiter? {
            guard let waiter = waiters.removeValue(forKey: id) else { return nil }
            idsByPosition[waiter.position]?.remove(id)
            if idsByPosition[waiter.position]?.isEmpty == true {
                idsByPosition[waiter.position] = nil
            }
            return waiter
        }

        /// The positions waited for from the last one woken through on, up to this one.
        func positions(through position: LogPosition) -> [LogPosition] {
            guard position > wokenThrough else { return [] }
            let count = position.rawValue - wokenThrough.rawValue
            guard count <= UInt64(idsByPosition.count) else {
                return idsByPosition.keys.filter { $0 <= position }
            }
            return (wokenThrough.rawValue + 1...position.rawValue)
                .map(LogPosition.init(rawValue:)).filter { idsByPosition[$0] != nil }
        }
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
            state.idsByPosition[position, default: []].insert(id)
            return id
        }
        guard position <= published() else { return id }
        let mine = state.withLock { $0.remove(id) }
        if let mine { eventLoop.execute(mine.resume) }
        return id
    }

    /// Takes back a waiter; one that was woken already is no longer there.
    func remove(_ id: WaiterID) {
        state.withLock { _ = $0.remove(id) }
    }

    /// Lets everybody go on who waits for `position` or less. Any thread, with rising positions.
    ///
    /// O(positions since the last time, or positions waited for, whichever is less): who waits for
    /// a position far ahead costs the projector nothing until it is there.
    func wake(through position: LogPosition) {
        let ready = state.withLock { state -> [Waiter] in
            let ready = state.positions(through: position).flatMap { reached in
                (state.idsByPosition.removeValue(forKey: reached) ?? [])
                    .compactMap { state.waiters.removeValue(forKey: $0) }
            }
            state.wokenThrough = max(state.wokenThrough, position)
            return ready
        }
        // Outside the lock: an event loop may run what it is given at once.
        for waiter in ready { waiter.eventLoop.execute(waiter.resume) }
    }
}
