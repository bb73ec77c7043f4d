import NIOCore
import TandemCore
import Transport

/// A connection with queries that wait. On its event loop only.
protocol WaitingConnection: AnyObject {
    /// Answers some of the queries that may go on, with one flush; whether there are more of them.
    func goOn() -> Bool
    /// Looks whether the documents are fresh enough for a query; whether one may go on, and whether
    /// others wait for fresher ones.
    func lookForFreshness() -> (mayGoOn: Bool, isWaiting: Bool)
}

/// The connections of an event loop that have queries waiting. On that event loop only.
///
/// Each is known by the least position that it waits for, so that waking them costs what there is
/// to answer. They answer in turns.
final class LoopWaiters {
    private struct Place: Comparable {
        let position: LogPosition
        let id: ObjectIdentifier

        static func < (left: Self, right: Self) -> Bool {
            (left.position, left.id) < (right.position, right.id)
        }
    }

    private let eventLoop: any EventLoop
    private let mark: PositionWaiters.Mark
    private let published: @Sendable () -> LogPosition
    private var waiting: [ObjectIdentifier: (connection: any WaitingConnection, LogPosition)] = [:]
    /// With places of connections that wait no longer, or for another position.
    private var places = MinHeap<Place>()
    private var isWaking = false
    /// Those that have a turn coming: one each, however often they are woken meanwhile.
    private var inTurn: Set<ObjectIdentifier> = []
    /// Those that wait for fresher documents.
    private var looking: [ObjectIdentifier: any WaitingConnection] = [:]
    private var isLookScheduled = false

    /// Freshness comes with the feed's heartbeat, about every 500 ms, and nobody announces it: a
    /// look now and then costs less than to be told.
    private static let lookPeriod = TimeAmount.milliseconds(25)

    init(
        eventLoop: any EventLoop, mark: PositionWaiters.Mark,
        published: @escaping @Sendable () -> LogPosition
    ) {
        self.eventLoop = eventLoop
        self.mark = mark
        self.published = published
    }

    /// Connections that wait for a position or for freshness.
    var count: Int { Set(waiting.keys).union(looking.keys).count }

    // MARK: - Positions

    /// Has the connection go on once a position is published: the least that it waits for.
    /// O(log connections).
    func wait(_ connection: any WaitingConnection, for position: LogPosition) {
        let id = ObjectIdentifier(connection)
        if let known = waiting[id], known.1 <= position { return }
        waiting[id] = (connection, position)
        places.insert(Place(position: position, id: id))
        if places.count > 2 * waiting.count + 64 { places.keepOnly(isCurrent) }
        if places.first?.position == position { lowerMark() }
    }

    /// Lets everybody go on whose position is published: the first at once, since as a rule it is
    /// the only one, and the others in turns.
    func wake() {
        isWaking = false
        let position = published()
        var woken: [any WaitingConnection] = []
        while let first = places.first, first.position <= position || !isCurrent(first) {
            _ = places.removeFirst()
            guard isCurrent(first), let entry = waiting.removeValue(forKey: first.id) else {
                continue
            }
            woken.append(entry.connection)
        }
        lowerMark()
        for connection in woken.dropFirst() { takeTurns(connection) }
        if let first = woken.first, first.goOn() { takeTurns(first) }
    }

    private func lowerMark() {
        guard let least = places.first?.position else { return }
        mark.lower(to: least)
        guard least <= published(), !isWaking else { return }
        // Not now: who registers may be in the midst of a batch.
        isWaking = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.wake() }
    }

    private func isCurrent(_ place: Place) -> Bool {
        waiting[place.id].map { $0.1 == place.position } ?? false
    }

    private func takeTurns(_ connection: any WaitingConnection) {
        let id = ObjectIdentifier(connection)
        guard inTurn.insert(id).inserted else { return }
        TurnQueue.on(eventLoop).add { [self] in
            if connection.goOn() { return true }
            inTurn.remove(id)
            return false
        }
    }

    // MARK: - Freshness

    /// Has the connection look for fresher documents: one timer for all of them.
    func waitForFreshness(_ connection: any WaitingConnection) {
        looking[ObjectIdentifier(connection)] = connection
        scheduleLook()
    }

    private func scheduleLook() {
        guard !isLookScheduled, !looking.isEmpty else { return }
        isLookScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.lookPeriod) { bound.value.look() }
    }

    private func look() {
        isLookScheduled = false
        for (id, connection) in looking {
            let (mayGoOn, isWaiting) = connection.lookForFreshness()
            if mayGoOn { takeTurns(connection) }
            if !isWaiting { looking[id] = nil }
        }
        scheduleLook()
    }

    /// The connection waits for nothing any more.
    func forget(_ connection: any WaitingConnection) {
        let id = ObjectIdentifier(connection)
        waiting[id] = nil
        looking[id] = nil
    }
}
