/// Why a write database could not be opened. Nothing in it has been changed.
package enum EventStoreError: Error, Hashable, Sendable {
    /// Another server has it open.
    case inUse(path: String)
    /// The file is something else.
    case notATandemDatabase(path: String)
    /// A later release of the server, or of its application, has written it.
    case newerSchema(path: String)
    /// The operating system or SQLite said no.
    case unavailable(path: String, reason: String)
}

extension EventStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inUse(let path):
            """
            \(path) is in use by another tandem-server. Stop that one first, or give this one a \
            data directory of its own.
            """
        case .notATandemDatabase(let path):
            """
            \(path) is not a Tandem write database. It has been left alone; give another data \
            directory.
            """
        case .newerSchema(let path):
            """
            \(path) was written by a newer release than this one, which can't read it. It has \
            been left alone; start the newer release.
            """
        case .unavailable(let path, let reason):
            "\(path) can't be opened: \(reason)"
        }
    }
}
