/// Outcomes by the sink that waits for them.
struct OutcomeDeliveries {
    private var indexOfSink: [ObjectIdentifier: Int] = [:]
    private var deliveries: [(sink: any CommandReplySink, outcomes: [CommandOutcome])] = []

    mutating func add(_ outcome: CommandOutcome, to sink: any CommandReplySink) {
        // Commands come in bursts from one connection.
        if let last = deliveries.indices.last, deliveries[last].sink === sink {
            deliveries[last].outcomes.append(outcome)
        } else if let index = indexOfSink[ObjectIdentifier(sink)] {
            deliveries[index].outcomes.append(outcome)
        } else {
            indexOfSink[ObjectIdentifier(sink)] = deliveries.count
            deliveries.append((sink, [outcome]))
        }
    }

    /// One call for each sink, in the order of its first command.
    func send() {
        for delivery in deliveries {
            delivery.sink.deliver(delivery.outcomes)
        }
    }
}
