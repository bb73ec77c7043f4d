package import TandemCore
package import Transport

/// What an attempt's failure says about another attempt.
package struct AttemptFailure: Hashable, Sendable {
    package let code: StatusCode
    /// The server said, or it is certain, that the attempt changed nothing.
    package let isNotProcessed: Bool
    package let retryAfter: CallFailure.RetryAfter

    package init(
        code: StatusCode, isNotProcessed: Bool = false,
        retryAfter: CallFailure.RetryAfter = .unspecified
    ) {
        self.code = code
        self.isNotProcessed = isNotProcessed
        self.retryAfter = retryAfter
    }

    package init(_ failure: CallFailure) {
        self.init(
            code: failure.code, isNotProcessed: failure.isNotProcessed,
            retryAfter: failure.retryAfter)
    }

    /// Whether the condition may pass by itself.
    package var isTransient: Bool {
        guard retryAfter != .never else { return false }
        return code == .unavailable || code == .resourceExhausted || code == .aborted
    }
}

/// Decides, for one call, whether and when to try again. Pure: no clock, no chance of its own.
///
/// A call is sent again only if that can't do anything twice: it changes nothing, it carries an
/// idempotency key, or the failed attempt was certainly not processed.
package struct RetrySchedule: Sendable {
    /// The call is read-only, or carries a key that the server keeps.
    package var isRepeatable: Bool
    private let backoff: Backoff
    private var failureCount = 0
    /// An earlier attempt may have been processed, its answer lost.
    private var isOutcomeOpen = false

    package init(isRepeatable: Bool, backoff: Backoff) {
        self.isRepeatable = isRepeatable
        self.backoff = backoff
    }

    package enum OnFailure: Hashable, Sendable {
        case retry(after: Duration)
        /// Report the failure, with this advice.
        case giveUp(RetryAdvice)
    }

    /// - Parameters:
    ///   - remaining: The time until the call's deadline.
    ///   - chance: From 0 to 1, for the wait.
    package mutating func attemptFailed(
        _ failure: AttemptFailure, remaining: Duration, chance: Double
    ) -> OnFailure {
        failureCount += 1
        noteOutcome(of: failure)
        guard failure.isTransient, isRepeatable || failure.isNotProcessed else {
            return .giveUp(advice(for: failure))
        }
        var wait = backoff.wait(afterFailures: failureCount, chance: chance)
        if let told = failure.retryAfter.wait { wait = max(wait, told) }
        guard wait < remaining else { return .giveUp(advice(for: failure)) }
        return .retry(after: wait)
    }

    /// What to say of a call that is given up between two attempts.
    package var adviceBetweenAttempts: RetryAdvice {
        isOutcomeOpen ? .onlyWithSameKey : .later(nil)
    }

    private mutating func noteOutcome(of failure: AttemptFailure) {
        guard !failure.isNotProcessed else { return }
        switch failure.code {
        case .unavailable, .deadlineExceeded, .cancelled, .unknown, .internal, .dataLoss:
            isOutcomeOpen = true
        case .aborted where failure.retryAfter == .never:
            // A conflict of versions, never kept: had an earlier attempt been carried out, its
            // answer would have come instead.
            isOutcomeOpen = false
        case .resourceExhausted, .aborted:
            // Turned down before anything happened; an earlier attempt's outcome stays open.
            break
        case .ok, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
            .failedPrecondition, .outOfRange, .unimplemented, .unauthenticated:
            // The call's own outcome: with the same key, also that of earlier attempts.
            isOutcomeOpen = false
        }
    }

    private func advice(for failure: AttemptFailure) -> RetryAdvice {
        if isOutcomeOpen { return .onlyWithSameKey }
        guard failure.isTransient || failure.isNotProcessed && failure.code == .deadlineExceeded
        else { return .never }
        return .later(failure.retryAfter.wait)
    }
}
