/// When the requests of a constant rate are due. Pure: times are counted from the start.
///
/// A request is due whether or not those before it have been answered, and its latency counts from
/// then on. So a server that stalls is charged for all that was due meanwhile, not just for the few
/// requests that were on their way: no omission is coordinated with it (Gil Tene, "How not to
/// measure latency").
package struct LoadSchedule: Sendable {
    private let perSecond: Double

    /// - Parameter perSecond: above 0, of all connections together.
    package init(perSecond: Double) {
        self.perSecond = perSecond
    }

    /// When a request is due, in nanoseconds.
    ///
    /// - Parameter turn: its number among all, from 0.
    package func due(_ turn: Int) -> Int64 {
        // From the number, not from the one before: nothing adds up over the hours.
        Int64(min((Double(turn) * 1e9 / perSecond).rounded(), 9e18))
    }
}

/// An event loop's share of the turns that all of them take: every so many-th.
package struct LoadShare: Sendable {
    private let number: Int
    private let count: Int

    /// - Parameters:
    ///   - number: this one's, from 0.
    ///   - count: how many share.
    package init(number: Int, of count: Int) {
        self.number = number
        self.count = count
    }

    /// - Parameter index: how many this share has had before.
    package func turn(_ index: Int) -> Int { number + index * count }

    /// How many of this share's requests, from one on, are due before a time.
    package func dueCount(from index: Int, by schedule: LoadSchedule, before end: Int64) -> Int {
        guard schedule.due(turn(index)) < end else { return 0 }
        // Due times only go up: doubled until one is too far, then halved in between.
        var (low, high) = (0, 1)
        while schedule.due(turn(index + high)) < end { (low, high) = (high, high * 2) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if schedule.due(turn(index + middle)) < end { low = middle } else { high = middle }
        }
        return high
    }
}
