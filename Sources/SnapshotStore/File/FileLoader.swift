internal import Compression
internal import EventModel
internal import Foundation
internal import GRDB

/// Reads a snapshot file into an empty store.
struct FileLoader {
    let connection: Database
    let path: String
    let schema: [CollectionSchema]

    /// Enough to make the rest of a publish cheap, little enough to hold twice in memory.
    private static let chunkDocumentCount = 4_096
    private static let chunkByteCount = 4 << 20

    /// All dictionaries, by number.
    func dictionaries() throws -> [CompressionDictionary] {
        let rows = try Row.fetchAll(
            connection, sql: "SELECT number, sha256, bytes FROM dictionaries ORDER BY number")
        guard rows.count <= StoredEncoding.dictionaryCountMax else {
            throw damaged("it has more dictionaries than a store can have")
        }
        return try rows.enumerated().map { number, row in
            guard Int64.fromDatabaseValue(row["number"]) == Int64(number),
                let name = Data.fromDatabaseValue(row["sha256"]),
                let bytes = Data.fromDatabaseValue(row["bytes"])
            else { throw damaged("dictionary \(number) is missing or of a wrong type") }
            let dictionary = CompressionDictionary(bytes: [UInt8](bytes))
            guard dictionary.sha256 == [UInt8](name) else {
                throw damaged("dictionary \(number) is not what its name says")
            }
            return dictionary
        }
    }

    /// Up to where the file reflects the log; `nil` when nothing was written yet.
    func checkpoint() throws -> SnapshotCheckpoint? {
        guard let row = try Row.fetchOne(connection, sql: "SELECT epoch, position FROM snapshot")
        else { throw damaged("its description is missing") }
        guard let epoch = Int64.fromDatabaseValue(row["epoch"]),
            let position = Int64.fromDatabaseValue(row["position"])
        else { return nil }
        return SnapshotCheckpoint(
            epoch: LogEpoch(rawValue: UInt64(bitPattern: epoch)),
            position: LogPosition(rawValue: UInt64(bitPattern: position)),
            unfinished: try unfinished())
    }

    /// The events whose fan-out had not reached all documents, in their order.
    private func unfinished() throws -> [RecordedEvent] {
        try Row.fetchAll(connection, sql: "SELECT * FROM unfinished ORDER BY position").map { row in
            guard let event = UnfinishedRow(row) else {
                throw damaged("an unfinished event is not what it was when it was written")
            }
            return event.event
        }
    }

    /// Publishes all documents, chunk by chunk, at the beginning of the log.
    func documents(
        into store: SnapshotStore, dictionaryCount: Int, through checkpoint: LogPosition,
        memoryByteCountMax: Int
    ) throws(SnapshotFileError) {
        guard let pointer = unsafe connection.sqliteConnection else {
            throw .unavailable(path: path, detail: "it was closed")
        }
        let statement = try unsafe FileStatement(
            pointer,
            """
            SELECT collection, key, encoding, raw_byte_count, index_keys, body, position, checksum
            FROM documents
            """, path: path)
        var chunk: [DocumentChange] = []
        chunk.reserveCapacity(Self.chunkDocumentCount)
        var byteCount = 0
        while try statement.step() {
            do throws(RowFault) {
                chunk.append(
                    try change(
                        in: statement, dictionaryCount: dictionaryCount, through: checkpoint))
            } catch {
                throw damaged("a document has \(error.rawValue)")
            }
            byteCount += chunk.last?.storedByteCount ?? 0
            if chunk.count == Self.chunkDocumentCount || byteCount >= Self.chunkByteCount {
                try publish(chunk, into: store)
                chunk.removeAll(keepingCapacity: true)
                byteCount = 0
                try check(store, memoryByteCountMax)
            }
        }
        try publish(chunk, into: store)
        try check(store, memoryByteCountMax)
    }

    private func change(
        in statement: FileStatement, dictionaryCount: Int, through checkpoint: LogPosition
    ) throws(RowFault) -> DocumentChange {
        guard let collection = statement.integer(0), let key = unsafe statement.blob(1),
            let encoding = statement.integer(2), let rawByteCount = statement.integer(3),
            let indexKeys = unsafe statement.blob(4), let body = unsafe statement.blob(5),
            let position = statement.integer(6), let checksum = statement.integer(7)
        else { throw .types }
        // The row borrows from the statement, which is stepped on only when the change is made.
        let row = unsafe FileRow(
            collection: collection, key: key, encoding: encoding, rawByteCount: rawByteCount,
            indexKeys: indexKeys, body: body, position: position)
        guard row.checksum == checksum else { throw .checksum }
        return try row.change(
            schema: schema, dictionaryCount: dictionaryCount, through: checkpoint)
    }

    private func publish(
        _ chunk: [DocumentChange], into store: SnapshotStore
    ) throws(SnapshotFileError) {
        guard store.publishUnlessAmbiguous(chunk, position: .beginning) else {
            throw damaged("two documents have the same key in an index")
        }
    }

    private func check(
        _ store: SnapshotStore, _ memoryByteCountMax: Int
    ) throws(SnapshotFileError) {
        guard store.memoryByteCount <= memoryByteCountMax else {
            throw .tooLarge(path: path, byteCountMax: memoryByteCountMax)
        }
    }

    private func damaged(_ detail: String) -> SnapshotFileError {
        .damaged(path: path, detail: detail)
    }
}
