package import NIOCore
package import TandemCore

/// How a call is answered.
package enum CallKind: Hashable, Sendable {
    /// By one RESPONSE.
    case unary
    /// By ITEMs and END.
    case stream
}

/// A call as a client makes it.
package struct OutboundCall: Sendable {
    /// The method's index in the configuration's list.
    package let method: Int
    /// The answer that the caller can read: if the server gives another, the call is not sent.
    /// `nil`: either.
    package let kind: CallKind?
    package let body: ByteBuffer
    /// After this long the call fails with DEADLINE_EXCEEDED; `nil`: never.
    package let timeout: Duration?
    package let key: IdempotencyKey?
    /// What the answer must reflect at least.
    package let atLeast: ConsistencyToken?
    /// How old the answer's knowledge may be; `nil`: as old as it is.
    package let maxStaleness: Duration?
    /// The trace context and the entries that go with the request.
    package let context: CallContext
    /// Credit for a stream's items is granted by ``ClientConnection/grantCredit(_:)`` only, when
    /// the caller has dealt with them; otherwise as soon as they arrive.
    package let grantsCreditItself: Bool

    package init(
        method: Int, kind: CallKind? = nil, body: ByteBuffer, timeout: Duration? = nil,
        key: IdempotencyKey? = nil, atLeast: ConsistencyToken? = nil,
        maxStaleness: Duration? = nil, context: CallContext = .empty,
        grantsCreditItself: Bool = false
    ) {
        self.method = method
        self.kind = kind
        self.body = body
        self.timeout = timeout
        self.key = key
        self.atLeast = atLeast
        self.maxStaleness = maxStaleness
        self.context = context
        self.grantsCreditItself = grantsCreditItself
    }
}

/// What a call brings: items if it is a stream, then its result.
package enum CallEvent: Sendable {
    /// Inflated already.
    case item(ByteBuffer)
    /// Exactly once, last.
    case finished(CallResult)
}

package enum CallResult: Sendable {
    case success(CallSuccess)
    case failure(CallFailure)
}

package struct CallSuccess: Sendable {
    /// Unary: the reply, inflated already. Stream: the body of END.
    package let body: ByteBuffer
    /// What the command reached or the query reflects.
    package let token: ConsistencyToken?
    /// The stored answer to an earlier command with the same key.
    package let isReplay: Bool
    /// How old the query's knowledge was.
    package let ageMilliseconds: UInt32?
    /// The answer's own entries.
    package let custom: [CustomEntry]

    package init(
        body: ByteBuffer, token: ConsistencyToken? = nil, isReplay: Bool = false,
        ageMilliseconds: UInt32? = nil, custom: [CustomEntry] = []
    ) {
        self.body = body
        self.token = token
        self.isReplay = isReplay
        self.ageMilliseconds = ageMilliseconds
        self.custom = custom
    }
}

/// What a call brought in all.
package struct CompletedCall: Sendable {
    /// A page's items; empty for a unary call.
    package let items: [ByteBuffer]
    package let end: CallSuccess

    package init(items: [ByteBuffer], end: CallSuccess) {
        self.items = items
        self.end = end
    }
}

package struct CallFailure: Error, Hashable, Sendable {
    package let code: StatusCode
    package let reason: String
    package let message: String
    package let metadata: [String: String]
    /// Nothing was done: anything may be retried.
    package let isNotProcessed: Bool
    package let retryAfter: RetryAfter
    package let token: ConsistencyToken?
    /// The stored rejection of an earlier command with the same key.
    package let isReplay: Bool

    package enum RetryAfter: Hashable, Sendable {
        case unspecified
        case after(milliseconds: UInt32)
        case never
    }

    package init(
        _ code: StatusCode, reason: String, message: String, metadata: [String: String] = [:],
        isNotProcessed: Bool, retryAfter: RetryAfter = .unspecified,
        token: ConsistencyToken? = nil, isReplay: Bool = false
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.isNotProcessed = isNotProcessed
        self.retryAfter = retryAfter
        self.token = token
        self.isReplay = isReplay
    }
}

/// Where a call's events go. On the connection's event loop.
package protocol CallSink: AnyObject, Sendable {
    func receive(_ event: CallEvent)
}
