import EventModel
import Transport

/// What to do about a failed command of many. Pure. Each has a key, so sending it again is safe
/// whatever became of it.
package enum BulkVerdict: Hashable, Sendable {
    /// It is the command's outcome.
    case deliver
    /// Send it again, all sending held up for `pause` first.
    case resend(pause: Duration)

    /// - Parameter isLinkOpen: The connection that the failure came over still stands. If not, the
    ///   reconnecting waits, and a pause would only hold up the other connections.
    package static func of(_ failure: AttemptFailure, isLinkOpen: Bool) -> BulkVerdict {
        guard failure.retryAfter != .never else { return .deliver }
        switch failure.code {
        case .unavailable, .deadlineExceeded, .resourceExhausted, .cancelled:
            guard let wait = failure.retryAfter.wait else {
                return .resend(pause: isLinkOpen ? .milliseconds(50) : .zero)
            }
            return .resend(pause: min(wait, .seconds(5)))
        case .ok, .unknown, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
            .failedPrecondition, .aborted, .outOfRange, .unimplemented, .internal, .dataLoss,
            .unauthenticated:
            return .deliver
        }
    }
}
