internal import Compression
internal import GRDB
internal import TandemCore

/// The statements of an open snapshot file.
///
/// Unchecked: used inside the closures of the file's DatabaseQueue only, which run one at a time.
final class FileConnection: @unchecked Sendable {
    let path: String
    /// `nil` once closed.
    private var statements: Statements?
    /// Dictionaries that are in the file already; they are the first of the store's.
    private var dictionaryCount: Int
    /// The positions of the unfinished events that are in the file.
    private var unfinished: [LogPosition]?

    private struct Statements {
        let put: FileStatement
        let delete: FileStatement
        let checkpoint: FileStatement
        let addDictionary: FileStatement
    }

    init(_ connection: Database, path: String) throws {
        self.path = path
        func prepare(_ sql: String) throws -> FileStatement {
            guard let pointer = unsafe connection.sqliteConnection else {
                throw DocumentFileError.unavailable(path: path, detail: "it was closed")
            }
            return try unsafe FileStatement(pointer, sql, path: path)
        }
        statements = Statements(
            put: try prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
            delete: try prepare("DELETE FROM documents WHERE collection = ? AND key = ?"),
            checkpoint: try prepare(
                "UPDATE snapshot SET epoch = ?, position = ?, known_position = ?, digest = ?"),
            addDictionary: try prepare("INSERT INTO dictionaries VALUES (?, ?, ?)"))
        dictionaryCount =
            try Int.fetchOne(connection, sql: "SELECT count(*) FROM dictionaries") ?? 0
    }

    /// Lets the statements go, which SQLite wants before the connection is closed.
    func close() {
        statements = nil
    }

    /// Everything of a batch; the caller wraps it in a transaction, and calls
    /// ``committed(dictionaryCount:unfinished:)`` behind it.
    func write(
        _ changes: [DocumentChange], dictionaries: [CompressionDictionary],
        checkpoint: FileCheckpoint, in database: Database
    ) throws {
        guard let statements else {
            throw DocumentFileError.unavailable(path: path, detail: "it was closed")
        }
        for (number, dictionary) in dictionaries.enumerated().dropFirst(dictionaryCount) {
            try write(dictionary, number: number, statements.addDictionary)
        }
        for change in changes {
            switch change.content {
            case .put(let body, let indexKeys):
                try write(change, body, indexKeys, statements.put)
            case .delete:
                try delete(change, statements.delete)
            }
        }
        let statement = statements.checkpoint
        try statement.bind(1, Int64(bitPattern: checkpoint.epoch.rawValue))
        try statement.bind(2, Int64(bitPattern: checkpoint.position.rawValue))
        try runCheckpoint(statement, checkpoint.known)
        if unfinished != checkpoint.unfinished.map(\.position) {
            try UnfinishedRow.replaceAll(by: checkpoint.unfinished, in: database)
        }
    }

    private func runCheckpoint(
        _ statement: FileStatement, _ known: LogEnd?
    ) throws(DocumentFileError) {
        guard let known else {
            try statement.bindNull(3)
            try statement.bindNull(4)
            return try run(statement)
        }
        try statement.bind(3, Int64(bitPattern: known.position.rawValue))
        try unsafe known.digest.span.withUnsafeBytes { bytes throws(DocumentFileError) in
            try unsafe statement.bind(4, borrowing: bytes)
            try run(statement)
        }
    }

    /// After the transaction is on disk: these need not be written again.
    func committed(dictionaryCount: Int, unfinished: [RecordedEvent]) {
        self.dictionaryCount = max(self.dictionaryCount, dictionaryCount)
        self.unfinished = unfinished.map(\.position)
    }

    private func write(
        _ change: DocumentChange, _ body: StoredBody, _ indexKeys: [DocumentKey],
        _ statement: FileStatement
    ) throws(DocumentFileError) {
        let joined = indexKeys.flatMap(\.bytes)
        // The statement borrows all of these until it is reset, inside the closures.
        try unsafe change.key.withUnsafeBytes { key throws(DocumentFileError) in
            try unsafe joined.span.withUnsafeBytes { indexKeys throws(DocumentFileError) in
                try unsafe body.bytes.span.withUnsafeBytes { bytes throws(DocumentFileError) in
                    let row = unsafe FileRow(
                        collection: Int64(change.collection), key: key,
                        encoding: Int64(body.encoding.rawValue),
                        rawByteCount: Int64(body.rawByteCount), indexKeys: indexKeys, body: bytes,
                        position: Int64(bitPattern: change.position.rawValue))
                    try write(row, statement)
                }
            }
        }
    }

    private func write(_ row: FileRow, _ put: FileStatement) throws(DocumentFileError) {
        try put.bind(1, row.collection)
        try unsafe put.bind(2, borrowing: row.key)
        try put.bind(3, row.encoding)
        try put.bind(4, row.rawByteCount)
        try unsafe put.bind(5, borrowing: row.indexKeys)
        try unsafe put.bind(6, borrowing: row.body)
        try put.bind(7, row.position)
        try put.bind(8, row.checksum)
        try run(put)
    }

    private func delete(
        _ change: DocumentChange, _ delete: FileStatement
    ) throws(DocumentFileError) {
        try unsafe change.key.withUnsafeBytes { key throws(DocumentFileError) in
            try delete.bind(1, Int64(change.collection))
            try unsafe delete.bind(2, borrowing: key)
            try run(delete)
        }
    }

    private func write(
        _ dictionary: CompressionDictionary, number: Int, _ addDictionary: FileStatement
    ) throws(DocumentFileError) {
        let name = dictionary.sha256
        let bytes = dictionary.bytes
        try unsafe name.span.withUnsafeBytes { name throws(DocumentFileError) in
            try unsafe bytes.span.withUnsafeBytes { bytes throws(DocumentFileError) in
                try addDictionary.bind(1, Int64(number))
                try unsafe addDictionary.bind(2, borrowing: name)
                try unsafe addDictionary.bind(3, borrowing: bytes)
                try run(addDictionary)
            }
        }
    }

    private func run(_ statement: FileStatement) throws(DocumentFileError) {
        defer { statement.reset() }
        _ = try statement.step()
    }
}
