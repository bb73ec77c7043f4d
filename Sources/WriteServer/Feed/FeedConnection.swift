import ConnectionState
import NIOCore
import SwiftProtobuf
import TandemCore
import Transport
import Wire
import WireMessages

/// One subscriber's connection. On its event loop only.
///
/// Each subscription asks the pump for one batch at a time, and for the next one when there is
/// credit and room for it: a slow subscriber costs the server one batch, not a backlog.
final class FeedConnection: ConnectionService {
    private let service: FeedService
    private let port: ServerPort
    private let acceptsZlib: Bool
    private var subscriptions: [UInt32: Subscription] = [:]

    /// One is what a read server needs.
    private static let subscriptionCountMax = 4

    private struct Subscription {
        var position: LogPosition
        let interest = FeedRequest.Interest()
        /// The pump is working on a batch for it.
        var isWaiting = false
    }

    init(_ service: FeedService, port: ServerPort, acceptsZlib: Bool) {
        self.service = service
        self.port = port
        self.acceptsZlib = acceptsZlib
    }

    func batchBegan(now: MonotonicTime) {}
    func batchEnded() {}

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        do throws(Rejection) {
            let (position, digest) = try start(request.body)
            guard subscriptions.count < Self.subscriptionCountMax else {
                throw .tooManySubscriptions(
                    "A connection has \(Self.subscriptionCountMax) subscriptions at most.")
            }
            if let (rejection, retryAfter) = service.places.take(port.address) {
                replies.error(
                    request.stream, rejection, isNotProcessed: true,
                    retryAfterMilliseconds: retryAfter)
                return .answered
            }
            subscriptions[request.stream] = Subscription(position: position)
            askForBatch(request.stream, knowing: digest)
            return .pending
        } catch {
            replies.error(
                request.stream, error, isNotProcessed: true, retryAfterMilliseconds: retryNever)
            return .answered
        }
    }

    /// Behind which position a subscription begins, and what its subscriber knows of it.
    private func start(
        _ body: ByteBuffer
    ) throws(Rejection) -> (LogPosition, knownDigest: [UInt8]?) {
        let request = try Tandem_Feed_V1_SubscribeRequest(requestBody: body)
        let position = LogPosition(rawValue: request.afterPosition)
        let epoch = service.identity.epoch
        guard position == .beginning || (request.hasLogEpoch && request.logEpoch == epoch.rawValue)
        else { throw .anotherLog(after: position, "has the epoch \(epoch)") }
        let head = service.status.head()
        guard position <= head else {
            throw Rejection(
                .outOfRange, reason: "BEYOND_HEAD",
                message: "Position \(position) is beyond the log's head, \(head); "
                    + "begin again from 0.")
        }
        let isKnown = request.hasAfterDigest && position > .beginning
        return (position, isKnown ? Array(request.afterDigest) : nil)
    }

    private func askForBatch(_ stream: UInt32, knowing digest: [UInt8]? = nil) {
        guard let subscription = subscriptions[stream], !subscription.isWaiting else { return }
        subscriptions[stream]?.isWaiting = true
        service.pump.requestBatch(
            FeedRequest(
                after: subscription.position, knownDigest: digest, acceptsZlib: acceptsZlib,
                address: port.address, stream: stream, interest: subscription.interest,
                receiver: FeedRequest.Receiver(self, eventLoop: port.eventLoop)))
    }

    func resume(_ stream: UInt32) {
        if port.maySendItem(on: stream) { askForBatch(stream) }
    }

    func cancel(_ stream: UInt32) {
        end(stream, because: .cancelledByClient)
    }

    func expire(_ stream: UInt32) {
        end(stream, because: .deadlineExceeded)
    }

    /// - Parameter isRefused: whether it has not begun, and never will.
    private func end(
        _ stream: UInt32, because rejection: Rejection, isRefused: Bool = false
    ) {
        guard forget(stream) else { return }
        port.finish(stream) { replies in
            if isRefused {
                replies.error(
                    stream, rejection, isNotProcessed: true, retryAfterMilliseconds: retryNever)
            } else {
                replies.error(stream, rejection, isNotProcessed: false)
            }
        }
    }

    /// Gives back what a subscription takes; false if there is none.
    @discardableResult
    private func forget(_ stream: UInt32) -> Bool {
        guard let subscription = subscriptions.removeValue(forKey: stream) else { return false }
        subscription.interest.end()
        service.places.giveBack(port.address)
        return true
    }

    func connectionClosed() {
        for stream in subscriptions.keys { forget(stream) }
    }
}

extension FeedConnection: FeedReceiver {
    func receive(_ outcome: FeedOutcome, on streams: [UInt32]) {
        for stream in streams { send(outcome, on: stream) }
        port.flush()
        for stream in streams where port.maySendItem(on: stream) { askForBatch(stream) }
    }

    private func send(_ outcome: FeedOutcome, on stream: UInt32) {
        guard let subscription = subscriptions[stream] else { return }
        subscriptions[stream]?.isWaiting = false
        switch outcome {
        case .item(let item, let lastPosition):
            subscriptions[stream]?.position = lastPosition ?? subscription.position
            if !port.sendItem(stream, item) { forget(stream) }
        case .fault(let fault):
            end(stream, because: fault.rejection, isRefused: !fault.isOwn)
        }
    }
}
