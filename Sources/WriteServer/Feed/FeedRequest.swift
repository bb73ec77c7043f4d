import NIOCore
import Synchronization
import TandemCore
import Transport

/// A subscription that asks for its next batch.
struct FeedRequest: Sendable {
    let after: LogPosition
    /// The log's digest there, as the subscriber has it; to be compared before it gets anything.
    var knownDigest: [UInt8]?
    let acceptsZlib: Bool
    /// Whose share of the pump's work it takes.
    let address: String
    let stream: UInt32
    let interest: Interest
    let receiver: Receiver

    /// Shared by a subscription and its request: one that has ended costs no work.
    final class Interest: Sendable {
        private let ended = Atomic(false)
        var hasEnded: Bool { ended.load(ordering: .relaxed) }
        func end() { ended.store(true, ordering: .relaxed) }
    }

    /// The subscription's connection, held by other threads.
    struct Receiver: Sendable {
        let id: ObjectIdentifier
        let eventLoop: any EventLoop
        let connection: NIOLoopBound<any FeedReceiver>

        /// On the event loop.
        init(_ connection: any FeedReceiver, eventLoop: any EventLoop) {
            id = ObjectIdentifier(connection)
            self.eventLoop = eventLoop
            self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        }
    }
}

/// Takes batches, on its event loop.
protocol FeedReceiver: AnyObject {
    func receive(_ outcome: FeedOutcome, on streams: [UInt32])
}

/// What became of a request.
enum FeedOutcome: Sendable {
    /// - Parameter lastPosition: where the subscription is with it; `nil`: where it was.
    case item(SharedItem, lastPosition: LogPosition?)
    case fault(FeedFault)
}
