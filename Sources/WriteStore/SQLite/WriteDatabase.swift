internal import CSQLiteGuard
internal import Foundation
internal import GRDB
internal import TandemCore

/// Opens the write database: checks that it is ours, and the one that belongs here, before
/// anything is changed, sets what durability depends on, migrates, and reads what the log is
/// called.
struct WriteDatabase {
    let files: DataFiles
    let queue: DatabaseQueue
    let lock: DatabaseLock
    let epoch: LogEpoch
    let clusterID: [UInt8]
    /// As it stands beside the database now.
    let mark: LogMark

    init(
        _ configuration: WriteStoreConfiguration, migrations: [Migration],
        log: (String) -> Void
    ) throws(WriteStoreError) {
        // Before the process's first connection.
        tandem_configure_sqlite()
        files = DataFiles(database: configuration.path, copy: configuration.copyPath)
        lock = try DatabaseLock(files)
        if configuration.beginsAnew { try Self.setAside(files, log: log) }
        let found = try OpeningCheck.look(at: files)
        // Made here rather than by SQLite, which gives -wal and -shm the database's mode.
        try DataFile.makePrivate(files.database)
        try files.tighten()
        (queue, epoch, clusterID) = try Self.open(configuration, migrations)
        mark = try Self.mark(files, found, epoch, clusterID, log: log)
    }

    private static func setAside(
        _ files: DataFiles, log: (String) -> Void
    ) throws(WriteStoreError) {
        try OpeningCheck.checkHoldsNoEvents(files)
        for (old, new) in try files.setAside() {
            log("--begin-anew: \(old) is called \(new) from now on")
        }
    }

    private static func open(
        _ configuration: WriteStoreConfiguration, _ migrations: [Migration]
    ) throws(WriteStoreError) -> (DatabaseQueue, LogEpoch, [UInt8]) {
        let path = configuration.path
        do {
            let queue = try DatabaseQueue(path: path, configuration: settings(configuration))
            try bringUpToDate(queue, migrations, path: path)
            let (epoch, clusterID) = try queue.read(readNames)
            return (queue, epoch, clusterID)
        } catch let error as WriteStoreError {
            throw error
        } catch {
            throw .unavailable(path: path, because: error)
        }
    }

    /// Runs the migrations that it lacks; an error if it isn't for this server, before anything is
    /// changed.
    static func bringUpToDate(
        _ queue: DatabaseQueue, _ migrations: [Migration], path: String
    ) throws {
        // First: it might run when a migration writes.
        try queue.read { try SchemaCheck.run(on: $0, migrations, path: path) }
        let migrator = LogSchema.migrator(with: migrations)
        guard try !queue.read(migrator.hasBeenSuperseded) else {
            throw WriteStoreError.newerSchema(path: path)
        }
        try queue.read { try MigrationRecord.compare(migrations, with: $0) }
        try migrator.migrate(queue)
        if try queue.read({ try !MigrationRecord.holds(migrations, in: $0) }) {
            // If the disk is full, the next start does it: this one can still answer.
            try? queue.write { try MigrationRecord.keep(migrations, in: $0) }
        }
    }

    /// The mark as it was found, or a new one: written before anything is acknowledged.
    private static func mark(
        _ files: DataFiles, _ found: OpeningCheck.Finding, _ epoch: LogEpoch, _ clusterID: [UInt8],
        log: (String) -> Void
    ) throws(WriteStoreError) -> LogMark {
        if case .log(let mark?) = found { return mark }
        guard let clusterID = ClusterID(bytes: clusterID) else {
            throw .unavailable(path: files.database, reason: "the cluster's id is damaged")
        }
        // It claims nothing that was not there anyway.
        let mark = LogMark(
            clusterID: clusterID, epoch: epoch, state: .clean, head: .beginning)
        try files.write(mark)
        if found != .newLog { log("\(files.database) came without a mark and has one now") }
        return mark
    }

    private static func settings(_ configuration: WriteStoreConfiguration) -> Configuration {
        var settings = Configuration()
        settings.label = "tandem.write"
        // For the opening; the writer's thread never waits for a lock (see Writer).
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { database in
            try WriteConnection(database).guardFile()
            // While the mark says that the log's file is needed, it mustn't go with a connection
            // that is closed because the start came to nothing.
            try WriteConnection(database).keepLogFile(true)
            // Asked of the connection, which takes back what a kill left half done: then a file
            // that looked like ours is empty now. All other files without a number were refused.
            if try Int64.fetchOne(database, sql: "PRAGMA application_id") == 0 {
                // Before the switch to WAL, so that they are in the file itself.
                try database.execute(
                    sql: """
                        PRAGMA page_size = 4096;
                        PRAGMA application_id = \(LogSchema.applicationID);
                        """)
            }
            // Not by GRDB's journalMode, which would also set synchronous to NORMAL: what is
            // acknowledged must be on disk.
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA foreign_keys = ON;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -\(max(configuration.cacheBytesMax, 1 << 20) / 1_024);
                    """)
            if let pageCountMax = configuration.pageCountMax {
                try database.execute(sql: "PRAGMA max_page_count = \(pageCountMax)")
            }
        }
        return settings
    }

    static func readNames(
        _ database: Database
    ) throws -> (epoch: LogEpoch, clusterID: [UInt8]) {
        func value(_ name: String, byteCount: Int) throws -> [UInt8] {
            let value = try Data.fetchOne(
                database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
            guard let value, value.count == byteCount else {
                throw DatabaseError(message: "the log's \(name) is missing")
            }
            return [UInt8](value)
        }
        let epoch = try value("log_epoch", byteCount: 8).reduce(0) { $0 << 8 | UInt64($1) }
        return (LogEpoch(rawValue: epoch), try value("cluster_id", byteCount: 16))
    }
}
