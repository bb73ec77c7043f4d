internal import GRDBSQLite

/// A prepared statement, bound and stepped directly: GRDB's own calls cost about twice as much.
///
/// Parameters count from 1, columns from 0. Belongs to the queue of its connection, and must be
/// gone before the connection is.
@safe final class FileStatement {
    private let connection: OpaquePointer
    private let statement: OpaquePointer
    private let path: String

    init(_ connection: OpaquePointer, _ sql: String, path: String) throws(DocumentFileError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else {
            let message = unsafe String(cString: sqlite3_errmsg(connection))
            throw DocumentFileError(code: code, message: message, path: path)
        }
        unsafe self.connection = unsafe connection
        unsafe statement = unsafe prepared
        self.path = path
    }

    deinit {
        unsafe sqlite3_finalize(statement)
    }

    func bind(_ index: Int32, _ value: Int64) throws(DocumentFileError) {
        try require(unsafe sqlite3_bind_int64(statement, index, value))
    }

    func bindNull(_ index: Int32) throws(DocumentFileError) {
        try require(unsafe sqlite3_bind_null(statement, index))
    }

    /// Binds memory that stays valid and unchanged until ``reset()``.
    func bind(
        _ index: Int32, borrowing bytes: UnsafeRawBufferPointer
    ) throws(DocumentFileError) {
        // No address would mean NULL; an empty blob still has one.
        let empty = unsafe UnsafeRawPointer(bitPattern: 1)
        try require(
            unsafe sqlite3_bind_blob64(
                statement, index, bytes.baseAddress ?? empty, UInt64(bytes.count), nil))
    }

    /// Whether there is a row.
    func step() throws(DocumentFileError) -> Bool {
        let code = unsafe sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        if code != SQLITE_DONE { try require(code) }
        return false
    }

    /// Ready to be bound and stepped again. The step has told of errors already.
    func reset() {
        _ = unsafe sqlite3_reset(statement)
    }

    /// The integer of a column; `nil` when it is something else.
    func integer(_ column: Int32) -> Int64? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return unsafe sqlite3_column_int64(statement, column)
    }

    /// The blob of a column, valid until the next step or reset; `nil` when it is something else.
    func blob(_ column: Int32) -> UnsafeRawBufferPointer? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        // SQLite wants these two called in this order.
        let start = unsafe sqlite3_column_blob(statement, column)
        let byteCount = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : byteCount)
    }

    private func require(_ code: Int32) throws(DocumentFileError) {
        guard code != SQLITE_OK else { return }
        let message = unsafe String(cString: sqlite3_errmsg(connection))
        throw DocumentFileError(code: code, message: message, path: path)
    }
}
