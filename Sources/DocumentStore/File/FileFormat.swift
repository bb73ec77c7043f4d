// The layout of a snapshot file: a SQLite database in WAL mode.
//
//   snapshot      one row: format version, schema, and the checkpoint (NULL before the first
//                 write), and the last position up to there whose digest in the log is known
//   dictionaries  by number, with their SHA-256
//   documents     by collection number and key; index_keys holds the keys of all indexes, one
//                 behind the other, as the schema's widths divide them; position is up to where
//                 the document reflects the log
//   unfinished    the events whose fan-out has not reached all documents at the checkpoint
//
// There is nothing else in it: no trigger, no view, no further index (`FileTables.swift`).
//
// Unsigned numbers are stored as the signed integer with the same bits.

internal import GRDB

enum FileFormat {
    static let version: Int64 = 3
    /// "TdSn": how SQLite's header tells our files from others.
    static let applicationID: Int64 = 0x5464_536e

    /// Opens or creates the file and makes sure that it fits.
    static func open(
        path: String, schema: [CollectionSchema], cacheByteCountMax: Int
    ) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "tandem.snapshot"
        configuration.prepareDatabase { connection in
            try GuardedConnection.prepare(connection)
            // One process at a time: two would write checkpoints over each other's documents.
            try connection.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        try PrivateFile.make(path)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { connection in
            let isNew = try isEmpty(connection, path: path)
            try PrivateFile.tighten(database: path)
            if isNew {
                // Before WAL: so the number is in the file's own header from the first moment.
                try connection.execute(sql: "PRAGMA application_id = \(applicationID)")
            }
            try connection.execute(sql: "PRAGMA journal_mode = WAL")
            // A power cut may cost the last batches, never consistency. The feed has them still.
            try connection.execute(sql: "PRAGMA synchronous = NORMAL")
            // In KiB: a batch of documents with random keys changes as many pages, in no order.
            try connection.execute(sql: "PRAGMA cache_size = -\(cacheByteCountMax >> 10)")
            // In pages: checkpoints meet most of the pages that change often once, not each time.
            try connection.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
            // A crash may come between the number and the tables.
            if try isNew || !connection.tableExists("snapshot") {
                try create(connection, schema)
            } else {
                try check(connection, schema, path: path)
            }
        }
        return queue
    }

    /// Names and widths of everything, as text; two schemas are the same if this is.
    static func fingerprint(_ schema: [CollectionSchema]) -> String {
        schema.map { collection in
            let indexes = collection.indexes.map { index in
                "\(index.name.debugDescription):\(index.keyByteCount)"
            }
            return "\(collection.name.debugDescription)(\(indexes.joined(separator: ",")))"
        }.joined(separator: ";")
    }

    /// Whether there is nothing in the file yet; throws when it is not ours.
    private static func isEmpty(_ connection: Database, path: String) throws -> Bool {
        let found = try Int64.fetchOne(connection, sql: "PRAGMA application_id")
        if found == applicationID { return false }
        guard found == 0,
            try Int64.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_master") == 0
        else { throw DocumentFileError.foreign(path: path) }
        return true
    }

    private static func create(_ connection: Database, _ schema: [CollectionSchema]) throws {
        try connection.inTransaction(.immediate) {
            try createTables(connection)
            try connection.execute(
                sql: "INSERT INTO snapshot (id, format, schema) VALUES (1, ?, ?)",
                arguments: [version, fingerprint(schema)])
            return .commit
        }
    }

    private static func check(
        _ connection: Database, _ schema: [CollectionSchema], path: String
    ) throws {
        let format = try Row.fetchOne(connection, sql: "SELECT format, schema FROM snapshot")
        guard let format, let found = Int64.fromDatabaseValue(format["format"]) else {
            throw DocumentFileError.damaged(path: path, detail: "its description is missing")
        }
        guard found == version else {
            throw DocumentFileError.otherFormat(path: path, found: found)
        }
        guard String.fromDatabaseValue(format["schema"]) == fingerprint(schema) else {
            throw DocumentFileError.otherSchema(path: path)
        }
        try checkTables(connection, path: path)
    }
}
