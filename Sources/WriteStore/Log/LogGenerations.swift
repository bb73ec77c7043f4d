internal import Foundation
internal import GRDB
internal import TandemCore

/// The times that a log was begun or restored, each with the epoch that it has had since. Positions
/// of one epoch mean nothing in another: what stood behind the place that a log was restored to is
/// lost, and other events have taken its positions.
enum LogGenerations {
    static let migration = Migration(
        "tandem.log.6",
        sql: """
            -- after_position: what the generation has in common with the one before it.
            CREATE TABLE log_generations (
                number INTEGER PRIMARY KEY,
                epoch BLOB NOT NULL,
                after_position INTEGER NOT NULL,
                begun_at INTEGER NOT NULL
            ) STRICT;
            INSERT INTO log_generations (number, epoch, after_position, begun_at)
                SELECT 1, value, 0, 0 FROM meta WHERE name = 'log_epoch';
            """)

    /// The log's epoch has to be that of its last generation.
    static func check(_ database: Database) throws {
        let isLast = try Bool.fetchOne(
            database,
            sql: """
                SELECT epoch = (SELECT value FROM meta WHERE name = 'log_epoch')
                FROM log_generations ORDER BY number DESC LIMIT 1
                """)
        guard isLast == true else {
            throw StorageError.damagedRow("log_generations: the last one hasn't the log's epoch")
        }
    }

    /// The log goes on from a position under a new epoch.
    static func begin(
        after position: LogPosition, _ now: Timestamp, in database: Database
    ) throws {
        try database.execute(sql: "UPDATE meta SET value = randomblob(8) WHERE name = 'log_epoch'")
        try database.execute(
            sql: """
                INSERT INTO log_generations (number, epoch, after_position, begun_at)
                SELECT (SELECT max(number) + 1 FROM log_generations), value, ?, ?
                FROM meta WHERE name = 'log_epoch'
                """,
            arguments: [Int64(clamping: position.rawValue), now.microseconds])
    }
}
