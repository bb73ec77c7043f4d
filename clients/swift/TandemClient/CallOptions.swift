public import EventModel

/// What one call does differently from the client's configuration.
public struct CallOptions: Sendable {
    /// How long it may take, retries included.
    public var timeout: Duration?
    /// A command's idempotency key; `nil`: a fresh one. Give one to repeat a command that may have
    /// been carried out already.
    public var key: IdempotencyKey?
    /// A query's answer must reflect at least this, besides what the session has seen.
    public var atLeast: ConsistencyToken?

    /// What is left out is as the configuration says.
    public init(
        timeout: Duration? = nil, key: IdempotencyKey? = nil, atLeast: ConsistencyToken? = nil
    ) {
        self.timeout = timeout
        self.key = key
        self.atLeast = atLeast
    }
}
