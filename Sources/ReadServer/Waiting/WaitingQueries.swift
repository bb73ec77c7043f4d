import DocumentStore
import TandemCore
import Transport

/// A query that waits for a position or for fresher documents.
struct WaitingQuery {
    let plan: QueryPlan
    let position: LogPosition
    let ageMillisecondsMax: UInt32?
    /// What it takes in the ``WaitingRoom``.
    let byteCount: Int
}

/// The queries of a connection that wait, and which of them may go on. Pure.
struct WaitingQueries {
    /// When a stream may go on.
    private struct Place: Comparable {
        let position: LogPosition
        let stream: UInt32

        static func < (left: Self, right: Self) -> Bool {
            (left.position, left.stream) < (right.position, right.stream)
        }
    }

    private var queries: [UInt32: WaitingQuery] = [:]
    /// With places of streams that wait no longer.
    private var places = MinHeap<Place>()
    /// Those whose position is there, and that wait for freshness only.
    private var stale = FreshnessWaiters()
    /// Those that may go on, whatever the position.
    private var ready = ArrayQueue<UInt32>()

    subscript(_ stream: UInt32) -> WaitingQuery? { queries[stream] }

    /// A query that waits for its position. O(log n).
    mutating func add(_ query: WaitingQuery, _ stream: UInt32) {
        queries[stream] = query
        places.insert(Place(position: query.position, stream: stream))
        if places.count > 2 * queries.count + 64 {
            places.keepOnly { queries[$0.stream] != nil }
        }
    }

    /// A query that waits for documents of no more than an age: a new one, or one whose position
    /// has come.
    mutating func add(_ query: WaitingQuery, _ stream: UInt32, ageMillisecondsMax: UInt32) {
        queries[stream] = query
        stale.add(stream, ageMillisecondsMax: ageMillisecondsMax)
    }

    /// Takes out a query, wherever it waits.
    mutating func remove(_ stream: UInt32) -> WaitingQuery? {
        guard let query = queries.removeValue(forKey: stream) else { return nil }
        stale.remove(stream)
        // What was needed once for a thousand of them is not kept for good.
        if queries.isEmpty, places.count + queries.capacity > 64 { self = WaitingQueries() }
        return query
    }

    /// Takes out all.
    mutating func removeAll() -> [WaitingQuery] {
        defer { self = WaitingQueries() }
        return Array(queries.values)
    }

    /// The least position that a query waits for.
    mutating func leastPosition() -> LogPosition? {
        while let first = places.first {
            if queries[first.stream] != nil { return first.position }
            _ = places.removeFirst()
        }
        return nil
    }

    /// Whether a query may go on now that the documents reflect a position.
    mutating func mayGoOn(at position: LogPosition) -> Bool {
        !ready.isEmpty || leastPosition().map { $0 <= position } ?? false
    }

    /// The next query that may go on. It waits until it is removed, for no position any more.
    mutating func next(at position: LogPosition) -> UInt32? {
        while let stream = ready.removeFirst() {
            if queries[stream] != nil { return stream }
        }
        guard let least = leastPosition(), least <= position else { return nil }
        return places.removeFirst()?.stream
    }

    /// Lets those go on that are content with documents of an age; whether there are such, and
    /// whether others wait for fresher ones. O(1) while none is content.
    mutating func look(ageMilliseconds: UInt32) -> (mayGoOn: Bool, isWaiting: Bool) {
        for stream in stale.take(ageMilliseconds: ageMilliseconds) { ready.append(stream) }
        return (!ready.isEmpty, !stale.isEmpty)
    }
}
