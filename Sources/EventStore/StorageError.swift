internal import GRDBSQLite

/// What SQLite said when a statement failed.
///
/// For logs and decisions only: ``message`` may quote table and column names, so it never reaches
/// a caller.
public struct StorageError: Error, Hashable, Sendable {
    /// SQLite's extended result code.
    public let code: Int32
    public let message: String

    /// What a writer can make of it.
    public enum Kind: Hashable, Sendable {
        /// A row with this key is there already.
        case uniqueViolation
        /// A row refers to one that isn't there.
        case foreignKeyViolation
        /// A check, a NOT NULL or a STRICT type was violated.
        case otherConstraint
        /// No room for another page.
        case diskFull
        /// Another process holds the database's lock.
        case busy
        /// Reading or writing failed, or what was read can't be right: nothing can be trusted.
        case unusable
        case other
    }

    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    public var kind: Kind {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: constraintKind
        case SQLITE_FULL: .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY,
            SQLITE_PROTOCOL:
            .unusable
        default: .other
        }
    }

    private var constraintKind: Kind {
        switch code >> 8 {
        // FOREIGNKEY; PRIMARYKEY, UNIQUE and ROWID: https://www.sqlite.org/rescode.html
        case 3: .foreignKeyViolation
        case 6, 8, 10: .uniqueViolation
        default: .otherConstraint
        }
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String { "SQLite error \(code): \(message)" }
}
