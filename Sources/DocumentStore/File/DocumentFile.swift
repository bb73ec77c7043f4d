package import Compression
internal import Foundation
internal import GRDB
internal import TandemCore

/// The durable copy of a store: a SQLite file from which a restart goes on.
///
/// It can always be rebuilt from the event log, so it is written behind the publish and refused
/// as soon as anything about it looks wrong. Calls take turns; they block, so they belong on the
/// projector's thread. One process at a time can have the file open.
package final class DocumentFile: Sendable {
    package let path: String
    private let schema: [CollectionSchema]
    let queue: DatabaseQueue
    private let connection: FileConnection

    /// Opens the file, or creates it.
    ///
    /// - Parameter cacheByteCountMax: what SQLite may hold of it in memory.
    package init(
        path: String, schema: [CollectionSchema], cacheByteCountMax: Int = 32 << 20
    ) throws(DocumentFileError) {
        self.path = path
        self.schema = schema
        do {
            let queue = try FileFormat.open(
                path: path, schema: schema, cacheByteCountMax: cacheByteCountMax)
            connection = try queue.inDatabase { try FileConnection($0, path: path) }
            self.queue = queue
        } catch {
            throw DocumentFileError(error, path: path)
        }
    }

    deinit {
        connection.close()
    }

    /// Up to where the file reflects the log; `nil` when nothing was written yet.
    package func checkpoint() throws(DocumentFileError) -> FileCheckpoint? {
        try access { connection in try loader(connection).checkpoint() }
    }

    /// Publishes everything in the file into an empty store, and returns its checkpoint.
    ///
    /// Readers are for afterwards. After an error the store is of no use; make a new one.
    ///
    /// - Parameter memoryByteCountMax: what the documents may take; more is
    ///   ``DocumentFileError/tooLarge(path:byteCountMax:)``.
    package func load(
        into store: DocumentStore, memoryByteCountMax: Int = .max
    ) throws(DocumentFileError) -> FileCheckpoint? {
        precondition(store.schema == schema, "A snapshot was loaded into a store of another kind.")
        precondition(
            store.position == .beginning && store.dictionaries.isEmpty,
            "A snapshot was loaded into a store that is in use.")
        return try access { connection in
            let loader = loader(connection)
            guard let checkpoint = try loader.checkpoint() else { return nil }
            let dictionaries = try loader.dictionaries()
            for dictionary in dictionaries { _ = store.addDictionary(dictionary) }
            guard store.dictionaries.count == dictionaries.count else {
                throw DocumentFileError.damaged(path: path, detail: "a dictionary is there twice")
            }
            try loader.documents(
                into: store, dictionaryCount: dictionaries.count, through: checkpoint.position,
                memoryByteCountMax: memoryByteCountMax)
            return checkpoint
        }
    }

    /// Writes documents, dictionaries that are new, and the checkpoint, in one transaction: after
    /// a crash the file has all of it or nothing.
    ///
    /// `dictionaries` are all of the store's so far, by number.
    package func write(
        _ changes: [DocumentChange], dictionaries: [CompressionDictionary],
        checkpoint: FileCheckpoint
    ) throws(DocumentFileError) {
        try access { database in
            try database.inTransaction(.immediate) {
                try connection.write(
                    changes, dictionaries: dictionaries, checkpoint: checkpoint, in: database)
                return .commit
            }
            connection.committed(
                dictionaryCount: dictionaries.count, unfinished: checkpoint.unfinished)
        }
    }

    /// Closes the file and lets other processes have it; calls after this throw.
    package func close() throws(DocumentFileError) {
        do {
            queue.inDatabase { _ in connection.close() }
            try queue.close()
        } catch {
            throw DocumentFileError(error, path: path)
        }
    }

    /// Gives a file that can't be used, and what SQLite keeps beside it, another name that is
    /// free: it may be the last copy of something. One that is not there is fine.
    ///
    /// - Parameter suffix: why it is not used, for example `damaged`: becomes part of the name.
    /// - Returns: the new path; `nil` if there was no file.
    package static func setAside(
        path: String, as suffix: String
    ) throws(DocumentFileError) -> String? {
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return nil }
        // It may have been refused before it was made private.
        try PrivateFile.tighten(database: path)
        var target = "\(path).\(suffix)"
        var number = 2
        while files.fileExists(atPath: target) {
            target = "\(path).\(suffix)-\(number)"
            number += 1
        }
        // The main file last: until it is gone, a crash in between only leaves it to be set aside
        // again. Its write-ahead log belongs to it; the index of that is made anew when needed.
        for part in ["-wal", "-journal", ""] where files.fileExists(atPath: path + part) {
            guard unsafe rename(path + part, target + part) == 0 else {
                throw .unavailable(
                    path: path + part, detail: unsafe String(cString: strerror(errno)))
            }
        }
        // It is an index of the write-ahead log, and made anew for whatever takes the name next.
        try? files.removeItem(atPath: path + "-shm")
        return target
    }

    private func loader(_ connection: Database) -> FileLoader {
        FileLoader(connection: connection, path: path, schema: schema)
    }

    private func access<Result>(
        _ body: (Database) throws -> Result
    ) throws(DocumentFileError) -> Result {
        do {
            return try queue.inDatabase(body)
        } catch {
            throw DocumentFileError(error, path: path)
        }
    }
}
