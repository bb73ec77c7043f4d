import Synchronization

/// Lets the projector reach the subscriber, which is made after it.
final class Relay: Sendable {
    private let held = Mutex<FeedSubscriber?>(nil)

    var subscriber: FeedSubscriber? { held.withLock { $0 } }

    func connect(_ subscriber: FeedSubscriber) {
        held.withLock { $0 = subscriber }
    }
}
