internal import Compression
internal import Foundation
internal import GRDB
internal import TandemCore

/// Reads a snapshot file into an empty store.
struct FileLoader {
    let connection: Database
    let path: String
    let schema: [CollectionSchema]

    /// As many events as can be unfinished are far fewer.
    private static let unfinishedCountMax = 4_096

    /// All dictionaries, by number.
    func dictionaries() throws -> [CompressionDictionary] {
        var dictionaries: [CompressionDictionary] = []
        let rows = try Row.fetchCursor(
            connection, sql: "SELECT number, sha256, bytes FROM dictionaries ORDER BY number")
        while let row = try rows.next() {
            let number = dictionaries.count
            guard number < StoredEncoding.dictionaryCountMax else {
                throw damaged("it has more dictionaries than a store can have")
            }
            guard Int64.fromDatabaseValue(row["number"]) == Int64(number),
                let name = blob(row["sha256"]), let bytes = blob(row["bytes"])
            else { throw damaged("dictionary \(number) is missing or of a wrong type") }
            guard !bytes.isEmpty, bytes.count <= CompressionDictionary.byteCountMax else {
                throw damaged("dictionary \(number) has \(bytes.count) bytes, which none has")
            }
            let dictionary = CompressionDictionary(bytes: bytes)
            guard dictionary.sha256 == name else {
                throw damaged("dictionary \(number) is not what its name says")
            }
            dictionaries.append(dictionary)
        }
        return dictionaries
    }

    /// Up to where the file reflects the log; `nil` when nothing was written yet.
    func checkpoint() throws -> FileCheckpoint? {
        guard
            let row = try Row.fetchOne(
                connection, sql: "SELECT epoch, position, known_position, digest FROM snapshot")
        else { throw damaged("its description is missing") }
        let (epoch, position): (DatabaseValue, DatabaseValue) = (row["epoch"], row["position"])
        if epoch.isNull, position.isNull {
            guard try isEmpty() else { throw damaged("it has documents and no checkpoint") }
            return nil
        }
        // No log reaches further: a database counts in Int64.
        guard let epoch = integer(epoch), let position = integer(position), position >= 0 else {
            throw damaged("its checkpoint is not one")
        }
        let reached = LogPosition(rawValue: UInt64(position))
        return FileCheckpoint(
            epoch: LogEpoch(rawValue: UInt64(bitPattern: epoch)), position: reached,
            known: try known(row["known_position"], row["digest"], through: reached),
            unfinished: try unfinished(through: reached))
    }

    private func known(
        _ position: DatabaseValue, _ digest: DatabaseValue, through checkpoint: LogPosition
    ) throws(DocumentFileError) -> LogEnd? {
        if position.isNull, digest.isNull { return nil }
        guard let position = integer(position).flatMap(UInt64.init(exactly:)),
            position <= checkpoint.rawValue, let digest = blob(digest), digest.count == 32
        else { throw damaged("what it knows of its log is nothing") }
        return LogEnd(position: LogPosition(rawValue: position), digest: digest)
    }

    private func isEmpty() throws -> Bool {
        for table in ["documents", "dictionaries", "unfinished"] {
            let isThere = try Int64.fetchOne(connection, sql: "SELECT 1 FROM \(table) LIMIT 1")
            if isThere != nil { return false }
        }
        return true
    }

    /// The events whose fan-out had not reached all documents, in their order.
    private func unfinished(through checkpoint: LogPosition) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        let rows = try Row.fetchCursor(
            connection,
            sql: """
                SELECT position, stream, version, type, payload, metadata, recorded_at, checksum
                FROM unfinished ORDER BY position
                """)
        while let row = try rows.next() {
            guard let event = UnfinishedRow(row)?.event else {
                throw damaged("an unfinished event is not what it was when it was written")
            }
            guard event.position > .beginning, event.position <= checkpoint else {
                throw damaged("an unfinished event is not of the log up to the checkpoint")
            }
            guard events.count < Self.unfinishedCountMax else {
                throw damaged("it has more unfinished events than there can be")
            }
            events.append(event)
        }
        return events
    }

    /// As they are stored: text in a blob's place, or a real number in an integer's, is damage.
    private func blob(_ value: DatabaseValue) -> [UInt8]? {
        guard case .blob(let data) = value.storage else { return nil }
        return [UInt8](data)
    }

    private func integer(_ value: DatabaseValue) -> Int64? {
        guard case .int64(let number) = value.storage else { return nil }
        return number
    }

    /// Reads all documents, and fills the store with them.
    func documents(
        into store: DocumentStore, dictionaryCount: Int, through checkpoint: LogPosition,
        memoryByteCountMax: Int
    ) throws(DocumentFileError) {
        guard let pointer = unsafe connection.sqliteConnection else {
            throw .unavailable(path: path, detail: "it was closed")
        }
        // In the order of the primary key, which is how the table is stored.
        let statement = try unsafe FileStatement(
            pointer,
            """
            SELECT collection, key, encoding, raw_byte_count, index_keys, body, position, checksum
            FROM documents ORDER BY collection, key
            """, path: path)
        let load = BulkLoad(schema)
        var checksums: [[Int64]] = schema.map { _ in [] }
        while try statement.step() {
            do throws(RowFault) {
                let row = try row(in: statement)
                let (collection, record) = try unsafe row.fields.record(
                    schema: schema, dictionaryCount: dictionaryCount, through: checkpoint)
                guard unsafe load.add(record, to: collection) else {
                    unsafe record.free()
                    throw .order
                }
                checksums[collection].append(row.checksum)
            } catch {
                throw damaged("a document has \(error.rawValue)")
            }
            try check(load.recordByteCount, memoryByteCountMax)
        }
        guard
            unsafe load.allSatisfy({ collection, place, record in
                unsafe FileRow(record, collection: collection).checksum
                    == checksums[collection][place]
            })
        else { throw damaged("a document has \(RowFault.checksum.rawValue)") }
        try check(load.memoryByteCount, memoryByteCountMax)
        guard store.fill(with: load, position: checkpoint) else {
            throw damaged("two documents have the same key in an index")
        }
    }

    /// Borrows from the statement until that is stepped on.
    private func row(
        in statement: FileStatement
    ) throws(RowFault) -> (fields: FileRow, checksum: Int64) {
        guard let collection = statement.integer(0), let key = unsafe statement.blob(1),
            let encoding = statement.integer(2), let rawByteCount = statement.integer(3),
            let indexKeys = unsafe statement.blob(4), let body = unsafe statement.blob(5),
            let position = statement.integer(6), let checksum = statement.integer(7)
        else { throw .types }
        let fields = unsafe FileRow(
            collection: collection, key: key, encoding: encoding, rawByteCount: rawByteCount,
            indexKeys: indexKeys, body: body, position: position)
        return (fields, checksum)
    }

    private func check(
        _ byteCount: Int, _ memoryByteCountMax: Int
    ) throws(DocumentFileError) {
        guard byteCount <= memoryByteCountMax else {
            throw .tooLarge(path: path, byteCountMax: memoryByteCountMax)
        }
    }

    private func damaged(_ detail: String) -> DocumentFileError {
        .damaged(path: path, detail: detail)
    }
}
