internal import GRDB
internal import TandemCore

/// What may be opened, and what stops the start: decided before anything is changed.
///
/// A server that finds its log missing must not put an empty one in its place: its read servers
/// would throw away the documents, which may be the last copy of anything.
enum OpeningCheck {
    /// What a start goes on with.
    enum Finding: Equatable {
        /// Nothing was ever here.
        case newLog
        /// A log, and what its mark says; no mark if it has come without one.
        case log(LogMark?)
    }

    static func look(at files: DataFiles) throws(WriteStoreError) -> Finding {
        let content = try files.content()
        guard let mark = try files.readMark() else {
            return try lookWithoutMark(content, files)
        }
        switch content {
        case .missing, .empty, .foreign:
            throw .logLost(path: files.database, mark: files.mark, found: content)
        case .ours:
            guard mark.state == .clean || files.hasLog else {
                throw .writeAheadLogLost(path: files.log, mark: files.mark)
            }
            try compare(mark, files)
            return .log(mark)
        }
    }

    private static func lookWithoutMark(
        _ content: DataFiles.Content, _ files: DataFiles
    ) throws(WriteStoreError) -> Finding {
        switch content {
        case .ours: return .log(nil)
        case .foreign: throw .notATandemDatabase(path: files.database)
        case .missing, .empty:
            // SQLite would delete such a log as left over.
            if files.hasLog { throw .orphan(of: files.database, orphan: files.log) }
            if let copy = files.copy, DataFile.size(copy) ?? 0 > 0 {
                throw .orphan(of: files.database, orphan: copy)
            }
            return .newLog
        }
    }

    private static func compare(
        _ mark: LogMark, _ files: DataFiles
    ) throws(WriteStoreError) {
        let found = try read(files) { database in
            let (epoch, clusterID) = try WriteDatabase.readNames(database)
            return (epoch, clusterID, try Self.head(of: database))
        }
        guard found.0 == mark.epoch, found.1 == mark.clusterID.bytes else {
            throw .anotherLog(
                path: files.database, mark: files.mark, expected: mark.epoch, found: found.0)
        }
        guard found.2 >= mark.head else {
            throw .olderThanMark(
                path: files.database, mark: files.mark, head: found.2, known: mark.head)
        }
    }

    /// Refuses to begin anew where there are events.
    static func checkHoldsNoEvents(_ files: DataFiles) throws(WriteStoreError) {
        let content = try files.content()
        // Something foreign is looked at too: it may be a log that has lost its number.
        guard content == .ours || content == .foreign else { return }
        let head: LogPosition
        do {
            // A first commit that was cut short is taken back, which a reader can't.
            let isReadOnly = content == .foreign || !files.hasJournal
            head = try open(files, isReadOnly: isReadOnly) { database in
                try isLog(database) ? try Self.head(of: database) : .beginning
            }
        } catch let error as DatabaseError where content == .foreign && error.isNoDatabase {
            return
        } catch {
            throw .unavailable(path: files.database, because: error)
        }
        guard head == .beginning else {
            throw .holdsEvents(path: files.database, head: head)
        }
    }

    private static func isLog(_ database: Database) throws -> Bool {
        guard try database.tableExists("grdb_migrations") else { return false }
        return try Bool.fetchOne(
            database, sql: "SELECT 1 FROM grdb_migrations WHERE identifier = ?",
            arguments: [LogSchema.migrations[0].name]) ?? false
    }

    private static func head(of database: Database) throws -> LogPosition {
        let last = try Int64.fetchOne(database, sql: "SELECT max(position) FROM events")
        return LogPosition(rawValue: UInt64(clamping: last ?? 0))
    }

    /// Reads what is committed.
    private static func read<Value>(
        _ files: DataFiles, _ body: (Database) throws -> Value
    ) throws(WriteStoreError) -> Value {
        do {
            return try open(files, isReadOnly: true, body)
        } catch {
            throw .unavailable(path: files.database, because: error)
        }
    }

    /// Read-only where it may be, because closing the last writing connection moves a log into its
    /// database, even one that doesn't belong to it.
    private static func open<Value>(
        _ files: DataFiles, isReadOnly: Bool, _ body: (Database) throws -> Value
    ) throws -> Value {
        var settings = Configuration()
        settings.label = "tandem.opening-check"
        settings.readonly = isReadOnly
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        let queue = try DatabaseQueue(path: files.database, configuration: settings)
        let value = try queue.read(body)
        try queue.close()
        return value
    }
}

extension DatabaseError {
    fileprivate var isNoDatabase: Bool {
        resultCode == .SQLITE_NOTADB || resultCode == .SQLITE_CORRUPT
    }
}
