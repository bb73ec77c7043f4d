/// How many elements wait, and what they hold.
struct QueueLoad: Hashable, Sendable {
    var count = 0
    var byteCount = 0

    func fits(in bound: QueueLoad) -> Bool {
        count <= bound.count && byteCount <= bound.byteCount
    }

    static func + (left: Self, right: Self) -> Self {
        Self(count: left.count + right.count, byteCount: left.byteCount + right.byteCount)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(count: left.count - right.count, byteCount: left.byteCount - right.byteCount)
    }
}

/// A connection's place in the queue.
package struct CommandLane: Hashable, Sendable {
    let index: Int
    /// No two have the same, so that a lane that is gone can't be taken for its successor.
    let id: UInt64
    /// Among whose kept answers those of its commands are counted: see ``KeyCounts``.
    let keyPart: Int
}
