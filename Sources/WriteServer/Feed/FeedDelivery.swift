import NIOCore
import Transport

/// What one connection gets.
struct FeedDelivery: Sendable {
    private let receiver: FeedRequest.Receiver
    private let outcome: FeedOutcome
    private var streams: [UInt32]

    /// Hands requests their outcome: one task for each event loop, and a turn for each of its
    /// connections. Any thread.
    ///
    /// - Parameters:
    ///   - shares: where what they get is counted for their addresses.
    ///   - outcome: called once for each encoding that is asked for.
    static func deliver(
        _ requests: [FeedRequest], _ shares: FeedShares,
        _ outcome: (_ acceptsZlib: Bool) -> FeedOutcome
    ) {
        for deliveries in byEventLoop(requests, shares, outcome) {
            let eventLoop = deliveries[0].receiver.eventLoop
            eventLoop.execute { deliver(deliveries, on: eventLoop) }
        }
    }

    /// One delivery for each connection, so that it has one flush.
    static func byEventLoop(
        _ requests: [FeedRequest], _ shares: FeedShares,
        _ outcome: (_ acceptsZlib: Bool) -> FeedOutcome
    ) -> [[FeedDelivery]] {
        var deliveries: [ObjectIdentifier: FeedDelivery] = [:]
        for acceptsZlib in [false, true] {
            let asking = requests.filter { $0.acceptsZlib == acceptsZlib }
            guard !asking.isEmpty else { continue }
            let outcome = outcome(acceptsZlib)
            var held: [String: FeedOutcome] = [:]
            for request in asking {
                let outcome = held[request.address] ?? shares.hold(outcome, for: request.address)
                held[request.address] = outcome
                deliveries[
                    request.receiver.id,
                    default: FeedDelivery(
                        receiver: request.receiver, outcome: outcome, streams: [])
                ].streams.append(request.stream)
            }
        }
        return Array(
            Dictionary(grouping: deliveries.values) { ObjectIdentifier($0.receiver.eventLoop) }
                .values)
    }

    /// The first one at once: as a rule it is the only one.
    private static func deliver(_ deliveries: [FeedDelivery], on eventLoop: any EventLoop) {
        var next = 0
        func deliverNext() -> Bool {
            let delivery = deliveries[next]
            next += 1
            delivery.receiver.connection.value.receive(delivery.outcome, on: delivery.streams)
            return next < deliveries.count
        }
        if deliverNext() { TurnQueue.on(eventLoop).add(deliverNext) }
    }
}
