public import SwiftProtobuf
public import TandemCore
import WriteStore

/// What a command can do beside its statements: append events, in the same transaction.
///
/// Valid while its handler runs.
public struct EventLog {
    var transaction: CommandTransaction
    let events: EventRegistry
    let states: DeciderStates

    /// The wall clock when the command's group began.
    public var now: Timestamp { transaction.now }

    /// What the command's call said of itself: its trace context, its caller's own entries.
    public var context: CallContext { transaction.context }

    /// Appends an event to its stream.
    ///
    /// - Returns: the stream's version with it.
    /// - Throws: ``CommandMistake`` if the domain doesn't list the event, and what SQLite says.
    @discardableResult
    public mutating func append<E: Event>(_ event: E) throws -> UInt64 {
        let stream = StreamID(rawValue: E.stream.name(of: event))
        let payload: [UInt8] = try event.serializedBytes()
        let version = try transaction.append(try name(of: E.self), payload: payload, to: stream)
        states.didAppend(to: stream)
        return UInt64(clamping: version)
    }

    /// Appends the first event of its stream, which saves looking for one before it.
    ///
    /// - Throws: As ``append(_:)``; ``CommandMistake`` if the stream has an event.
    public mutating func begin<E: Event>(_ event: E) throws {
        let payload: [UInt8] = try event.serializedBytes()
        try begin(E.self, payload: payload, in: E.stream.name(of: event))
    }

    /// As ``begin(_:)``, for an event that has been serialized already: the same bytes as the
    /// message's, or what is in the log can't be read any more.
    public mutating func begin<E: Event>(
        _ type: E.Type, payload: [UInt8], in stream: String
    ) throws {
        let stream = StreamID(rawValue: stream)
        do {
            try transaction.appendFirst(try name(of: type), payload: payload, to: stream)
        } catch let error as StorageError where error.kind == .uniqueViolation {
            throw CommandMistake(
                "began the stream \(stream.rawValue), which has events already: append to it")
        }
        states.didAppend(to: stream)
    }

    /// How many events a stream has; 0 if there is none.
    public func version(ofStream stream: String) throws -> UInt64 {
        UInt64(clamping: try transaction.version(of: StreamID(rawValue: stream)))
    }

    /// Turns the command down (ABORTED, VERSION_CONFLICT, with the actual version) unless the
    /// stream has as many events as its caller has seen; `nil` is content with any number.
    ///
    /// Clients don't repeat it by themselves, and it isn't kept under the command's key.
    public func expect(_ version: UInt64?, ofStream stream: String) throws {
        guard let version else { return }
        let actual = try self.version(ofStream: stream)
        guard actual == version else {
            throw Rejection.versionConflict(stream, expected: version, actual: actual)
        }
    }

    /// A thing's state, folded from its stream's events, this command's included; `nil` if it has
    /// none. See ``get(_:_:)`` for one that has to be there.
    ///
    /// Kept in memory and in snapshots: folds what is new since then.
    public func state<State: Message>(
        of decider: Decider<State>, _ id: some StreamIdentifier
    ) throws -> State? {
        try states.state(of: decider, StreamID(rawValue: "\(decider.kind)-\(id)"))
    }

    /// A thing's state, which has to be there: without an event of it the command is turned down
    /// (NOT_FOUND, UNKNOWN_ACCOUNT for a decider of `account`).
    public func get<State: Message>(
        _ decider: Decider<State>, _ id: some StreamIdentifier
    ) throws -> State {
        guard let state = try state(of: decider, id) else {
            throw Rejection.notFound(decider.kind, id)
        }
        return state
    }

    private func name(of event: any Event.Type) throws -> String {
        guard let name = events.name(of: event) else {
            throw CommandMistake("appended \(event.eventName), which its domain doesn't list")
        }
        return name
    }
}

/// A bug of a command, found when it ran: rolled back, logged, and answered INTERNAL.
public struct CommandMistake: Error, CustomStringConvertible {
    public let description: String

    /// - Parameter description: what the command did, for the server's log.
    public init(_ description: String) { self.description = description }
}

extension Rejection {
    package static let versionConflictReason = "VERSION_CONFLICT"

    /// A caller's view of a thing is not of now.
    static func versionConflict(_ stream: String, expected: UInt64, actual: UInt64) -> Rejection {
        Rejection(
            .aborted, reason: versionConflictReason,
            message: """
                \(stream) is at version \(actual), and the command expects \(expected); read it \
                again and decide anew
                """,
            metadata: [
                "stream": stream, "expected_version": "\(expected)", "actual_version": "\(actual)",
            ])
    }
}
