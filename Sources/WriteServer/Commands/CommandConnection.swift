import ConnectionState
import NIOCore
import TandemCore
import TandemDomain
import Transport
import Wire
import WriteStore

/// One client's commands. On its event loop only.
final class CommandConnection: ConnectionService {
    private let service: CommandService
    private let port: ServerPort
    /// The commands that the writer has, by stream.
    private var cancellations: [UInt32: CancellationFlag] = [:]
    private var replySink: CommandReplies?
    private let lane: CommandLane

    init(_ service: CommandService, port: ServerPort) {
        self.service = service
        self.port = port
        lane = service.store.openLane(address: port.address)
        replySink = CommandReplies(self, eventLoop: port.eventLoop)
    }

    func batchBegan(now: MonotonicTime) {}
    func batchEnded() {}
    func resume(_ stream: UInt32) {}
    /// Nothing that changes nothing stays open here.
    func expire(_ stream: UInt32) {}

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        if let (rejection, wait) = service.rates?.refusal(of: port.address, now: request.now) {
            replies.error(
                request.stream, rejection, isNotProcessed: true, retryAfterMilliseconds: wait)
            return .answered
        }
        if let key = request.metadata.idempotencyKey,
            let expiry = service.store.expiry(of: key)
        {
            replies.error(
                request.stream, expiry.rejection,
                isNotProcessed: true, retryAfterMilliseconds: retryNever)
            return .answered
        }
        let command = service.commands[request.method]
        let decoded: DecodedCommand
        do throws(Rejection) {
            decoded = try unsafe request.body.withUnsafeReadableBytes { bytes throws(Rejection) in
                try unsafe command.decode(bytes)
            }
        } catch {
            replies.error(
                request.stream, error, isNotProcessed: true, retryAfterMilliseconds: retryNever)
            return .answered
        }
        let admitted = Admitted(decoded: decoded, method: command.method, request: request)
        return submit(admitted, &replies)
    }

    /// A command that the request alone has nothing against.
    private struct Admitted {
        let decoded: DecodedCommand
        let method: String
        let request: ServerRequest
        let cancellation = CancellationFlag()
    }

    private func submit(_ command: Admitted, _ replies: inout ReplyWriter) -> Disposition {
        let stream = command.request.stream
        cancellations[stream] = command.cancellation
        var digest = BodyDigest(of: command.request.body)
        if let whole = digest.next() { return submit(command, digest: whole, &replies) }
        port.spendTurns { [weak self] in
            guard let whole = digest.next() else { return false }
            guard let self else { return true }
            port.answer(stream) { self.submit(command, digest: whole, &$0) }
            port.flush()
            return true
        }
        return .pending
    }

    private func submit(
        _ command: Admitted, digest: [UInt8], _ replies: inout ReplyWriter
    ) -> Disposition {
        let request = command.request
        guard let key = request.metadata.idempotencyKey, let replySink else {
            preconditionFailure("The connection's state admits no command without a key.")
        }
        let pending = PendingCommand(
            work: command.decoded.work, method: command.method, principal: "", key: key,
            payloadDigest: digest,
            deadline: request.deadline.map { .now + $0.since(.current) },
            cancellation: command.cancellation,
            context: CallContext(
                traceParent: request.metadata.traceParent, custom: request.metadata.custom),
            replyTo: replySink, tag: request.stream, lane: lane,
            workByteCount: command.decoded.heldByteCount)
        switch service.store.submit(pending, on: lane) {
        case .queued: return .pending
        case .queueFull:
            // About as long as a few groups take.
            return refuse(request.stream, .queueFull, retryAfterMilliseconds: 50, &replies)
        case .memoryFull:
            return refuse(
                request.stream, .memoryFull(for: "another command"), retryAfterMilliseconds: 100,
                &replies)
        }
    }

    private func refuse(
        _ stream: UInt32, _ rejection: Rejection, retryAfterMilliseconds: UInt32,
        _ replies: inout ReplyWriter
    ) -> Disposition {
        cancellations[stream] = nil
        replies.error(
            stream, rejection, isNotProcessed: true, retryAfterMilliseconds: retryAfterMilliseconds)
        return .answered
    }

    func cancel(_ stream: UInt32) {
        // Whether it won or lost, the writer delivers the one outcome.
        cancellations[stream]?.cancel()
    }

    func connectionClosed() {
        // What the writer has taken up is done and kept under its key; the rest needn't begin.
        for cancellation in cancellations.values { cancellation.cancel() }
        service.store.closeLane(lane)
        cancellations = [:]
        // Breaks the cycle connection → sink → connection.
        replySink = nil
    }

    fileprivate func answer(_ outcomes: [CommandOutcome]) {
        for outcome in outcomes {
            cancellations[outcome.tag] = nil
            port.finish(outcome.tag) { write(outcome, to: &$0) }
        }
        // A dictionary keeps the room that it once had.
        if cancellations.isEmpty, cancellations.capacity > 64 { cancellations = [:] }
        port.flush()
    }

    private func write(_ outcome: CommandOutcome, to replies: inout ReplyWriter) {
        var metadata = Metadata()
        metadata.token = ConsistencyToken(epoch: service.store.epoch, position: outcome.position)
        switch outcome.result {
        case .success(let reply):
            replies.response(
                outcome.tag, body: reply, metadata: metadata, isReplay: outcome.isReplay)
        case .failure(let rejection):
            replies.error(
                outcome.tag, rejection, isNotProcessed: outcome.isNotProcessed,
                isReplay: outcome.isReplay,
                // The same bytes would lose again: its caller has to look, and decide anew.
                retryAfterMilliseconds: outcome.retryAfterMilliseconds
                    ?? (rejection.reason == Rejection.versionConflictReason ? retryNever : 0),
                metadata: metadata)
        }
    }
}

extension Rejection {
    fileprivate static let queueFull = Rejection(
        .resourceExhausted, reason: "QUEUE_FULL",
        message: """
            The command queue has no room for more from here; try again shortly, with the same key.
            """)
}

/// Brings outcomes from the writer's thread to the connection's event loop.
private final class CommandReplies: CommandReplySink {
    private let eventLoop: any EventLoop
    private let connection: NIOLoopBound<CommandConnection>

    init(_ connection: CommandConnection, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
    }

    func deliver(_ outcomes: [CommandOutcome]) {
        eventLoop.execute { [connection] in connection.value.answer(outcomes) }
    }
}
