/// How a call ended: gRPC's seventeen codes, with gRPC's numbers and meanings.
///
/// Source: <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>.
public enum StatusCode: UInt16, CaseIterable, Sendable {
    /// It was done.
    case ok = 0
    /// Its caller, or a server that shuts down, gave it up.
    case cancelled = 1
    /// Something that has no other code; a server of another make may say so.
    case unknown = 2
    /// The request itself is wrong, whatever the state.
    case invalidArgument = 3
    /// Its time was up; it may have been done.
    case deadlineExceeded = 4
    /// What it is about is not there.
    case notFound = 5
    /// What it would make is there already.
    case alreadyExists = 6
    /// Its caller may not do that.
    case permissionDenied = 7
    /// A limit is reached, or there is no room: later, or less of it.
    case resourceExhausted = 8
    /// The state forbids it, and repeating it changes nothing.
    case failedPrecondition = 9
    /// It collided with another, or its caller's view is old: read again, decide anew.
    case aborted = 10
    /// It goes beyond the end of what there is.
    case outOfRange = 11
    /// The server knows no such method.
    case unimplemented = 12
    /// A bug of the server, or of its domain: its log says more.
    case `internal` = 13
    /// The server can't do it now: again later, a command under the same key.
    case unavailable = 14
    /// What was stored can't be read any more.
    case dataLoss = 15
    /// It has to say who it is.
    case unauthenticated = 16
}

extension StatusCode: CustomStringConvertible {
    /// The name as gRPC writes it, for example `NOT_FOUND`.
    public var description: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}
