internal import EventModel
internal import GRDB

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

    static func look(at files: DataFiles) throws(EventStoreError) -> Finding {
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
    ) throws(EventStoreError) -> Finding {
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
    ) throws(EventStoreError) {
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
    static func checkHoldsNoEvents(_ files: DataFiles) throws(EventStoreError) {
        guard try files.content() == .ours else { return }
        let head = try read(files) { database in
            try database.tableExists("events") ? try Self.head(of: database) : LogPosition.beginning
        }
        guard head == .beginning else {
            throw .holdsEvents(path: files.database, head: head)
        }
    }

    private static func head(of database: Database) throws -> LogPosition {
        let last = try Int64.fetchOne(database, sql: "SELECT max(position) FROM events")
        return LogPosition(rawValue: UInt64(clamping: last ?? 0))
    }

    /// Reads what is committed. Read-only, because closing the last writing connection moves a log
    /// into its database, even one that doesn't belong to it.
    private static func read<Value>(
        _ files: DataFiles, _ body: (Database) throws -> Value
    ) throws(EventStoreError) -> Value {
        var settings = Configuration()
        settings.label = "tandem.opening-check"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        do {
            let queue = try DatabaseQueue(path: files.database, configuration: settings)
            let value = try queue.read(body)
            try queue.close()
            return value
        } catch {
            throw .unavailable(path: files.database, reason: "\(error)")
        }
    }
}
