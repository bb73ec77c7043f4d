public import TandemCore
package import Transport

/// Whether a failed call may be made again.
public enum RetryAdvice: Hashable, Sendable {
    /// The same call would fail the same way.
    case never
    /// Nothing has happened; the call may be made again, best after the wait if one is given.
    case later(Duration?)
    /// It is unknown whether the command was carried out. Made again with the same key
    /// (``TandemError/key``) and content, it happens once in all, for as long as the server keeps
    /// answers under their keys (24 hours unless set otherwise); with a new key, perhaps twice.
    /// A query may simply be made again.
    case onlyWithSameKey
}

/// Why a call failed.
public struct TandemError: Error, Hashable, Sendable {
    /// What kind of failure it is.
    public let code: StatusCode
    /// What exactly, for programs: an upper-case word, for example `UNKNOWN_PRODUCT`.
    public let reason: String
    /// What, where, and what to do, for people.
    public let message: String
    /// Facts for programs, for example `["product_id": "42"]`.
    public let metadata: [String: String]
    /// Whether to make the call again.
    public let retry: RetryAdvice
    /// The key under which the command was sent, if there was one.
    public let key: IdempotencyKey?
    /// The position that the server's refusal reflects, if it said.
    public let token: ConsistencyToken?
    /// Certainly no attempt did anything.
    package let isNotProcessed: Bool

    package init(
        code: StatusCode, reason: String, message: String, metadata: [String: String] = [:],
        retry: RetryAdvice, key: IdempotencyKey? = nil, token: ConsistencyToken? = nil,
        isNotProcessed: Bool = false
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.retry = retry
        self.key = key
        self.token = token
        self.isNotProcessed = isNotProcessed
    }

    package init(
        _ failure: CallFailure, adding facts: [String: String] = [:], retry: RetryAdvice,
        key: IdempotencyKey? = nil
    ) {
        self.init(
            code: failure.code, reason: failure.reason, message: failure.message,
            metadata: failure.metadata.merging(facts) { theirs, _ in theirs }, retry: retry,
            key: key, token: failure.token,
            // An earlier attempt's outcome may be open, whatever the last one's is.
            isNotProcessed: failure.isNotProcessed && retry != .onlyWithSameKey)
    }

    /// The same with further facts; those that it has already stay.
    package func adding(_ facts: [String: String]) -> TandemError {
        TandemError(
            code: code, reason: reason, message: message,
            metadata: metadata.merging(facts) { own, _ in own }, retry: retry, key: key,
            token: token, isNotProcessed: isNotProcessed)
    }

    /// Whether the server could not be reached, didn't answer in time or doesn't speak the
    /// protocol, rather than said no.
    public var isUnreachable: Bool {
        switch code {
        case _ where reason == "PROTOCOL_VIOLATION" || reason == "CONNECTION_REFUSED": true
        case .unavailable, .deadlineExceeded, .cancelled: true
        case .resourceExhausted: retry != .never
        case .ok, .unknown, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
            .failedPrecondition, .aborted, .outOfRange, .unimplemented, .internal, .dataLoss,
            .unauthenticated:
            false
        }
    }
}

extension TandemError: CustomStringConvertible {
    /// Code, reason and message on one line.
    public var description: String {
        reason.isEmpty ? "\(code): \(message)" : "\(code) (\(reason)): \(message)"
    }
}

extension TandemError {
    /// An answer that the client can't make sense of.
    package static func unreadableAnswer(
        _ what: String, key: IdempotencyKey? = nil
    ) -> TandemError {
        TandemError(
            code: .internal, reason: "UNREADABLE_ANSWER",
            message: "The server's answer is not \(what): is it of another version?",
            retry: key == nil ? .never : .onlyWithSameKey, key: key)
    }
}
