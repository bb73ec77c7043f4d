internal import CSQLiteGuard
internal import GRDB
internal import GRDBSQLite

/// What a domain prepares its statements with.
@safe package struct WriteConnection {
    private let handle: OpaquePointer

    /// The connection behind `database`, for as long as the access to it lasts.
    init(_ database: Database) throws(StorageError) {
        guard let handle = unsafe database.sqliteConnection else {
            throw StorageError(code: SQLITE_MISUSE, message: "the connection is closed")
        }
        unsafe self.handle = handle
    }

    /// The most bytes of a row: an event or an answer of 16 MiB, less room for a frame's header and
    /// metadata. What is larger could be kept and never be sent.
    private static var rowByteCountMax: Int32 { 16 << 20 - 64 << 10 }

    /// Has the connection trust its own file no further than it must.
    func guardFile() throws(StorageError) {
        let code = unsafe tandem_guard_connection(handle, Self.rowByteCountMax)
        guard code == SQLITE_OK else { throw unsafe StorageError(lastOf: handle, code) }
    }

    /// A statement that is compiled once and run often.
    package func prepare(_ sql: String) throws(StorageError) -> PreparedStatement {
        try unsafe PreparedStatement(handle, sql)
    }

    /// False once SQLite has rolled a transaction back by itself, as it may when memory or the
    /// disk is full.
    var isInTransaction: Bool {
        unsafe sqlite3_get_autocommit(handle) == 0
    }

    /// Whether a foreign key that is looked at only when the transaction is committed has no row to
    /// refer to. (https://www.sqlite.org/c3ref/c_dbstatus_options.html)
    var hasUnresolvedForeignKeys: Bool {
        var count: Int32 = 0
        var highest: Int32 = 0
        let code = unsafe sqlite3_db_status(
            handle, SQLITE_DBSTATUS_DEFERRED_FKS, &count, &highest, 0)
        return code == SQLITE_OK && count != 0
    }

    /// How many rows statements have changed, added or removed since the connection was made; one
    /// that SQLite has taken back counts for nothing.
    /// (https://www.sqlite.org/c3ref/total_changes.html)
    var changedRowCount: Int64 { unsafe sqlite3_total_changes64(handle) }

    /// Whether something can change that ``changedRowCount`` doesn't tell: the counter of an
    /// AUTOINCREMENT, and what a trigger did before it failed without being taken back.
    func hasUncountedChanges() throws(StorageError) -> Bool {
        let select = try prepare(
            """
            SELECT count(*) FROM sqlite_schema
            WHERE type = 'trigger' OR name = 'sqlite_sequence'
            """)
        return try select.first { row throws(StorageError) in try row.int64(at: 0) } != 0
    }

    /// Copies what the write-ahead log holds into the database file, as far as readers allow.
    ///
    /// Busy if `mode` asks for more than they allow within ``waitForLocks(milliseconds:)``.
    func checkpoint(_ mode: CheckpointMode) throws(StorageError) {
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode.rawValue, nil, nil)
        guard code == SQLITE_OK else { throw unsafe StorageError(lastOf: handle, code) }
    }

    /// How long a statement waits for a lock that another connection holds.
    func waitForLocks(milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// Whether closing the connection leaves the write-ahead log's file where it is.
    ///
    /// While the log's mark says that the file is needed, it must not go just because another
    /// program was the last to close the database.
    func keepLogFile(_ isKept: Bool) {
        var value: Int32 = isKept ? 1 : 0
        unsafe sqlite3_file_control(handle, nil, SQLITE_FCNTL_PERSIST_WAL, &value)
    }

    /// Makes room in SQLite's shared memory for a write-ahead log of so many pages, so that no
    /// commit has to: one that can't, because the disk is full, has written its pages already.
    ///
    /// By SQLite's own means: a descriptor of our own would, when it is closed, take SQLite's locks
    /// on the file with it.
    func growSharedMemory(logPageCount: Int) throws(StorageError) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = unsafe sqlite3_file_control(handle, nil, SQLITE_FCNTL_FILE_POINTER, &file)
        guard code == SQLITE_OK, let file = unsafe file,
            let map = unsafe file.pointee.pMethods?.pointee.xShmMap
        else { throw unsafe StorageError(lastOf: handle, code) }
        let last = SharedMemoryRegion.index(ofLogPage: logPageCount)
        for region in 0...last {
            var start: UnsafeMutableRawPointer?
            let code = unsafe map(file, region, SharedMemoryRegion.byteCount, 1, &start)
            guard code == SQLITE_OK else {
                throw StorageError(code: code, message: "shared memory for the write-ahead log")
            }
        }
    }

    /// Has `size` told after each commit how many pages the write-ahead log holds.
    ///
    /// Replaces SQLite's own checkpoints. `size` must outlive the connection.
    func reportLogSize(to size: WriteAheadLogSize) {
        let report:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32
            ) -> Int32 = { context, _, _, pageCount in
                if let context = unsafe context {
                    let size = unsafe Unmanaged<WriteAheadLogSize>.fromOpaque(context)
                    unsafe size.takeUnretainedValue().pageCount = Int(pageCount)
                }
                return SQLITE_OK
            }
        unsafe sqlite3_wal_hook(handle, report, Unmanaged.passUnretained(size).toOpaque())
    }
}

/// SQLite's shared memory for a write-ahead log, 32 KiB at a time
/// (https://www.sqlite.org/walformat.html, "The WAL-Index File Format").
enum SharedMemoryRegion {
    static let byteCount: Int32 = 32 << 10

    /// Where a page of the log, counted from 1, is looked up: 4,096 in a region, 34 fewer in the
    /// first, which begins with a header.
    static func index(ofLogPage page: Int) -> Int32 {
        Int32(clamping: (max(page, 1) + 33) / 4_096)
    }
}

/// How hard a checkpoint tries; SQLite's numbers.
enum CheckpointMode: Int32 {
    /// Copies what it can without waiting.
    case passive = 0
    /// Copies everything, so that the log starts over.
    case restart = 2
    /// Copies everything, and cuts the log's file to nothing.
    case truncate = 3
}

/// Pages in the write-ahead log after the last commit.
final class WriteAheadLogSize {
    var pageCount = 0
}

/// A domain's prepared statements, made once, used on the writer's thread only.
package protocol PreparedStatements: AnyObject, SendableMetatype {
    /// The running command was taken back, with all that it has done to the database.
    func commandWasUndone()
    /// All commands since the last commit were taken back.
    func groupWasUndone()
}

extension PreparedStatements {
    /// Statements that are known to be of this type: those that a store was opened with, whose
    /// commands all come from the same domain.
    package static func known(_ statements: any PreparedStatements) -> Self {
        unsafe unsafeDowncast(statements, to: Self.self)
    }

    /// Nothing: most domains remember nothing of what is in the database.
    package func commandWasUndone() {}
    /// Nothing: most domains remember nothing of what is in the database.
    package func groupWasUndone() {}
}
