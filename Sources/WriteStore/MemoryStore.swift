internal import GRDB
package import TandemCore

/// A write database in memory, for tests of a domain: the same schema, transactions and rules as
/// a ``WriteStore``'s, without files, threads and a queue. Used by one thread at a time.
package final class MemoryStore {
    private let queue: DatabaseQueue
    private let committer: GroupCommitter
    private let appender: EventAppender
    private let reader: EventLogReader
    private let environment: WriteStoreEnvironment
    private var lastKey: UInt64 = 0

    /// - Parameter log: what an operator would be told.
    package init(
        migrations: [Migration], wallClock: @escaping @Sendable () -> Timestamp,
        log: @escaping @Sendable (String) -> Void,
        makeStatements: (WriteConnection) throws(StorageError) -> any PreparedStatements
    ) throws {
        var settings = Configuration()
        settings.foreignKeysEnabled = true
        queue = try DatabaseQueue(configuration: settings)
        try LogSchema.migrator(with: migrations).migrate(queue)
        let environment = WriteStoreEnvironment(
            wallClock: wallClock, log: log,
            onFatal: { preconditionFailure("the test's database failed: \($0)") })
        self.environment = environment
        committer = try queue.inDatabase { database in
            let connection = try WriteConnection(database)
            return try GroupCommitter(
                connection, statements: try makeStatements(connection), environment: environment,
                configuration: WriteStoreConfiguration(path: ""))
        }
        appender = committer.appender
        reader = try EventLogReader(queue)
    }

    /// Runs a command as the writer would, in a transaction of its own.
    package func run(
        _ work: @escaping CommandWork, method: String
    ) -> Result<[UInt8], Rejection> {
        lastKey += 1
        let command = PendingCommand(
            work: work, method: method, principal: "",
            key: IdempotencyKey(high: 1, low: lastKey), payloadDigest: [], deadline: nil,
            cancellation: CancellationFlag(), replyTo: NoReplies(), tag: 0)
        return queue.inDatabase { _ in committer.commit([command], obstacle: nil) }[0].result
    }

    /// Appends an event as if a command had.
    package func append(_ type: String, payload: [UInt8], to stream: StreamID) throws {
        try queue.inTransaction { _ in
            try appender.append(
                type, payload: payload, to: stream, version: try appender.nextVersion(of: stream),
                metadata: [], now: environment.wallClock())
            return .commit
        }
    }

    /// Compares the tables with those that the log makes.
    package func compare(with comparison: TableComparison) throws {
        try comparison.add(events(after: .beginning))
        _ = try queue.inDatabase { try comparison.compare(with: $0) }
    }

    /// The events behind a position.
    package func events(after position: LogPosition) throws -> [RecordedEvent] {
        try reader.events(after: position, countMax: .max, byteCountMax: .max)
    }
}

private final class NoReplies: CommandReplySink {
    func deliver(_: [CommandOutcome]) {}
}
