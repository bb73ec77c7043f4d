import OrdersClient
import TandemClient

/// What an import has done so far.
package struct ImportTally: Sendable {
    /// Entities that are there now, by kind: sent by this run or there already.
    package var products = 0
    package var users = 0
    package var orders = 0
    /// Lines of those orders.
    package var lines = 0
    /// Entities that had been imported before.
    package var replayed = 0
    /// Rows and entities that could not be imported.
    package var bad = 0
    /// The first so many of them, in words.
    package private(set) var problems: [CSVProblem] = []
    package static let problemCountMax = 20
    /// The highest position that an answer reached.
    package var head: UInt64 = 0
    /// From sending an order to its answer, for one order in so many, in microseconds.
    package var durableTimes = LatencyHistogram()
    /// From sending an order to reading it back, for the same orders.
    package var visibleTimes = LatencyHistogram()

    package init() {}

    package mutating func count(_ entity: ImportEntity, isReplay: Bool) {
        switch entity.content {
        case .product: products += 1
        case .user: users += 1
        case .order:
            orders += 1
            lines += entity.orderLineCount
        }
        if isReplay { replayed += 1 }
    }

    /// Counts a problem and keeps it if it is one of the first.
    package mutating func count(_ problem: CSVProblem) {
        bad += 1
        if problems.count < Self.problemCountMax { problems.append(problem) }
    }
}
