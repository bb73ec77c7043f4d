public import WriteStore

/// A statement of SQL that changes rows, prepared once: see ``Tables``.
public final class Statement {
    @usableFromInline let prepared: StatementSlot

    /// - Parameter sql: one statement, with `?` where a value goes.
    public init(_ sql: String) {
        prepared = StatementSlot(sql, columnCount: nil)
    }

    /// Runs the statement with its values, in the order of the parameters.
    ///
    /// - Returns: how many rows it has changed, added or removed.
    /// - Throws: What SQLite says; a command that lets it through is rolled back, logged, and
    ///   answered INTERNAL.
    @inlinable @discardableResult
    public func callAsFunction<each Value: SQLValue>(
        _ values: repeat each Value
    ) throws(StorageError) -> Int {
        let statement = try prepared.bind(repeat each values)
        try statement.execute()
        return statement.changedRowCount
    }

    /// Runs the statement, if no constraint of the tables is against it.
    ///
    /// For what SQLite finds out anyway: a SELECT before each INSERT would look twice.
    @inlinable public func attempt<each Value: SQLValue>(
        _ values: repeat each Value
    ) throws(StorageError) -> Attempt {
        do throws(StorageError) {
            try callAsFunction(repeat each values)
            return .done
        } catch {
            switch error.kind {
            case .uniqueViolation: return .taken
            case .foreignKeyViolation: return .missing
            default: throw error
            }
        }
    }

    /// What came of a statement that a constraint may be against.
    public enum Attempt: Hashable, Sendable {
        /// It was carried out.
        case done
        /// A row with this key, or with another value that is unique, is there already.
        case taken
        /// A row that this one refers to is not there.
        case missing
    }
}

/// A statement of SQL that reads rows of so many columns, prepared once: see ``Tables``.
///
/// ```swift
/// let price = Select<Int64, String>("SELECT price_minor, currency FROM products WHERE id = ?")
/// …
/// guard let (priceMinor, currency) = try db.price(id) else { … }
/// ```
public final class Select<each Column: SQLValue> {
    @usableFromInline let prepared: StatementSlot

    /// - Parameter sql: one statement, with `?` where a value goes, that reads as many columns as
    ///   there are types.
    public init(_ sql: String) {
        var columnCount = 0
        for _ in repeat (each Column).self { columnCount += 1 }
        prepared = StatementSlot(sql, columnCount: columnCount)
    }

    /// The first row; `nil` if there is none.
    ///
    /// - Throws: What SQLite says, or that a row is damaged; a command that lets it through is
    ///   rolled back, logged, and answered INTERNAL or DATA_LOSS.
    @inlinable public func callAsFunction<each Value: SQLValue>(
        _ values: repeat each Value
    ) throws(StorageError) -> (repeat each Column)? {
        let statement = try prepared.bind(repeat each values)
        return try statement.first { row throws(StorageError) in try Self.read(row) }
    }

    /// All rows, in the statement's order. O(rows): for what a rule of the domain bounds.
    @inlinable public func all<each Value: SQLValue>(
        _ values: repeat each Value
    ) throws(StorageError) -> [(repeat each Column)] {
        let statement = try prepared.bind(repeat each values)
        var rows: [(repeat each Column)] = []
        try statement.forEach { row throws(StorageError) in rows.append(try Self.read(row)) }
        return rows
    }

    @inlinable static func read(
        _ row: PreparedStatement
    ) throws(StorageError) -> (repeat each Column) {
        var columns = ColumnCursor(row: row)
        return (repeat try columns.next((each Column).self))
    }
}

/// The columns of a row, one after the other.
@usableFromInline struct ColumnCursor {
    @usableFromInline let row: PreparedStatement
    @usableFromInline var column = 0

    @inlinable init(row: PreparedStatement) {
        self.row = row
    }

    @inlinable mutating func next<Column: SQLValue>(
        _ type: Column.Type
    ) throws(StorageError) -> Column {
        defer { column += 1 }
        return try Column.read(row, at: column)
    }
}

/// A statement's place: prepared, or not, if it was made outside of a server's start.
@usableFromInline struct StatementSlot {
    @usableFromInline let statement: PreparedStatement?
    @usableFromInline let parameterCount: Int

    init(_ sql: String, columnCount: Int?) {
        statement = Preparation.current?.prepare(sql, columnCount: columnCount)
        parameterCount = statement?.parameterCount ?? 0
    }

    @inlinable func bind<each Value: SQLValue>(
        _ values: repeat each Value
    ) throws(StorageError) -> PreparedStatement {
        guard let statement else { throw .unprepared }
        // A Select may change rows, too: INSERT … RETURNING.
        try statement.requireTransaction()
        var index = 0
        for value in repeat each values {
            index += 1
            value.bind(to: statement, at: index)
        }
        // SQLite would take NULL for what is missing.
        guard index == parameterCount else {
            statement.reset()
            throw .wrongCount(index, of: parameterCount)
        }
        return statement
    }
}

extension StorageError {
    @usableFromInline static var unprepared: StorageError {
        .mistake("a statement was made outside of its domain's Tables")
    }

    @usableFromInline static func wrongCount(_ count: Int, of expected: Int) -> StorageError {
        .mistake("a statement that takes \(expected) values was given \(count)")
    }
}
