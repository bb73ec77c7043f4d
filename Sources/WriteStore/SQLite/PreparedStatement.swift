internal import GRDBSQLite
package import TandemCore

/// A prepared statement, bound and stepped directly: GRDB's `execute(arguments:)` costs more than
/// twice as much, which decides how many commands a second the writer can take.
///
/// Bind every parameter (numbered from 1), then ``step()``, read columns (numbered from 0), and
/// ``reset()``; or use ``execute()`` and ``first(_:)``, which reset by themselves. Values are
/// copied both ways, so nothing that goes in or comes out has to outlive a call. An instance
/// belongs to the thread that owns its connection, and must be gone before the connection is.
@safe public final class PreparedStatement {
    private let connection: OpaquePointer
    private let statement: OpaquePointer
    /// The first failure of a `bind` since the last step; reported by the next one.
    private var bindCode = SQLITE_OK

    init(_ connection: OpaquePointer, _ sql: String) throws(StorageError) {
        var prepared: OpaquePointer?
        var hasMore = false
        let code = unsafe sql.withCString { text in
            var tail: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v3(
                connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &tail)
            hasMore = unsafe tail.map {
                unsafe String(cString: $0).contains { !$0.isWhitespace && $0 != ";" }
            } ?? false
            return code
        }
        guard code == SQLITE_OK, let prepared = unsafe prepared else {
            throw unsafe StorageError(lastOf: connection, code)
        }
        guard !hasMore else {
            unsafe sqlite3_finalize(prepared)
            throw StorageError(code: SQLITE_ERROR, message: "it is more than one statement")
        }
        unsafe self.connection = connection
        unsafe self.statement = prepared
    }

    deinit {
        unsafe sqlite3_finalize(statement)
    }

    /// Binds a number to a parameter, counted from 1.
    public func bind(_ index: Int, _ value: Int64) {
        unsafe note(sqlite3_bind_int64(statement, Int32(truncatingIfNeeded: index), value))
    }

