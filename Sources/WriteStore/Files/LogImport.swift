internal import Foundation
internal import GRDB
package import TandemCore

/// Makes a write database of nothing but a log's events.
package enum LogImport {
    /// Puts the database in a data directory's place, as a restore does: ``LogBackup``.
    ///
    /// Each event keeps its position, version, time and bytes, so that its digest is what it was.
    /// Answers that were kept under commands' keys are no part of a log.
    ///
    /// - Parameters:
    ///   - path: of the database to be.
    ///   - clusterID: the log's; digests depend on it.
    ///   - next: the events from the first on, some at a time; empty at the end.
    ///   - apply: does to the domain's tables what an event's command has done.
    /// - Returns: where the log ends; what was there, and what it is called now.
    package static func run(
        to path: String, clusterID: ClusterID, migrations: [Migration], now: Timestamp,
        makeStatements: (WriteConnection) throws(StorageError) -> any PreparedStatements,
        next: () throws -> [RecordedEvent],
        apply: (RecordedEvent, any PreparedStatements) throws -> Void
    ) throws(WriteStoreError) -> (end: LogEnd, setAside: [(old: String, new: String)]) {
        var end: LogEnd?
        let moved = try LogBackup.install(at: path, now: now) { draft in
            let queue = try DatabaseQueue(path: draft)
            try queue.writeWithoutTransaction { database in
                try database.execute(
                    sql: "PRAGMA application_id = \(LogSchema.applicationID)")
            }
            try WriteDatabase.bringUpToDate(queue, migrations, path: path)
            try queue.write {
                try $0.execute(
                    sql: "UPDATE meta SET value = ? WHERE name = 'cluster_id'",
                    arguments: [Data(clusterID.bytes)])
            }
            let (appender, statements) = try queue.inDatabase { database in
                let connection = try WriteConnection(database)
                return (try EventAppender(connection), try makeStatements(connection))
            }
            while case let events = try next(), !events.isEmpty {
                try queue.inTransaction { _ in
                    for event in events { try add(event, appender, statements, apply) }
                    return .commit
                }
            }
            end = appender.end
        }
        guard let end else { preconditionFailure("a log that was made has an end") }
        return (end, moved)
    }

    private static func add(
        _ event: RecordedEvent, _ appender: EventAppender, _ statements: any PreparedStatements,
        _ apply: (RecordedEvent, any PreparedStatements) throws -> Void
    ) throws {
        guard event.position == appender.head.next else {
            throw StorageError.damagedRow(
                "position \(event.position) follows on \(appender.head): each has to be there once")
        }
        let version = Int64(clamping: event.version.rawValue)
        guard try appender.nextVersion(of: event.stream) == version else {
            throw StorageError.damagedRow(
                "position \(event.position): version \(version) of \(event.stream.rawValue) is not "
                    + "its next one")
        }
        do { try apply(event, statements) } catch {
            throw StorageError.damagedRow(
                "position \(event.position), \(event.type), does not go on the tables that the "
                    + "events before it make: \(error)")
        }
        try appender.append(
            event.type, payload: event.payload, to: event.stream, version: version,
            metadata: event.metadata, now: event.recordedAt)
    }
}
