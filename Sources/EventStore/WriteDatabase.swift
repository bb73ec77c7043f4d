internal import EventModel
internal import Foundation
internal import GRDB

/// Opens the write database: checks that it is ours before anything is changed, sets what
/// durability depends on, migrates, and reads what the log is called.
struct WriteDatabase {
    let queue: DatabaseQueue
    let lock: DatabaseLock
    let epoch: LogEpoch
    let clusterID: [UInt8]

    init(
        _ configuration: EventStoreConfiguration, migrations: [SchemaMigration]
    ) throws(EventStoreError) {
        let path = configuration.path
        lock = try DatabaseLock(databasePath: path)
        let isNew = try Self.checkIsOurs(path: path)
        do {
            queue = try DatabaseQueue(
                path: path, configuration: Self.settings(configuration, isNew: isNew))
            let migrator = LogSchema.migrator(with: migrations)
            guard try !queue.read(migrator.hasBeenSuperseded) else {
                throw EventStoreError.newerSchema(path: path)
            }
            try migrator.migrate(queue)
            (epoch, clusterID) = try queue.read(Self.readNames)
        } catch let error as EventStoreError {
            throw error
        } catch {
            throw .unavailable(path: path, reason: "\(error)")
        }
    }

    /// True if there is no database yet.
    ///
    /// Reads the file's header instead of asking SQLite, which would change a foreign file on the
    /// way (its journal mode, or a recovery). The application's number is at offset 68
    /// (https://www.sqlite.org/fileformat2.html); it is written before anything else is.
    private static func checkIsOurs(path: String) throws(EventStoreError) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return true }
        let header: [UInt8]
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            header = [UInt8](try file.read(upToCount: 100) ?? Data())
        } catch {
            throw .unavailable(path: path, reason: error.localizedDescription)
        }
        guard !header.isEmpty else { return true }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .notATandemDatabase(path: path)
        }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | UInt32($1) }
        guard applicationID == LogSchema.applicationID else {
            throw .notATandemDatabase(path: path)
        }
        return false
    }

    private static func settings(
        _ configuration: EventStoreConfiguration, isNew: Bool
    ) -> Configuration {
        var settings = Configuration()
        settings.label = "tandem.write"
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { database in
            if isNew {
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
                    PRAGMA trusted_schema = OFF;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -\(max(configuration.cacheBytesMax, 1 << 20) / 1_024);
                    """)
            if let pageCountMax = configuration.pageCountMax {
                try database.execute(sql: "PRAGMA max_page_count = \(pageCountMax)")
            }
        }
        return settings
    }

    private static func readNames(
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