    /// Binds a text, which SQLite copies, to a parameter, counted from 1.
    public func bind(_ index: Int, _ value: String) {
        let index = Int32(truncatingIfNeeded: index)
        var value = value
        let code = value.withUTF8 { text in
            // An empty text may have no address, and no address would mean NULL.
            guard let start = text.baseAddress, !text.isEmpty else {
                return unsafe sqlite3_bind_text(statement, index, "", 0, Self.copies)
            }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: text.count) {
                unsafe sqlite3_bind_text(
                    statement, index, $0, Int32(clamping: text.count), Self.copies)
            }
        }
        note(code)
    }

    /// Binds bytes, which SQLite copies, to a parameter, counted from 1.
    public func bind(_ index: Int, _ value: [UInt8]) {
        let code = unsafe value.withUnsafeBytes { bytes in
            let index = Int32(truncatingIfNeeded: index)
            // An empty array may have no address, and no address would mean NULL.
            guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
                return unsafe sqlite3_bind_zeroblob(statement, index, 0)
            }
            return unsafe sqlite3_bind_blob(
                statement, index, start, Int32(clamping: bytes.count), Self.copies)
        }
        note(code)
    }

    /// Binds a key's sixteen bytes to a parameter, counted from 1.
    package func bind(_ index: Int, _ key: IdempotencyKey) {
        let words = (key.high.bigEndian, key.low.bigEndian)
        let code = unsafe withUnsafeBytes(of: words) { bytes in
            unsafe sqlite3_bind_blob(
                statement, Int32(truncatingIfNeeded: index), bytes.baseAddress,
                Int32(bytes.count), Self.copies)
        }
        note(code)
    }

    /// Binds NULL to a parameter, counted from 1.
    public func bindNull(_ index: Int) {
        unsafe note(sqlite3_bind_null(statement, Int32(truncatingIfNeeded: index)))
    }

    /// Fails the next step: the parameter's value is none that a column has room for.
    public func refuse(_ index: Int) {
        note(SQLITE_MISMATCH)
    }

    /// How many values it takes.
    public var parameterCount: Int { unsafe Int(sqlite3_bind_parameter_count(statement)) }

    /// How many values a row of its result has; 0 if it has none.
    public var columnCount: Int { unsafe Int(sqlite3_column_count(statement)) }

    /// How many rows the statement that was run last has changed, added or removed.
    public var changedRowCount: Int { unsafe Int(sqlite3_changes64(connection)) }

    /// Throws unless a transaction is open: without one, what a command changes would be committed
    /// at once, by itself.
    public func requireTransaction() throws(StorageError) {
        guard unsafe sqlite3_get_autocommit(connection) == 0 else { throw .transactionIsOver }
    }

    /// Runs to the next row; false when there is none. After an error the statement is reset.
    public func step() throws(StorageError) -> Bool {
        guard bindCode == SQLITE_OK else {
            let code = bindCode
            reset()
            throw unsafe StorageError(lastOf: connection, code)
        }
        let code = unsafe sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        let error = unsafe StorageError(lastOf: connection, code)
        reset()
        throw error
    }

    /// Makes the statement ready for new values.
    public func reset() {
        bindCode = SQLITE_OK
        // Repeats the code of the step before, which has been reported.
        _ = unsafe sqlite3_reset(statement)
    }

    /// Runs to the end, ignoring rows.
    public func execute() throws(StorageError) {
        while try step() {}
        reset()
    }

    /// What `read` makes of the first row; `nil` if there is none.
    ///
    /// A row that `read` finds damaged is named in the error.
    public func first<Value>(
        _ read: (PreparedStatement) throws(StorageError) -> Value
    ) throws(StorageError) -> Value? {
        defer { reset() }
        guard try step() else { return nil }
        do { return try read(self) } catch { throw told(error) }
    }

    /// Lends each row to `read`, as ``first(_:)`` does with the first.
    public func forEach(
        _ read: (PreparedStatement) throws(StorageError) -> Void
    ) throws(StorageError) {
        defer { reset() }
        while try step() {
            do { try read(self) } catch { throw told(error) }
        }
    }

    private func told(_ error: StorageError) -> StorageError {
        error.kind == .damagedRow ? .damagedRow("\(place): \(error.message)") : error
    }

    /// A damaged row if the column holds anything but an integer.
    public func int64(at column: Int) throws(StorageError) -> Int64 {
        try require(SQLITE_INTEGER, column)
        return unsafe sqlite3_column_int64(statement, Int32(truncatingIfNeeded: column))
    }

    /// A damaged row if the column holds anything but text in UTF-8.
    public func text(at column: Int) throws(StorageError) -> String {
        try require(SQLITE_TEXT, column)
        let index = Int32(truncatingIfNeeded: column)
        guard let start = unsafe sqlite3_column_text(statement, index) else {
            throw StorageError(code: SQLITE_NOMEM, message: "no memory for a text")
        }
        let count = unsafe Int(sqlite3_column_bytes(statement, index))
        let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
        guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
            throw .damagedRow("\(name(of: column)) is not UTF-8")
        }
        return text
    }

    /// A damaged row if the column holds anything but a blob.
    public func blob(at column: Int) throws(StorageError) -> [UInt8] {
        try require(SQLITE_BLOB, column)
        let index = Int32(truncatingIfNeeded: column)
        // An empty blob has no address.
        guard let start = unsafe sqlite3_column_blob(statement, index) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(statement, index))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Whether the column holds NULL, where that is allowed.
    public func isNull(at column: Int) -> Bool {
        unsafe sqlite3_column_type(statement, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
    }

    /// STRICT tables keep other types out, of what SQLite writes; a file can hold anything.
    private func require(_ type: Int32, _ column: Int) throws(StorageError) {
        let found = unsafe sqlite3_column_type(statement, Int32(truncatingIfNeeded: column))
        guard found != type else { return }
        let names = [
            SQLITE_INTEGER: "an integer", SQLITE_FLOAT: "a real number", SQLITE_TEXT: "text",
            SQLITE_BLOB: "a blob", SQLITE_NULL: "NULL",
        ]
        throw .damagedRow(
            "\(name(of: column)) is \(names[found] ?? "nothing"), not \(names[type] ?? "that")")
    }

    private func name(of column: Int) -> String {
        let name = unsafe sqlite3_column_name(statement, Int32(truncatingIfNeeded: column))
        return unsafe name.map { unsafe String(cString: $0) } ?? "column \(column)"
    }

    /// Which row it is: the table and what was looked for, as `users WHERE id = 7`.
    private var place: String {
        guard let text = unsafe sqlite3_expanded_sql(statement) else { return "a row" }
        defer { unsafe sqlite3_free(text) }
        let sql = unsafe String(cString: text)
        let words = sql.split { $0 == " " || $0.isNewline }
        return words.drop { $0 != "FROM" }.dropFirst().joined(separator: " ")
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindCode == SQLITE_OK { bindCode = code }
    }

    /// SQLITE_TRANSIENT: SQLite takes a copy before the call returns.
    private static var copies: sqlite3_destructor_type {
        unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}

extension StorageError {
    /// The failure that `connection` reported last; `code` if it has none of its own.
    init(lastOf connection: OpaquePointer, _ code: Int32) {
        let extended = unsafe sqlite3_extended_errcode(connection)
        // A misuse or a bind failure need not set the connection's code.
        let isOfThisCall = extended & 0xFF == code & 0xFF
        let message = unsafe isOfThisCall ? sqlite3_errmsg(connection) : sqlite3_errstr(code)
        self.init(
            code: isOfThisCall ? extended : code,
            message: unsafe message.map { unsafe String(cString: $0) } ?? "",
            systemCode: unsafe isOfThisCall ? sqlite3_system_errno(connection) : 0)
    }
}
