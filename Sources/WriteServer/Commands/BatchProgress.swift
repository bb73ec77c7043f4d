import WriteStore

/// How far a batch is: which parts are at the writer, and what became of the others. Pure.
///
/// Some parts at a time are at the writer, in their order, so that a batch takes up no more of the
/// queue than a client that waits for answers.
struct BatchProgress {
    /// Enough that many share a transaction, and few enough that the queue has room for others.
    static let windowMax = 128

    /// `nil`: there is none yet.
    private var outcomes: [CommandOutcome?]
    private var outcomeCount = 0
    private(set) var atWriterCount = 0
    /// The part that is to be handed to the writer next; as many as there are: none.
    private(set) var next = 0

    init(partCount: Int) {
        outcomes = Array(repeating: nil, count: partCount)
    }

    /// Whether the next part may be handed to the writer now.
    var mayGoOn: Bool { next < outcomes.count && atWriterCount < Self.windowMax }

    /// Each part's, in their order, once all are there.
    var allOutcomes: [CommandOutcome]? {
        outcomeCount == outcomes.count ? outcomes.compactMap { $0 } : nil
    }

    /// The next part is at the writer.
    mutating func handOver() {
        next += 1
        atWriterCount += 1
    }

    /// The next part doesn't get there.
    mutating func refuse(_ refusal: CommandRefusal) {
        settle(refusal.outcome(tag: UInt32(next)))
        next += 1
    }

    /// Nor does any other.
    mutating func refuseRest(_ refusal: CommandRefusal) {
        while next < outcomes.count { refuse(refusal) }
    }

    /// The writer has answered.
    mutating func take(_ outcome: CommandOutcome) {
        atWriterCount -= 1
        settle(outcome)
    }

    private mutating func settle(_ outcome: CommandOutcome) {
        outcomes[Int(outcome.tag)] = outcome
        outcomeCount += 1
    }
}
