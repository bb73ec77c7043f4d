package import TandemCore

/// A command on its way to the writer. A class: it passes through several arrays, and a copy of the
/// struct that it was took a dozen retains.
package final class PendingCommand: Sendable {
    package let work: CommandWork
    /// The method's full name: part of the idempotency key's scope.
    package let method: String
    /// Who sent it: part of the idempotency key's scope; empty while nobody is told apart.
    package let principal: String
    package let key: IdempotencyKey
    /// The request's SHA-256: 32 bytes.
    package let payloadDigest: [UInt8]
    /// Not run when the writer takes it up later than this.
    package let deadline: ContinuousClock.Instant?
    package let cancellation: CancellationFlag
    package let context: CallContext
    package let replyTo: any CommandReplySink
    /// Handed back with the outcome: the stream's id.
    package let tag: UInt32
    /// Among whose kept answers its own is counted.
    package let keyPart: Int
    /// What it holds in memory until it is answered, an estimate: what queue and budget count.
    package let heldByteCount: Int

    /// For the command itself, its flag and its digest.
    private static var ownByteCount: Int { 1 << 10 }

    /// - Parameters:
    ///   - lane: where it is to be queued, for what is counted by address.
    ///   - workByteCount: what `work` holds, about.
    package init(
        work: @escaping CommandWork, method: String, principal: String,
        key: IdempotencyKey, payloadDigest: [UInt8], deadline: ContinuousClock.Instant?,
        cancellation: CancellationFlag, context: CallContext = .empty,
        replyTo: any CommandReplySink,
        tag: UInt32, lane: CommandLane? = nil, workByteCount: Int = 0
    ) {
        self.work = work
        self.method = method
        self.principal = principal
        self.key = key
        self.payloadDigest = payloadDigest
        self.deadline = deadline
        self.cancellation = cancellation
        self.context = context
        self.replyTo = replyTo
        self.tag = tag
        keyPart = lane?.keyPart ?? 0
        heldByteCount = Self.ownByteCount + workByteCount + context.heldByteCount
    }
}

/// Where a connection takes its commands' outcomes.
package protocol CommandReplySink: AnyObject, Sendable {
    /// Called on the writer's thread, once for each group that holds commands of this sink, after
    /// the group is on disk. Must not block.
    func deliver(_ outcomes: [CommandOutcome])
}

/// What became of a command; everything it says is durable.
package struct CommandOutcome: Hashable, Sendable {
    package let tag: UInt32
    package let result: Result<[UInt8], Rejection>
    /// The position that the command reached; the head, if it made no event.
    package let position: LogPosition
    /// The answer was stored before: this command had been sent already.
    package let isReplay: Bool
    /// The command did not run at all, so that sending it again is safe.
    package let isNotProcessed: Bool
    package let retryAfterMilliseconds: UInt32?

    package init(
        tag: UInt32, result: Result<[UInt8], Rejection>, position: LogPosition,
        isReplay: Bool = false, isNotProcessed: Bool = false,
        retryAfterMilliseconds: UInt32? = nil
    ) {
        self.tag = tag
        self.result = result
        self.position = position
        self.isReplay = isReplay
        self.isNotProcessed = isNotProcessed
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    /// The same outcome, of a command that wasn't run, where the log has got elsewhere since.
    func moved(to position: LogPosition) -> CommandOutcome {
        CommandOutcome(
            tag: tag, result: result, position: position, isReplay: isReplay,
            isNotProcessed: isNotProcessed, retryAfterMilliseconds: retryAfterMilliseconds)
    }
}
