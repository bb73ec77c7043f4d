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

    /// The use's own share of what the documents leave free, in percent. The shares are a hundred
    /// together, so that no use can take what another one needs: who holds pages, for example,
    /// keeps nobody's commands out.
    var percent: Int {
        switch self {
        case .commands: 25
        case .feed: 15
        case .heldAnswers: 20
        case .connections: 30
        case .projection: 10
        case .documents: 0
        }
    }
}
