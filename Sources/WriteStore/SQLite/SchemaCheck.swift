internal import GRDB

/// Looks for what would run inside our transactions and is not ours, and whether what is ours is as
/// it was made.
enum SchemaCheck {
    /// A table, an index, a trigger or a view.
    private struct Entry: Hashable {
        let type: String
        let name: String
        let sql: String
    }

    /// Throws if the database has a trigger or a view that no migration makes. Further tables and
    /// indexes, as tools leave them, run nothing and are let be.
    static func run(
        on database: Database, _ migrations: [Migration], path: String
    ) throws {
        let found = try entries(of: database)
        guard !found.isEmpty else { return }
        guard let stranger = try found.subtracting(made(by: migrations)).first else { return }
        throw WriteStoreError.unavailable(
            path: path,
            reason: """
                the \(stranger.type) "\(stranger.name)" is in it, which no migration of the server \
                or its domain makes, and it would have a part in every command. If nobody needs \
                it, remove it with DROP \(stranger.type.uppercased()) "\(stranger.name)"
                """)
    }

    /// Answers how many tables and the like the migrations make, all of which the database has,
    /// and no triggers and views beside them.
    static func compare(
        _ database: Database, with migrations: [Migration], path: String
    ) throws -> Int {
        try run(on: database, migrations, path: path)
        try MigrationRecord.compare(migrations, with: database)
        let names = try String.fetchSet(database, sql: "SELECT name FROM meta")
        guard names.isSuperset(of: ["log_epoch", "cluster_id"]),
            names.isSubset(of: MigrationRecord.names(of: migrations))
        else {
            throw StorageError.damagedRow("meta has other rows than a server leaves in it")
        }
        try LogGenerations.check(database)
        let model = try DatabaseQueue()
        let migrator = LogSchema.migrator(with: migrations)
        try migrator.migrate(model)
        let all = ["table", "index", "trigger", "view"]
        let expected = try model.read { try entries(of: $0, all) }
        let found = try entries(of: database, all)
        if let entry = expected.subtracting(found).min(by: { $0.name < $1.name }) {
            throw StorageError.damagedRow(
                "the \(entry.type) \(entry.name) is not as the migrations make it")
        }
        let run = try migrator.appliedIdentifiers(database)
        guard run == Set(migrator.migrations) else {
            throw StorageError.damagedRow(
                "grdb_migrations tells of other migrations than the server's: "
                    + run.symmetricDifference(migrator.migrations).sorted().joined(separator: ", "))
        }
        return expected.count
    }

    /// What any release up to this one has made: a later migration may have dropped it again.
    private static func made(by migrations: [Migration]) throws -> Set<Entry> {
        let model = try DatabaseQueue()
        let migrator = LogSchema.migrator(with: migrations)
        var made: Set<Entry> = []
        for step in migrator.migrations {
            try migrator.migrate(model, upTo: step)
            made.formUnion(try model.read { try entries(of: $0) })
        }
        return made
    }

    private static func entries(
        of database: Database, _ types: [String] = ["trigger", "view"]
    ) throws -> Set<Entry> {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT type, name, sql FROM sqlite_master
                WHERE type IN (\(types.map { "'\($0)'" }.joined(separator: ", ")))
                AND NOT (type = 'table' AND name LIKE 'sqlite!_%' ESCAPE '!')
                """)
        var entries: Set<Entry> = []
        while let row = try rows.next() {
            func text(_ column: String) -> String { String.fromDatabaseValue(row[column]) ?? "" }
            entries.insert(Entry(type: text("type"), name: text("name"), sql: text("sql")))
        }
        return entries
    }
}
