package import Transport

/// When a port may be dialled again. Pure: time and chance come in.
///
/// A connection that ends without having answered anything is a failure in a row, like one that
/// could not be made: a server that welcomes and drops its clients is not helped by their haste.
package struct ReconnectBackoff: Sendable {
    private let backoff: Backoff
    private var failureCount = 0
    private var notBefore: ContinuousClock.Instant?

    /// Dials at once the first time.
    package init(backoff: Backoff) {
        self.backoff = backoff
    }

    /// An attempt to connect has failed.
    ///
    /// - Parameter chance: From 0 to 1, for the wait.
    package mutating func failed(
        _ failure: CallFailure, now: ContinuousClock.Instant, chance: Double
    ) {
        failureCount += 1
        wait(atLeast: failure.retryAfter.wait ?? .zero, from: now, chance: chance)
    }

    /// A connection takes no more calls.
    ///
    /// - Parameter chance: From 0 to 1, for the wait.
    package mutating func ended(
        _ end: ConnectionEnd, now: ContinuousClock.Instant, chance: Double
    ) {
        failureCount = end.hasAnswered ? 1 : failureCount + 1
        wait(atLeast: end.wait, from: end.leftAt ?? now, chance: chance)
    }

    /// What is left to wait before the next attempt.
    package func remaining(now: ContinuousClock.Instant) -> Duration {
        max(.zero, notBefore.map { $0 - now } ?? .zero)
    }

    private mutating func wait(
        atLeast told: Duration, from start: ContinuousClock.Instant, chance: Double
    ) {
        notBefore =
            start + max(told, backoff.wait(afterFailures: max(1, failureCount), chance: chance))
    }
}
