import NIOCore
import TandemClient
import TandemCore
import Transport

/// A call on its way through a lane, with all that is needed to make it again.
struct BulkItem {
    enum Purpose {
        case command(BulkCommand)
        case followUp(BulkFollowUp, BulkCommand)
    }

    let purpose: Purpose
    let call: OutboundCall
    /// When the command, not its follow-up or replacement, was first sent.
    let firstSent: NIODeadline
    private let begun = NIODeadline.now()
    private var schedule: RetrySchedule

    /// - Parameters:
    ///   - timeout: For each attempt.
    ///   - firstSent: When the command was sent that this one replaces; `nil`: it replaces none.
    init(
        _ command: BulkCommand, timeout: Duration, backoff: Backoff, firstSent: NIODeadline? = nil
    ) {
        purpose = .command(command)
        call = OutboundCall(
            method: command.method, kind: .unary, body: command.body,
            timeout: timeout, key: command.key)
        self.firstSent = firstSent ?? begun
        schedule = RetrySchedule(isRepeatable: true, backoff: backoff)
    }

    init(
        _ followUp: BulkFollowUp, of command: BulkCommand, _ item: BulkItem,
        timeout: Duration, atLeast token: ConsistencyToken?, backoff: Backoff
    ) throws(TandemError) {
        purpose = .followUp(followUp, command)
        call = try followUp.call(timeout: timeout, atLeast: token)
        firstSent = item.firstSent
        schedule = RetrySchedule(isRepeatable: true, backoff: backoff)
    }

    /// Since the command was first sent.
    var elapsed: Duration { .nanoseconds((NIODeadline.now() - firstSent).nanoseconds) }

    /// Since this item's key was first sent.
    var keyAge: Duration { .nanoseconds((NIODeadline.now() - begun).nanoseconds) }

    /// What to say of it if it is given up between two attempts.
    var adviceBetweenAttempts: RetryAdvice { schedule.adviceBetweenAttempts }

    /// - Parameters:
    ///   - link: What the failure came over, as far as it is still known.
    ///   - remaining: So long it may be sent again.
    mutating func retry(
        after failure: CallFailure, over link: (any CallLink)?, remaining: Duration, chance: Double
    ) -> RetrySchedule.OnFailure {
        if case .command(let command) = purpose, let link {
            schedule.isRepeatable = link.retryPolicy(of: command.method) != .never
        }
        // The lane has dropped a connection gone quiet, and its calls with it.
        let code: StatusCode = failure.isOfClosedConnection ? .unavailable : failure.code
        return schedule.attemptFailed(
            AttemptFailure(
                code: code, isNotProcessed: failure.isNotProcessed, retryAfter: failure.retryAfter),
            remaining: remaining, chance: chance)
    }
}
