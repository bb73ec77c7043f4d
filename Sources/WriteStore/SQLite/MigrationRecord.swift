internal import Foundation
internal import GRDB
internal import TandemCore

/// What each migration said when it ran. One that is edited afterwards does nothing to a database
/// that has run it, which then lacks what new ones have: told at the start, and not by a statement
/// some day.
enum MigrationRecord {
    /// Before anything is migrated.
    static func compare(_ migrations: [Migration], with database: Database) throws {
        guard try database.tableExists("meta") else { return }
        for migration in migrations {
            let known = try kept(migration, in: database)
            guard known ?? hash(of: migration) == hash(of: migration) else {
                throw WriteStoreError.domain(
                    reason: """
                        the migration \(migration.name) says something else than when it ran on \
                        this database; leave it as it was, and add another for what is to change \
                        (or begin with another data directory)
                        """)
            }
        }
    }

    /// Whether there is nothing to keep: a start on a full disk must not write for this.
    static func holds(_ migrations: [Migration], in database: Database) throws -> Bool {
        try migrations.allSatisfy { try kept($0, in: database) != nil }
    }

    /// All names that `meta` has once the migrations have run and are kept.
    static func names(of migrations: [Migration]) -> Set<String> {
        Set(["log_epoch", "cluster_id"] + migrations.map { name(of: $0) })
    }

    private static func kept(_ migration: Migration, in database: Database) throws -> Data? {
        try Data.fetchOne(
            database, sql: "SELECT value FROM meta WHERE name = ?",
            arguments: [name(of: migration)])
    }

    /// Behind the migrations.
    static func keep(_ migrations: [Migration], in database: Database) throws {
        for migration in migrations {
            try database.execute(
                sql: "INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)",
                arguments: [name(of: migration), hash(of: migration)])
        }
    }

    private static func name(of migration: Migration) -> String { "migration:\(migration.name)" }

    private static func hash(of migration: Migration) -> Data {
        Data(BigEndianBytes.of(StableHash.of(migration.sql)))
    }
}
