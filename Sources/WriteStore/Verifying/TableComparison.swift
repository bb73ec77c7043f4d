internal import GRDB
package import TandemCore

/// Makes a domain's tables anew from its events, in a temporary database, and compares them with
/// those of a write database.
package final class TableComparison {
    /// Up to where the tables have been made.
    private(set) var position = LogPosition.beginning
    private let tables: [String]
    private let queue: DatabaseQueue
    private let statements: any PreparedStatements
    private let apply: (RecordedEvent, any PreparedStatements) throws -> Void

    /// - Parameters:
    ///   - tables: each with a primary key.
    ///   - apply: does to the tables what an event's command has done.
    package init(
        of tables: [String], migrations: [Migration],
        makeStatements: (WriteConnection) throws(StorageError) -> any PreparedStatements,
        apply: @escaping (RecordedEvent, any PreparedStatements) throws -> Void
    ) throws {
        self.tables = tables
        self.apply = apply
        var settings = Configuration()
        settings.label = "tandem.replay"
        settings.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        // A file that has no name, and is gone with its connection.
        queue = try DatabaseQueue(path: "", configuration: settings)
        try LogSchema.migrator(with: migrations).migrate(queue)
        statements = try queue.inDatabase { database in
            for table in tables {
                guard try database.tableExists(table),
                    try database.columns(in: table).contains(where: { $0.primaryKeyIndex > 0 })
                else {
                    throw StorageError.mistake(
                        "the replay's table \(table) is made by no migration, or has no key")
                }
            }
            return try makeStatements(WriteConnection(database))
        }
    }

    /// Takes the next events of the log.
    package func add(_ events: [RecordedEvent]) throws {
        try queue.inTransaction { _ in
            for event in events where event.position > position {
                do { try apply(event, statements) } catch {
                    throw StorageError.damagedRow(
                        "position \(event.position), \(event.type), does not go on the tables that "
                            + "the events before it make: \(error)")
                }
                position = event.position
            }
            return .commit
        }
    }

    /// The first row that isn't as the events make it. Answers how many rows there are.
    func compare(with database: Database) throws -> Int {
        try tables.reduce(0) { count, table in try count + compare(table, with: database) }
    }

    private func compare(_ table: String, with database: Database) throws -> Int {
        try queue.inDatabase { replayed in
            let key = try replayed.primaryKey(table).columns
            let columns = try replayed.columns(in: table).map(\.name)
            let order = (key + columns).map(\.quotedDatabaseIdentifier)
            let sql = """
                SELECT \(order.joined(separator: ", ")) FROM \(table.quotedDatabaseIdentifier)
                ORDER BY \(order.prefix(key.count).joined(separator: ", "))
                """
            let expected = try Row.fetchCursor(replayed, sql: sql)
            let found = try Row.fetchCursor(database, sql: sql)
            var count = 0
            while true {
                let (row, other) = (try found.next(), try expected.next())
                guard row != other else {
                    if row == nil { return count }
                    count += 1
                    continue
                }
                func fault(_ row: Row, _ what: String) -> StorageError {
                    let place = zip(key, row.databaseValues).map { "\($0) = \($1)" }
                    return .damagedRow(
                        "\(table) WHERE \(place.joined(separator: " AND ")): \(what)")
                }
                func keyValues(_ row: Row?) -> [DatabaseValue]? {
                    row.map { Array($0.databaseValues.prefix(key.count)) }
                }
                if let row, let other, keyValues(row) == keyValues(other) {
                    let column = columns.indices.first {
                        let index = key.count + $0
                        return row.databaseValues.dropFirst(index).first
                            != other.databaseValues.dropFirst(index).first
                    }
                    let what = column.map { columns[$0] } ?? "it"
                    throw fault(row, "\(what) is not what the log makes of it")
                }
                if let other, row == nil || isBefore(keyValues(other), keyValues(row)) {
                    throw fault(other, "it is missing")
                }
                throw fault(row ?? Row(), "the log makes no such row")
            }
        }
    }

    /// In SQLite's order, as far as keys of numbers and texts go.
    private func isBefore(_ one: [DatabaseValue]?, _ other: [DatabaseValue]?) -> Bool {
        for (left, right) in zip(one ?? [], other ?? []) where left != right {
            switch (left.storage, right.storage) {
            case (.int64(let left), .int64(let right)): return left < right
            case (.string(let left), .string(let right)):
                return left.utf8.lexicographicallyPrecedes(right.utf8)
            default: return false
            }
        }
        return false
    }
}

extension LogVerifier {
    /// The domain's tables: what the events make of them, all up to one position. Answers how many
    /// rows there are.
    ///
    /// - Parameter comparison: which has been given the log's events so far; those that it lacks
    ///   are read in one long read with the tables.
    package func checkTables(_ comparison: TableComparison) throws -> Int {
        try readWhole { database, nextEvents in
            while true {
                let page = try nextEvents(comparison.position)
                if page.isEmpty { return try comparison.compare(with: database) }
                try comparison.add(page)
            }
        }
    }
}
