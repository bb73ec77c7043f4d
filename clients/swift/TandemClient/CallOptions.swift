public import TandemCore

/// What one call does differently from the client's configuration.
public struct CallOptions: Sendable {
    /// How long it may take, retries included.
    public var timeout: Duration?
    /// A command's idempotency key; `nil`: a fresh one. Give one to repeat a command that may have
    /// been carried out already.
    public var key: IdempotencyKey?
    /// A query's answer must reflect at least this, besides what the session has seen.
    public var atLeast: ConsistencyToken?
    /// A query's answer must reflect what was known to be all there is at most this long ago; the
    /// server waits a while for it, then the query fails with UNAVAILABLE. In an idle system the
    /// age goes up to about 500 ms. `nil`: however old.
    public var maxStaleness: Duration?
    /// The trace context, and entries of the application's own, that go with the call.
    public var context: CallContext

    /// What is left out is as the configuration says.
    public init(
        timeout: Duration? = nil, key: IdempotencyKey? = nil, atLeast: ConsistencyToken? = nil,
        maxStaleness: Duration? = nil, context: CallContext = .empty
    ) {
        self.timeout = timeout
        self.key = key
        self.atLeast = atLeast
        self.maxStaleness = maxStaleness
        self.context = context
    }
}
