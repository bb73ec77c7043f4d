/// Why a call was turned down, in the words and numbers that reach the caller.
///
/// A rejection is an outcome, not a fault: it is deterministic, and sending the same call again
/// gives it again. What depends on the request alone is found anew each time; what depends on the
/// state is kept under the command's idempotency key.
public struct Rejection: Error, Hashable, Sendable {
    /// Of which kind, for those who don't know the reason.
    public let code: StatusCode
    /// What exactly, for programs: an upper-case word of the domain's own, for example
    /// `UNKNOWN_PRODUCT`.
    public let reason: String
    /// What, where, and what to do, for people.
    public let message: String
    /// Facts for programs, for example `["product_id": "42"]`.
    public let metadata: [String: String]

    /// A rejection; everything in it reaches the caller, so it holds no secrets.
    public init(
        _ code: StatusCode, reason: String, message: String, metadata: [String: String] = [:]
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
    }
}
