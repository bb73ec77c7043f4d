import ConnectionState
import Crypto
import NIOCore
import TandemCore
import TandemDomain
import Transport
import Wire
import WriteStore

/// A batch on its way: hands its parts to the writer, and collects what comes of them. On its
/// connection's event loop only.
final class BatchRun: OutcomeReceiver {
    private let service: CommandService
    private let port: ServerPort
    private let lane: CommandLane
    private let call: CommandCall
    /// What each part is a call of.
    private let command: BatchedCommand
    private let parts: [CommandPart]
    private let whenDone: ([CommandOutcome]) -> Void
    private var progress: BatchProgress
    /// Of those at the writer, by part.
    private var cancellations: [UInt32: CancellationFlag] = [:]
    private var replySink: CommandReplies?
    private var isInTurn = false

    /// The first part that has not been counted in its address's rate. The call itself was, when it
    /// came.
    private var firstUncounted: UInt32 = 1

    /// Bytes of parts that are looked at in one turn.
    private static var turnByteCount: Int { 16 << 10 }
    /// What each part costs beside its bytes, in bytes that cost as much.
    private static var partByteCount: Int { 512 }

    init(
        _ service: CommandService, port: ServerPort, lane: CommandLane, call: CommandCall,
        command: BatchedCommand, parts: [CommandPart],
        whenDone: @escaping ([CommandOutcome]) -> Void
    ) {
        self.service = service
        self.port = port
        self.lane = lane
        self.call = call
        self.command = command
        self.parts = parts
        self.whenDone = whenDone
        progress = BatchProgress(partCount: parts.count)
        replySink = CommandReplies(to: self, on: port.eventLoop)
    }

    /// Hands over what may be, in turns with all others who have more to do on the event loop.
    /// `whenDone` is called, once, when all parts have their outcomes.
    func goOn() {
        guard !isInTurn else { return }
        isInTurn = true
        TurnQueue.on(port.eventLoop).add { [self] in
            isInTurn = takeTurn()
            return isInTurn
        }
    }

    /// Whether there is more to do at once.
    private func takeTurn() -> Bool {
        guard replySink != nil else { return false }
        var byteCount = 0
        while progress.mayGoOn {
            guard byteCount < Self.turnByteCount else { return true }
            byteCount += parts[progress.next].request.count + Self.partByteCount
            do throws(CommandRefusal) {
                try handOver(UInt32(progress.next))
                progress.handOver()
            } catch {
                // What is at the writer makes room when it is answered.
                if error.isForWantOfRoom, progress.atWriterCount > 0 { return false }
                error.isForWantOfRoom ? progress.refuseRest(error) : progress.refuse(error)
            }
        }
        guard let outcomes = progress.allOutcomes else { return false }
        replySink = nil
        whenDone(outcomes)
        return false
    }

    private func handOver(_ index: UInt32) throws(CommandRefusal) {
        let part = parts[Int(index)]
        let key = part.ownKey ?? call.key.ofPart(index)
        // Once, however often it is tried for want of room.
        if index >= firstUncounted {
            try service.checkRate(of: port.address)
            firstUncounted = index + 1
        }
        try service.checkAge(of: key)
        let decoded = try command.decode(part.request, service.elementCountMax)
        guard let replySink else { return }
        let cancellation = CancellationFlag()
        let pending = PendingCommand(
            work: decoded.work, method: command.method, principal: "", key: key,
            payloadDigest: Array(SHA256.hash(data: part.request)), deadline: call.deadline,
            cancellation: cancellation, context: call.context, replyTo: replySink, tag: index,
            lane: lane, workByteCount: decoded.heldByteCount)
        try service.submit(pending, on: lane)
        cancellations[index] = cancellation
    }

    func take(_ outcomes: [CommandOutcome]) {
        for outcome in outcomes {
            cancellations[outcome.tag] = nil
            progress.take(outcome.statingWait)
        }
        goOn()
    }

    /// Nobody waits for it any more: what the writer has not taken up is not done.
    func cancel() {
        for cancellation in cancellations.values { cancellation.cancel() }
        progress.refuseRest(.cancelled)
    }

    /// Nothing can be answered any more.
    func end() {
        cancel()
        // Breaks the cycle run → sink → run.
        replySink = nil
    }
}

/// The command that each part of a batch is a call of.
@safe struct BatchedCommand {
    let method: String
    private let requestByteCountMax: Int
    private let shape: MessageShape
    private let decodeOne: CommandDefinition.Decode

    /// `nil`: it isn't one that can be.
    init?(_ definition: CommandDefinition, shape: MessageShape) {
        guard case .one(let decode) = definition.work else { return nil }
        method = definition.method
        requestByteCountMax = definition.requestByteCountMax
        self.shape = shape
        unsafe decodeOne = decode
    }

    /// Under the limits that the command has alone.
    func decode(
        _ request: ArraySlice<UInt8>, _ elementCountMax: Int
    ) throws(CommandRefusal) -> DecodedCommand {
        guard request.count <= requestByteCountMax else {
            let refusal = Refusal.bodyTooLong(
                byteCount: request.count, byteCountMax: requestByteCountMax)
            throw CommandRefusal(rejection: refusal.rejection)
        }
        let elementCount = MessageScan.elementCount(
            in: ByteBuffer(bytes: request), of: shape, elementCountMax: elementCountMax)
        guard elementCount != nil else {
            let refusal = Refusal.tooManyElements(countMax: elementCountMax)
            throw CommandRefusal(rejection: refusal.rejection)
        }
        do throws(Rejection) {
            return try unsafe request.span.bytes.withUnsafeBytes { bytes throws(Rejection) in
                try unsafe decodeOne(bytes)
            }
        } catch {
            throw CommandRefusal(rejection: error)
        }
    }
}

extension CommandRefusal {
    fileprivate static let cancelled = CommandRefusal(
        rejection: Rejection(
            .cancelled, reason: "CANCELLED", message: "cancelled before it was run"))
}

extension IdempotencyKey {
    /// The key of a part that states none: the same for the same place of a call with this key, and
    /// as old as this one.
    func ofPart(_ index: UInt32) -> IdempotencyKey {
        var hash = SHA256()
        hash.update(data: bytes)
        hash.update(data: BigEndianBytes.of(UInt64(index)))
        guard let made = IdempotencyKey(bytes: Array(hash.finalize())) else { return self }
        // A time that is none of its making would have it refused for its age.
        guard time != nil else {
            return made.time == nil ? made : IdempotencyKey(high: made.high ^ 0x8000, low: made.low)
        }
        return IdempotencyKey(
            high: high & 0xFFFF_FFFF_FFFF_F000 | made.high & 0xFFF,
            low: made.low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}
