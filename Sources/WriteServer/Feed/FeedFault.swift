import TandemCore
import WriteStore

/// Why events of the log can't be sent.
enum FeedFault: Error, CustomStringConvertible {
    case unreadable(after: LogPosition, StorageError)
    /// - Parameter found: what stands behind it; `nil` if nothing does, though the log goes on.
    case gap(after: LogPosition, found: LogPosition?)
    case unencodable(after: LogPosition, reason: String)

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
        }
    }

    var rejection: Rejection {
        Rejection(
            .internal, reason: "LOG_UNREADABLE",
            message: "The log can't be read; the server's log says why.")
    }
}
