import TandemCore
import WriteStore

/// Why events of the log can't be sent.
enum FeedFault: Error, CustomStringConvertible {
    case unreadable(after: LogPosition, StorageError)
    /// - Parameter found: what stands behind it; `nil` if nothing does, though the log goes on.
    case gap(after: LogPosition, found: LogPosition?)
    case unencodable(after: LogPosition, reason: String)
    /// The subscriber has followed a log that had something else there.
    case anotherLog(after: LogPosition)

    /// For the server's log.
    var description: String {
        switch self {
        case .unreadable(let position, let error):
            "the feed can't read the log after position \(position): \(error)"
        case .gap(let position, let found):
            "the log lacks the event behind position \(position)"
                + (found.map { "; \($0) follows" } ?? "")
        case .unencodable(let position, let reason):
            "the feed can't send the events after position \(position): \(reason)"
        case .anotherLog(let position):
            "a subscriber has another log's events up to position \(position)"
        }
    }

    var rejection: Rejection {
        guard case .anotherLog(let position) = self else {
            return Rejection(
                .internal, reason: "LOG_UNREADABLE",
                message: "The log can't be read; the server's log says why.")
        }
        return .anotherLog(after: position, "holds something else up to there")
    }

    /// Whether it is the server's own, for its operator to know.
    var isOwn: Bool { if case .anotherLog = self { false } else { true } }
}

extension Rejection {
    /// What a subscriber has is of a log that was lost, or that another one has taken the place of.
    static func anotherLog(after position: LogPosition, _ difference: String) -> Rejection {
        Rejection(
            .failedPrecondition, reason: "EPOCH_CHANGED",
            message: """
                Position \(position) belongs to another log than this one, which \(difference); \
                begin again from 0.
                """)
    }
}
