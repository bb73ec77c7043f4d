package import ConnectionState
package import NIOCore

/// The times at which something is due on a connection's streams, behind one timer of the event
/// loop. On that event loop only.
///
/// A timer for each stream would be simpler. But an event loop's queue of timers is looked through
/// to take one back, so that a thousand calls that end at once would hold up every other
/// connection. Here taking back costs a dictionary's look-up; the timer may then come for nothing.
package final class StreamTimers {
    private let eventLoop: any EventLoop
    private let onDue: ([UInt32]) -> Void
    private var dues: [UInt32: MonotonicTime] = [:]
    private var next: (at: MonotonicTime, task: Scheduled<Void>)?
    private var firedAt = MonotonicTime(nanoseconds: 0)

    /// Streams that are told of before other connections have their turn.
    package static let countInTurnMax = 128
    /// The least time between two looks at all streams, in milliseconds.
    private static let gapMilliseconds: UInt32 = 5

    /// - Parameter onDue: told each stream once, when its time has come, together with others.
    package init(eventLoop: any EventLoop, onDue: @escaping ([UInt32]) -> Void) {
        self.eventLoop = eventLoop
        self.onDue = onDue
    }

    /// Sets the stream's time, in the place of one that it may have.
    package func set(_ stream: UInt32, at due: MonotonicTime) {
        dues[stream] = due
        schedule(at: due)
    }

    /// Takes a stream's time back, if it has one.
    package func remove(_ stream: UInt32) {
        dues[stream] = nil
        giveBackRoom()
    }

    /// Nothing is due any more.
    package func removeAll() {
        dues = [:]
        next?.task.cancel()
        next = nil
    }

    private func schedule(at due: MonotonicTime) {
        let due = max(due, firedAt.advanced(by: Self.gapMilliseconds))
        if let next, next.at <= due { return }
        next?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let task = eventLoop.scheduleTask(deadline: .uptimeNanoseconds(due.nanoseconds)) {
            bound.value.fire()
        }
        next = (due, task)
    }

    /// O(streams), so not for each that is due.
    private func fire() {
        next?.task.cancel()
        next = nil
        firedAt = .current
        let ready = dues.filter { $0.value <= firedAt }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        let told = ready.prefix(Self.countInTurnMax).map(\.key)
        for stream in told { dues[stream] = nil }
        if !told.isEmpty { onDue(told) }
        if ready.count > told.count {
            TurnQueue.on(eventLoop).add { [weak self] in
                self?.fire()
                return false
            }
        } else if let least = dues.values.min() {
            schedule(at: least)
        }
        giveBackRoom()
    }

    /// A dictionary keeps the room that it once needed.
    private func giveBackRoom() {
        if dues.isEmpty, dues.capacity > 64 { dues = [:] }
    }
}
