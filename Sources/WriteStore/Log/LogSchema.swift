internal import GRDB

/// The tables that every write database has, whatever its domain.
enum LogSchema {
    /// In the file's header (`PRAGMA application_id`): "Tndm".
    static let applicationID: UInt32 = 0x546E_646D

    static let migrations = [
        Migration(
            "tandem.log.1",
            sql: """
                CREATE TABLE meta (
                    name TEXT PRIMARY KEY,
                    value BLOB NOT NULL
                ) STRICT, WITHOUT ROWID;
                INSERT INTO meta (name, value)
                    VALUES ('log_epoch', randomblob(8)), ('cluster_id', randomblob(16));

                CREATE TABLE events (
                    position INTEGER PRIMARY KEY,
                    stream TEXT NOT NULL,
                    version INTEGER NOT NULL,
                    type TEXT NOT NULL,
                    payload BLOB NOT NULL,
                    metadata BLOB NOT NULL,
                    recorded_at INTEGER NOT NULL,
                    UNIQUE (stream, version)
                ) STRICT;

                CREATE TABLE idempotency_keys (
                    id INTEGER PRIMARY KEY,
                    key BLOB NOT NULL,
                    method TEXT NOT NULL,
                    principal TEXT NOT NULL,
                    payload_digest BLOB NOT NULL,
                    status INTEGER NOT NULL,
                    reply BLOB NOT NULL,
                    position INTEGER NOT NULL,
                    recorded_at INTEGER NOT NULL,
                    UNIQUE (key, method, principal)
                ) STRICT;
                """),
        // Old ones are found by their time: the clock may have been set back in between, so the
        // order of their making doesn't tell.
        Migration(
            "tandem.log.2",
            sql: """
                CREATE INDEX idempotency_keys_by_time ON idempotency_keys (recorded_at);
                """),
    ]

    /// Ours, then the domain's; each is remembered by its name.
    static func migrator(with domainMigrations: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations { register(migration, with: &migrator) }
        migrator.registerMigration(KeyTableMigration.name, migrate: KeyTableMigration.run)
        register(StreamHistory.migration, with: &migrator)
        migrator.registerMigration(ChainMigration.name, migrate: ChainMigration.run)
        register(LogGenerations.migration, with: &migrator)
        for migration in domainMigrations { register(migration, with: &migrator) }
        return migrator
    }

    private static func register(
        _ migration: Migration, with migrator: inout DatabaseMigrator
    ) {
        migrator.registerMigration(migration.name) { database in
            try database.execute(sql: migration.sql)
        }
    }
}
