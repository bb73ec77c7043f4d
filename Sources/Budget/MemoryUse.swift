/// What the process's memory is taken for.
package enum MemoryUse: String, CaseIterable, Sendable {
    /// Commands that wait for the writer, decoded.
    case commands
    /// Batches of the feed on their way to subscribers.
    case feed
    /// Pages that wait for credit, and queries that wait for a position.
    case heldAnswers = "held-answers"
    /// Requests that are in flight, what was read and not taken up yet, answers on their way out.
    case connections
    /// Batches on their way through the projector and to the durable copy.
    case projection
    /// The documents and their indexes.
    case documents

    /// How much of what the documents leave free may be taken, by all uses together, when this use
    /// asks for more, in percent: what can be put off is refused first, and what is needed to
    /// answer a read goes on last.
    var percentMax: Int {
        switch self {
        case .commands: 60
        case .feed, .heldAnswers: 70
        case .connections: 90
        case .projection, .documents: 100
        }
    }
}
