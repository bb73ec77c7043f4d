internal import Foundation
internal import GRDBSQLite

/// What SQLite said when a statement failed, or what is wrong with a row that it found.
///
/// For logs and decisions only: ``message`` may quote table and column names, so it never reaches
/// a caller, but for a damaged row's.
public struct StorageError: Error, Hashable, Sendable {
    /// SQLite's extended result code; of a damaged row, SQLITE_MISMATCH.
    public let code: Int32
    /// What SQLite says of it, or what is wrong with the row.
    public let message: String
    private let isOfRow: Bool
    /// The operating system's number (`errno`) of what it couldn't do, where SQLite says it; or 0.
    package let systemCode: Int32

    /// What a writer can make of it.
    public enum Kind: Hashable, Sendable {
        /// A row with this key is there already.
        case uniqueViolation
        /// A row refers to one that isn't there.
        case foreignKeyViolation
        /// A check, a NOT NULL or a STRICT type was violated.
        case otherConstraint
        /// A row holds what nobody has written: its file has decayed, or was written by others. It
        /// concerns who needs that row, and nobody else.
        case damagedRow
        /// No room for another page.
        case diskFull
        /// Another process holds the database's lock.
        case busy
        /// Reading or writing failed, or what was read can't be right: nothing can be trusted.
        case unusable
        /// Anything else: a statement that is wrong, an interruption.
        case other
    }

    package init(code: Int32, message: String) {
        self.init(code: code, message: message, systemCode: 0)
    }

    package init(code: Int32, message: String, systemCode: Int32) {
        self.init(code: code, message: message, systemCode: systemCode, isOfRow: false)
    }

    private init(code: Int32, message: String, systemCode: Int32, isOfRow: Bool) {
        self.code = code
        self.message = message
        self.systemCode = systemCode
        self.isOfRow = isOfRow
    }

    /// A row that holds what can't be right.
    ///
    /// - Parameter message: what, for example `price_minor is -1`; which row it is,
    ///   ``PreparedStatement/first(_:)`` adds. It reaches the caller.
    public static func damagedRow(_ message: String) -> StorageError {
        StorageError(code: SQLITE_MISMATCH, message: message, systemCode: 0, isOfRow: true)
    }

    /// What a domain's code has done wrong, and SQLite has nothing to do with.
    package static func mistake(_ message: String) -> StorageError {
        StorageError(code: mistakeCode, message: message)
    }

    var isMistake: Bool { code == Self.mistakeCode }

    /// None of SQLite's.
    private static let mistakeCode: Int32 = -1

    /// What kind of failure it is, by its code.
    public var kind: Kind {
        if isOfRow { return .damagedRow }
        return switch code & 0xFF {
        case SQLITE_CONSTRAINT: constraintKind
        case SQLITE_FULL: .diskFull
        case _ where isForWantOfRoom: .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY,
            SQLITE_PROTOCOL:
            .unusable
        default: .other
        }
    }

    /// A command left a deferred foreign key without a row to refer to.
    static let unresolvedForeignKey = StorageError(
        code: SQLITE_CONSTRAINT | 3 << 8, message: "a deferred foreign key refers to no row")

    /// SQLite has rolled a transaction back by itself, and what failed was kept from its caller.
    static let transactionIsOver = StorageError(
        code: SQLITE_ABORT, message: "the transaction was rolled back by SQLite")

    /// A parameter was given a number that no column has room for.
    package var isNumberTooLarge: Bool { code == SQLITE_MISMATCH && !isOfRow }

    /// A row, or one of its values, has more bytes than a connection takes.
    var isTooLarge: Bool { code & 0xFF == SQLITE_TOOBIG }

    /// Whether it is a full disk by another name. SQLite says FULL only where a write fails with
    /// ENOSPC: not for a quota, nor where a file can't be made, nor where its shared memory can't
    /// grow. (https://www.sqlite.org/rescode.html; 3: WRITE, 6: TRUNCATE, 19: SHMSIZE)
    ///
    /// A failed fsync is never one: what was written may be lost.
    private var isForWantOfRoom: Bool {
        let isNoRoom = systemCode == ENOSPC || systemCode == EDQUOT
        return switch (code & 0xFF, code >> 8) {
        case (SQLITE_CANTOPEN, _), (SQLITE_IOERR, 3), (SQLITE_IOERR, 6): isNoRoom
        case (SQLITE_IOERR, 19): true
        default: false
        }
    }

    /// Whether a COMMIT that failed so has left nothing behind that a later start could take for
    /// done: the last of its pages, the one that says so, can't have been written.
    ///
    /// Not so if the shared memory couldn't grow: then all pages are written already.
    var leavesNoCommit: Bool {
        code & 0xFF == SQLITE_FULL || kind == .diskFull && code >> 8 == 3
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
    public var description: String {
        if isOfRow { return "a damaged row: \(message)" }
        return code == Self.mistakeCode ? message : "SQLite error \(code): \(message)"
    }
}
