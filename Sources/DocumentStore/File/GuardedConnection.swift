internal import CSQLiteGuard
internal import GRDB

/// What a snapshot file is not trusted with.
enum GuardedConnection {
    /// A document with its keys, or an unfinished event.
    private static let rowByteCountMax: Int32 = 16 << 20

    static func prepare(_ connection: Database) throws {
        guard let handle = unsafe connection.sqliteConnection else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE)
        }
        let code = unsafe tandem_guard_connection(handle, rowByteCountMax)
        guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
