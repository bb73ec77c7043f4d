import ConnectionState
import NIOCore
import TandemCore
import TandemDomain
import Transport
import Wire
import WriteStore

/// One client's commands. On its event loop only.
final class CommandConnection: ConnectionService, OutcomeReceiver {
    private let service: CommandService
    private let port: ServerPort
    /// The commands that the writer has, by stream.
    private var cancellations: [UInt32: CancellationFlag] = [:]
    /// By stream, with what they hold in memory.
    private var batches: [UInt32: (run: BatchRun, byteCount: Int)] = [:]
    private var replySink: CommandReplies?
    private let lane: CommandLane

    init(_ service: CommandService, port: ServerPort) {
        self.service = service
        self.port = port
        lane = service.store.openLane(address: port.address)
        replySink = CommandReplies(to: self, on: port.eventLoop)
    }

    func batchBegan(now: MonotonicTime) {}
    func batchEnded() {}
    func resume(_ stream: UInt32) {}
    /// Nothing that changes nothing stays open here.
    func expire(_ stream: UInt32) {}

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        guard let key = request.metadata.idempotencyKey else {
            preconditionFailure("The connection's state admits no command without a key.")
        }
        let call = CommandCall(
            stream: request.stream, key: key,
            deadline: request.deadline.map { .now + $0.since(.current) },
            context: CallContext(
                traceParent: request.metadata.traceParent, custom: request.metadata.custom))
        let command = service.commands[request.method]
        do throws(CommandRefusal) {
            try service.checkRate(of: port.address)
            try service.checkAge(of: key)
            switch command.work {
            case .one(let decode):
                let decoded = try unsafe decoded(request.body, decode)
                return try submit(
                    Admitted(decoded: decoded, method: command.method, call: call),
                    body: request.body)
            case .many(let batch):
                try begin(batch, call, request.body)
                return .pending
            }
        } catch {
            refuse(call, error, &replies)
            return .answered
        }
    }

    private func refuse(
        _ call: CommandCall, _ refusal: CommandRefusal, _ replies: inout ReplyWriter
    ) {
        replies.error(
            call.stream, refusal.rejection, isNotProcessed: true,
            retryAfterMilliseconds: refusal.retryAfterMilliseconds)
    }

    // MARK: - One command

    /// A command that the request alone has nothing against.
    private struct Admitted {
        let decoded: DecodedCommand
        let method: String
        let call: CommandCall
    }

    private func decoded(
        _ body: ByteBuffer, _ decode: CommandDefinition.Decode
    ) throws(CommandRefusal) -> DecodedCommand {
        do throws(Rejection) {
            return try unsafe body.withUnsafeReadableBytes { bytes throws(Rejection) in
                try unsafe decode(bytes)
            }
        } catch {
            throw CommandRefusal(rejection: error)
        }
    }

    private func submit(
        _ command: Admitted, body: ByteBuffer
    ) throws(CommandRefusal) -> Disposition {
        var digest = BodyDigest(of: body)
        if let whole = digest.next() {
            try submit(command, digest: whole)
            return .pending
        }
        let stream = command.call.stream
        // It can be cancelled meanwhile.
        cancellations[stream] = CancellationFlag()
        port.spendTurns { [weak self] in
            guard let whole = digest.next() else { return false }
            guard let self else { return true }
            do throws(CommandRefusal) { try submit(command, digest: whole) } catch {
                cancellations[stream] = nil
                port.finish(stream) { self.refuse(command.call, error, &$0) }
                port.flush()
            }
            return true
        }
        return .pending
    }

    private func submit(_ command: Admitted, digest: [UInt8]) throws(CommandRefusal) {
        guard let replySink else { return }
        let call = command.call
        let cancellation = cancellations[call.stream] ?? CancellationFlag()
        let pending = PendingCommand(
            work: command.decoded.work, method: command.method, principal: "", key: call.key,
            payloadDigest: digest, deadline: call.deadline, cancellation: cancellation,
            context: call.context, replyTo: replySink, tag: call.stream, lane: lane,
            workByteCount: command.decoded.heldByteCount)
        try service.submit(pending, on: lane)
        cancellations[call.stream] = cancellation
    }

    // MARK: - Many

    private func begin(
        _ batch: CommandBatch, _ call: CommandCall, _ body: ByteBuffer
    ) throws(CommandRefusal) {
        let parts: [CommandPart]
        do throws(Rejection) { parts = try batch.parts(Array(body.readableBytesView)) } catch {
            throw CommandRefusal(rejection: error)
        }
        guard let command = service.batchedCommand(batch.partMethod) else {
            preconditionFailure("A domain was checked to have what its batches run.")
        }
        let byteCount = body.readableBytes + parts.count * Self.partByteCount
        guard service.store.hold(byteCount) else { throw .memoryFull }
        let run = BatchRun(
            service, port: port, lane: lane, call: call, command: command, parts: parts
        ) { [weak self] outcomes in
            self?.finish(batch, call, outcomes)
        }
        batches[call.stream] = (run, byteCount)
        run.goOn()
    }

    /// What a part takes beside its bytes, about: its place, and its outcome.
    private static var partByteCount: Int { 512 }

    private func finish(_ batch: CommandBatch, _ call: CommandCall, _ outcomes: [CommandOutcome]) {
        if let held = batches.removeValue(forKey: call.stream) {
            service.store.letGo(held.byteCount)
        }
        // None of those that didn't run has one.
        let reached = outcomes.map(\.position).max() ?? .beginning
        let position = reached == .beginning ? service.store.head : reached
        let result: Result<[UInt8], Rejection>
        do { result = .success(try batch.reply(outcomes)) } catch {
            result = .failure(
                Rejection(
                    .internal, reason: "INTERNAL",
                    message: "the server can't say what became of the parts: \(error)"))
        }
        port.finish(call.stream) {
            write(
                CommandOutcome(tag: call.stream, result: result, position: position), to: &$0)
        }
        port.flush()
    }

    func cancel(_ stream: UInt32) {
        // Whether it won or lost, the writer delivers the one outcome.
        cancellations[stream]?.cancel()
        guard let (run, _) = batches[stream] else { return }
        run.cancel()
        run.goOn()
    }

    func connectionClosed() {
        // What the writer has taken up is done and kept under its key; the rest needn't begin.
        for cancellation in cancellations.values { cancellation.cancel() }
        for (run, byteCount) in batches.values {
            run.end()
            service.store.letGo(byteCount)
        }
        service.store.closeLane(lane)
        cancellations = [:]
        batches = [:]
        // Breaks the cycle connection → sink → connection.
        replySink = nil
    }

    func take(_ outcomes: [CommandOutcome]) {
        for outcome in outcomes {
            cancellations[outcome.tag] = nil
            port.finish(outcome.tag) { write(outcome.statingWait, to: &$0) }
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
                retryAfterMilliseconds: outcome.retryAfterMilliseconds ?? 0, metadata: metadata)
        }
    }
}
