/// Whose turn is next: the one with the smallest tag, and of equal ones the one that came first.
///
/// A binary heap: the next one is known at once, and each change costs O(log n).
struct TurnHeap {
    private struct Turn {
        var tag: UInt64
        var order: UInt64
        let id: Int

        func isBefore(_ other: Turn) -> Bool {
            (tag, order) < (other.tag, other.order)
        }
    }

    private var turns: [Turn] = []
    private var orderCount: UInt64 = 0

    var isEmpty: Bool { turns.isEmpty }

    var first: (tag: UInt64, id: Int)? {
        turns.first.map { ($0.tag, $0.id) }
    }

    mutating func insert(_ id: Int, tag: UInt64) {
        orderCount += 1
        turns.append(Turn(tag: tag, order: orderCount, id: id))
        var child = turns.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard turns[child].isBefore(turns[parent]) else { break }
            turns.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = turns.popLast(), !turns.isEmpty else { return }
        turns[0] = last
        sinkFirst()
    }

    /// Gives the first one a later tag; one that is not later changes nothing.
    mutating func delayFirst(to tag: UInt64) {
        guard let first, tag > first.tag else { return }
        orderCount += 1
        turns[0].tag = tag
        turns[0].order = orderCount
        sinkFirst()
    }

    private mutating func sinkFirst() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < turns.count && turns[child].isBefore(turns[least]) {
                least = child
            }
            guard least != parent else { return }
            turns.swapAt(parent, least)
            parent = least
        }
    }
}
