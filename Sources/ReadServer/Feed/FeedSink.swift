import ConnectionState
import NIOCore
import SwiftProtobuf
import Synchronization
import TandemCore
import Transport
import Wire
import WireMessages

/// Takes a subscription's batches apart, and hands them to the projector.
final class FeedSink: CallSink {
    private let connection: ClientConnection
    private let state = Mutex(State())

    private struct State {
        var deliver: (@Sendable (FeedEvents) -> Void)?
        var call: CallID?
        /// Batches that were dealt with before the call's name was known.
        var earlyCount = 0
        var ended: CallFailure?
        var waiter: CheckedContinuation<CallFailure, Never>?
    }

    init(_ connection: ClientConnection) {
        self.connection = connection
    }

    /// Subscribes, and waits for the end, which is always a failure of some kind.
    ///
    /// - Parameter deliver: called on an event loop, must not block.
    func run(
        _ call: OutboundCall, deliver: @escaping @Sendable (FeedEvents) -> Void
    ) async -> CallFailure {
        state.withLock { $0.deliver = deliver }
        let id = connection.start(call, sink: self)
        let (earlyCount, hasEnded) = state.withLock { state in
            state.call = id
            return (state.earlyCount, state.ended != nil)
        }
        if hasEnded { connection.cancel(id) }
        for _ in 0..<earlyCount { connection.grantCredit(id) }
        return await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if state.ended == nil { state.waiter = continuation }
                return state.ended
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    /// Ends the subscription; ``run(_:)`` then tells a failure of this kind.
    func cancel() {
        guard let id = state.withLock({ $0.call }) else {
            return end(
                CallFailure(
                    .cancelled, reason: "CANCELLED", message: "The subscription was cancelled.",
                    isNotProcessed: false))
        }
        connection.cancel(id)
    }

    func receive(_ event: CallEvent) {
        switch event {
        case .item(let body):
            receive(body)
        case .finished(.failure(let failure)):
            end(failure)
        case .finished(.success):
            end(
                CallFailure(
                    .unavailable, reason: "FEED_ENDED", message: "The feed ended.",
                    isNotProcessed: false))
        }
    }

    private func receive(_ body: ByteBuffer) {
        // What is no batch ends the subscription, with the reason below; the log tells that.
        guard let batch = try? Tandem_Feed_V1_FeedBatch(peerBytes: body) else {
            end(
                CallFailure(
                    .dataLoss, reason: "MALFORMED_BATCH",
                    message: "The feed sent a batch that can't be decoded.",
                    isNotProcessed: false))
            return
        }
        let events = batch.events.map { RecordedEvent($0) }
        let deliver = state.withLock { $0.deliver }
        deliver?(
            FeedEvents(
                events: events, head: LogPosition(rawValue: batch.headPosition),
                digest: Array(batch.digest), receivedAt: .current,
                byteCount: FeedEvents.byteCount(of: events),
                done: { [self] in settle() }))
    }

    /// A batch was dealt with.
    private func settle() {
        let id = state.withLock { state in
            if state.call == nil { state.earlyCount += 1 }
            return state.call
        }
        if let id { connection.grantCredit(id) }
    }

    private func end(_ failure: CallFailure) {
        let waiter = state.withLock { state in
            state.ended = state.ended ?? failure
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: failure)
    }
}

extension RecordedEvent {
    init(_ event: Tandem_Feed_V1_FeedEvent) {
        self.init(
            position: LogPosition(rawValue: event.position),
            stream: StreamID(rawValue: event.stream),
            version: StreamVersion(rawValue: event.version), type: event.type,
            payload: Array(event.payload), metadata: Array(event.metadata),
            recordedAt: Timestamp(microseconds: event.recordedAtUs))
    }
}
