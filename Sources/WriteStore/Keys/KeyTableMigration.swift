internal import GRDB

/// Makes the table of kept answers smaller, and has it counted: a method by a number
/// (``StableHash``) instead of its name twice a row, and each row with the part that its sender's
/// address falls into (``KeyCounts``).
enum KeyTableMigration {
    static let name = "tandem.log.3"

    static func run(_ database: Database) throws {
        try database.execute(
            sql: """
                DROP INDEX idempotency_keys_by_time;
                ALTER TABLE idempotency_keys RENAME TO old_keys;
                CREATE TABLE idempotency_keys (
                    id INTEGER PRIMARY KEY,
                    key BLOB NOT NULL,
                    method INTEGER NOT NULL,
                    principal TEXT NOT NULL,
                    payload_digest BLOB NOT NULL,
                    status INTEGER NOT NULL,
                    reply BLOB NOT NULL,
                    position INTEGER NOT NULL,
                    recorded_at INTEGER NOT NULL,
                    part INTEGER NOT NULL,
                    UNIQUE (key, method, principal)
                ) STRICT;
                CREATE INDEX idempotency_keys_by_time ON idempotency_keys (recorded_at);
                CREATE TABLE key_counts (
                    part INTEGER PRIMARY KEY,
                    count INTEGER NOT NULL
                ) STRICT;
                """)
        for method in try String.fetchAll(database, sql: "SELECT DISTINCT method FROM old_keys") {
            // Rejections were encoded in another way. One that is forgotten does no harm: nothing
            // came of it.
            try database.execute(
                sql: """
                    INSERT INTO idempotency_keys
                    SELECT id, key, ?, principal, payload_digest, status, reply, position,
                        recorded_at, 0
                    FROM old_keys WHERE method = ? AND status = 0
                    """,
                arguments: [StableHash.number(of: method), method])
        }
        try database.execute(
            sql: """
                INSERT INTO key_counts SELECT 0, count(*) FROM idempotency_keys;
                DROP TABLE old_keys;
                """)
    }
}
