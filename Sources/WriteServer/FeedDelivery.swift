import NIOCore

/// What one connection gets.
struct FeedDelivery: Sendable {
    private let receiver: FeedRequest.Receiver
    private let outcome: FeedOutcome
    private var streams: [UInt32]

    /// Connections of an event loop that are written to before others have their turn.
    static let countInTurnMax = 16
    private static let pauseBetweenTurns = TimeAmount.microseconds(20)

    /// Hands requests their outcome: one task for each event loop, which goes over its connections
    /// a few at a time. Any thread.
    ///
    /// - Parameter outcome: called once for each encoding that is asked for.
    static func deliver(
        _ requests: [FeedRequest], _ outcome: (_ acceptsZlib: Bool) -> FeedOutcome
    ) {
        for deliveries in byEventLoop(requests, outcome) {
            let eventLoop = deliveries[0].receiver.eventLoop
            eventLoop.execute { deliver(deliveries[...], on: eventLoop) }
        }
    }

    /// One delivery for each connection, so that it has one flush.
    static func byEventLoop(
        _ requests: [FeedRequest], _ outcome: (_ acceptsZlib: Bool) -> FeedOutcome
    ) -> [[FeedDelivery]] {
        var deliveries: [ObjectIdentifier: FeedDelivery] = [:]
        for acceptsZlib in [false, true] {
            let asking = requests.filter { $0.acceptsZlib == acceptsZlib }
            guard !asking.isEmpty else { continue }
            let outcome = outcome(acceptsZlib)
            for request in asking {
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

    private static func deliver(
        _ deliveries: ArraySlice<FeedDelivery>, on eventLoop: any EventLoop
    ) {
        for delivery in deliveries.prefix(countInTurnMax) {
            delivery.receiver.connection.value.receive(delivery.outcome, on: delivery.streams)
        }
        let rest = deliveries.dropFirst(countInTurnMax)
        guard !rest.isEmpty else { return }
        eventLoop.scheduleTask(in: pauseBetweenTurns) { deliver(rest, on: eventLoop) }
    }
}
