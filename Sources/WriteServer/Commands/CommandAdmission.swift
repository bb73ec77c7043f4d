import ConnectionState
import TandemCore
import TandemDomain
import Transport
import Wire
import WriteStore

/// What a call of the command port says beside its body: the same for all parts of a batch.
struct CommandCall {
    let stream: UInt32
    let key: IdempotencyKey
    let deadline: ContinuousClock.Instant?
    let context: CallContext
}

/// Why a command doesn't get to the writer: it was not processed.
struct CommandRefusal: Error {
    let rejection: Rejection
    /// ``retryNever``: the same bytes never get there.
    var retryAfterMilliseconds = retryNever
    /// There is no room for it now, nor for what comes after it.
    var isForWantOfRoom = false

    /// As the outcome of a part of a batch.
    func outcome(tag: UInt32) -> CommandOutcome {
        CommandOutcome(
            tag: tag, result: .failure(rejection), position: .beginning, isNotProcessed: true,
            retryAfterMilliseconds: retryAfterMilliseconds)
    }
}

extension CommandService {
    /// Counts a command of an address.
    func checkRate(of address: String) throws(CommandRefusal) {
        guard let (rejection, wait) = rates?.refusal(of: address, now: .current) else { return }
        throw CommandRefusal(
            rejection: rejection, retryAfterMilliseconds: wait, isForWantOfRoom: true)
    }

    func checkAge(of key: IdempotencyKey) throws(CommandRefusal) {
        guard let expiry = store.expiry(of: key) else { return }
        throw CommandRefusal(rejection: expiry.rejection)
    }

    /// Hands a command to the writer.
    func submit(_ command: PendingCommand, on lane: CommandLane) throws(CommandRefusal) {
        switch store.submit(command, on: lane) {
        case .queued: return
        case .queueFull:
            // About as long as a few groups take.
            throw CommandRefusal(
                rejection: Rejection(
                    .resourceExhausted, reason: "QUEUE_FULL",
                    message: """
                        The command queue has no room for more from here; try again shortly, with \
                        the same key.
                        """),
                retryAfterMilliseconds: 50, isForWantOfRoom: true)
        case .memoryFull: throw .memoryFull
        }
    }
}

extension CommandRefusal {
    static let memoryFull = CommandRefusal(
        rejection: .memoryFull(for: "another command"), retryAfterMilliseconds: 100,
        isForWantOfRoom: true)
}

extension CommandOutcome {
    /// The wait that a failure states: with a version conflict for ever, since the same bytes would
    /// lose again. Its caller has to look, and decide anew.
    var statingWait: CommandOutcome {
        guard retryAfterMilliseconds == nil, case .failure(let rejection) = result,
            rejection.reason == Rejection.versionConflictReason
        else { return self }
        return CommandOutcome(
            tag: tag, result: result, position: position, isReplay: isReplay,
            isNotProcessed: isNotProcessed, retryAfterMilliseconds: retryNever)
    }
}
