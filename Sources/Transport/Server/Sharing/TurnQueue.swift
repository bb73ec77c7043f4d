package import ConnectionState
package import NIOCore
import Synchronization

/// Whoever has more to do on an event loop than fits into one go: each has a turn, one after the
/// other. On that event loop only.
///
/// An event loop runs tasks until none is due, and only then looks at its sockets again. If each
/// scheduled its own next turn, that of one would be due whenever that of another ends, and nobody
/// would be read from until all are done. So there is one task for all of them. It ends when each
/// has had a turn, or when some time is used up, and comes back when the sockets have been looked
/// at.
package final class TurnQueue {
    private weak var eventLoop: (any EventLoop)?
    private let now: () -> MonotonicTime
    private var turns = ArrayQueue<() -> Bool>()
    private var isScheduled = false

    /// How long turns are given out in one go; the last turn may be longer.
    package static let nanosecondsMax: UInt64 = 300_000
    /// What is due by the time that an event loop has come so far, it does before it looks at its
    /// sockets; how long that takes goes by how busy the machine is, as does how long turns take.
    private static let pauseNanosecondsMin: UInt64 = 50_000

    /// For tests: all others share the queue of their event loop.
    package init(eventLoop: any EventLoop, now: @escaping () -> MonotonicTime = { .current }) {
        self.eventLoop = eventLoop
        self.now = now
    }

    /// Has `turn` called later, and again for as long as it says that there is more to do.
    package func add(_ turn: @escaping () -> Bool) {
        turns.append(turn)
        schedule()
    }

    private func schedule(afterNanoseconds spent: UInt64 = 0) {
        guard !isScheduled, let eventLoop else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let pause = max(Self.pauseNanosecondsMin, spent / 10)
        eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: pause))) { bound.value.run() }
    }

    private func run() {
        // Who comes meanwhile has to wait for the pause as well.
        let start = now().nanoseconds
        var left = turns.count
        var spent: UInt64 = 0
        while left > 0, spent < Self.nanosecondsMax, let turn = turns.removeFirst() {
            if turn() { turns.append(turn) }
            left -= 1
            spent = now().nanoseconds - start
        }
        isScheduled = false
        if !turns.isEmpty { schedule(afterNanoseconds: spent) }
    }

    // MARK: - One for each event loop

    private struct Entry {
        weak let eventLoop: (any EventLoop)?
        let queue: NIOLoopBound<TurnQueue>
    }

    /// Of the whole process: its ports share their event loops.
    private static let queues = Mutex<[ObjectIdentifier: Entry]>([:])

    /// The queue of an event loop; to be called on it.
    package static func on(_ eventLoop: any EventLoop) -> TurnQueue {
        let id = ObjectIdentifier(eventLoop)
        let known = queues.withLock { queues -> Entry? in
            // Another event loop may have had the same place in memory.
            queues[id].flatMap { $0.eventLoop === eventLoop ? $0 : nil }
        }
        if let known { return known.queue.value }
        let queue = TurnQueue(eventLoop: eventLoop)
        let entry = Entry(
            eventLoop: eventLoop, queue: NIOLoopBound(queue, eventLoop: eventLoop))
        queues.withLock { queues in
            queues = queues.filter { $0.value.eventLoop != nil }
            queues[id] = entry
        }
        return queue
    }
}
