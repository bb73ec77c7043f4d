/// Why nothing new is recorded for now; what is recorded is answered all the same.
enum StorageObstacle: Hashable {
    /// The write-ahead log is at its bound, and a reader keeps it from starting over.
    case logTooLarge
    /// The database is at its bound.
    case databaseFull(byteCount: Int, byteCountMax: Int)
    /// What is left of the disk is needed for what was recorded already.
    case diskNearlyFull(freeByteCount: Int, reserveByteCount: Int)
    /// There is no room at all: not even SQLite's shared memory can grow.
    case diskFull
}

/// Whether the database may grow by another group: looked at before each, so that the disk is never
/// filled to the last byte by commands. A checkpoint, SQLite's shared memory and the copy of the
/// documents need room as well. Writer's thread only.
final class StorageRoom {
    private let selectPageCount: PreparedStatement
    private let selectFreePageCount: PreparedStatement
    private let connection: WriteConnection
    private let files: DataFiles
    private let environment: WriteStoreEnvironment
    private let databaseByteCountMax: Int
    private let reserveByteCount: Int
    /// What stood in the way the last time: then a little more than the bound must be free, or
    /// there would be a change with every group.
    private var last: StorageObstacle?

    /// Pages of the write-ahead log for which SQLite's shared memory has room.
    private var indexedPageCount = 0

    private static var pageByteCount: Int { 4_096 }
    /// What a group adds to the write-ahead log, at the most: far more than any does.
    private static var groupPageCountMax: Int { 16_384 }

    init(
        _ connection: WriteConnection, files: DataFiles, environment: WriteStoreEnvironment,
        configuration: WriteStoreConfiguration
    ) throws(StorageError) {
        selectPageCount = try connection.prepare("PRAGMA page_count")
        selectFreePageCount = try connection.prepare("PRAGMA freelist_count")
        self.connection = connection
        self.files = files
        self.environment = environment
        databaseByteCountMax = configuration.databaseByteCountMax
        reserveByteCount = configuration.diskReserveByteCount
    }

    /// Outside a transaction. `nil` too where it can't be told: the group itself will meet it.
    func obstacle() -> StorageObstacle? {
        do throws(StorageError) {
            last = try look()
        } catch {
            last = error.kind == .diskFull ? .diskFull : nil
        }
        return last
    }

    private func look() throws(StorageError) -> StorageObstacle? {
        let pageCount = try count(selectPageCount)
        let usedByteCount = (pageCount - (try count(selectFreePageCount))) * Self.pageByteCount
        let bound = databaseByteCountMax
        let isAtBound = if case .databaseFull? = last { true } else { false }
        if usedByteCount >= (isAtBound ? bound - bound / 64 : bound) {
            return .databaseFull(byteCount: usedByteCount, byteCountMax: bound)
        }
        if let obstacle = diskObstacle(databaseByteCount: pageCount * Self.pageByteCount) {
            return obstacle
        }
        try growSharedMemory()
        return nil
    }

    private func growSharedMemory() throws(StorageError) {
        let logPageCount = (DataFile.size(files.log) ?? 0) / Self.pageByteCount
        guard logPageCount + Self.groupPageCountMax > indexedPageCount else { return }
        // For two groups, so that it isn't looked for with each.
        let pageCount = logPageCount + 2 * Self.groupPageCountMax
        try connection.growSharedMemory(logPageCount: pageCount)
        indexedPageCount = pageCount
    }

    private func diskObstacle(databaseByteCount: Int) -> StorageObstacle? {
        guard let disk = environment.diskSpace(files.database) else { return nil }
        // A small disk is not for the reserve alone.
        let reserve = min(reserveByteCount, disk.byteCount / 8)
        // What the next checkpoint appends to the file.
        let growth = max(databaseByteCount - (DataFile.size(files.database) ?? 0), 0)
        let free = max(disk.freeByteCount - growth, 0)
        let isAtBound = if case .diskNearlyFull? = last { true } else { false }
        guard free < (isAtBound ? reserve + reserve / 8 : reserve) else { return nil }
        return .diskNearlyFull(freeByteCount: free, reserveByteCount: reserve)
    }

    private func count(_ statement: PreparedStatement) throws(StorageError) -> Int {
        Int(try statement.first { row throws(StorageError) in try row.int64(at: 0) } ?? 0)
    }
}
