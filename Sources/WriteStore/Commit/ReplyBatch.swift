/// Outcomes by the sink that waits for them.
struct ReplyBatch {
    private var indexOfSink: [ObjectIdentifier: Int] = [:]
    private var replies: [(sink: any CommandReplySink, outcomes: [CommandOutcome])] = []

    mutating func add(_ outcome: CommandOutcome, to sink: any CommandReplySink) {
        // Commands come in bursts from one connection.
        if let last = replies.indices.last, replies[last].sink === sink {
            replies[last].outcomes.append(outcome)
        } else if let index = indexOfSink[ObjectIdentifier(sink)] {
            replies[index].outcomes.append(outcome)
        } else {
            indexOfSink[ObjectIdentifier(sink)] = replies.count
            replies.append((sink, [outcome]))
        }
    }

    /// One call for each sink, in the order of its first command.
    func send() {
        for reply in replies {
            reply.sink.deliver(reply.outcomes)
        }
    }
}
