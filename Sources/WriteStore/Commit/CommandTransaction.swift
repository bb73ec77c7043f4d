package import TandemCore

/// Why a command had no effect.
package enum CommandFailure: Error, Sendable {
    /// The domain turned it down: kept under its key if its code is
    /// deterministic, and the caller is told.
    case rejected(Rejection)
    /// A statement failed unexpectedly: rolled back, logged, and answered INTERNAL.
    case storage(StorageError)

    /// Runs statements whose failure is unexpected.
    package static func onStorageError<Value>(
        _ body: () throws(StorageError) -> Value
    ) throws(CommandFailure) -> Value {
        do { return try body() } catch { throw .storage(error) }
    }
}

/// A validated command, ready to run inside the transaction; returns the serialized reply.
///
/// The statements are those that the store was opened with.
package typealias CommandWork =
    @Sendable (any PreparedStatements, inout CommandTransaction) throws(CommandFailure) -> [UInt8]

/// What a command can do beside its own statements: append events that are committed with them.
package struct CommandTransaction {
    /// The wall clock when the command's group began.
    package let now: Timestamp
    /// What the command's call said of itself: its trace context, its caller's own entries.
    package let context: CallContext
    private let appender: EventAppender

    init(now: Timestamp, context: CallContext, appender: EventAppender) {
        self.now = now
        self.context = context
        self.appender = appender
    }

    /// Appends an event, and answers its version: one more than the stream's last.
    @discardableResult
    package mutating func append(
        _ type: String, payload: [UInt8], to stream: StreamID, metadata: [UInt8] = []
    ) throws(StorageError) -> Int64 {
        let version = try appender.nextVersion(of: stream)
        try appender.append(
            type, payload: payload, to: stream, version: version, metadata: metadata, now: now)
        return version
    }

    /// How many events a stream has; 0 if there is none.
    package func version(of stream: StreamID) throws(StorageError) -> Int64 {
        try appender.nextVersion(of: stream) - 1
    }

    /// Appends the first event of a stream, which saves looking for one before it.
    ///
    /// A stream that exists is a unique violation.
    package mutating func appendFirst(
        _ type: String, payload: [UInt8], to stream: StreamID, metadata: [UInt8] = []
    ) throws(StorageError) {
        try appender.append(
            type, payload: payload, to: stream, version: 1, metadata: metadata, now: now)
    }
}
