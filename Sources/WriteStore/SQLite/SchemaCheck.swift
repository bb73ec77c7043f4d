internal import GRDB

/// Looks for what would run inside our transactions and is not ours.
enum SchemaCheck {
    /// A trigger or a view.
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

    /// What any release up to this one has made: a later migration may have dropped it again.
    private static func made(by migrations: [Migration]) throws -> Set<Entry> {
        let model = try DatabaseQueue()
        let migrator = LogSchema.migrator(with: migrations)
        var made: Set<Entry> = []
        for step in migrator.migrations {
            try migrator.migrate(model, upTo: step)
            made.formUnion(try model.read(entries))
        }
        return made
    }

    private static func entries(of database: Database) throws -> Set<Entry> {
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
        var entries: Set<Entry> = []
        while let row = try rows.next() {
            func text(_ column: String) -> String { String.fromDatabaseValue(row[column]) ?? "" }
            entries.insert(Entry(type: text("type"), name: text("name"), sql: text("sql")))
        }
        return entries
    }
}
