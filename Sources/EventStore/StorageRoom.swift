/// Why nothing new is recorded for now; what is recorded is answered all the same.
enum StorageObstacle: Hashable {
    /// The write-ahead log is at its bound, and a reader keeps it from starting over.
    case logTooLarge
    /// The database is at its bound.
    case databaseFull(byteCount: Int, byteCountMax: Int)
    /// What is left of the disk is needed for what was recorded already.
    case diskNearlyFull(freeByteCount: Int, reserveByteCount: Int)
}

/// Whether the database may grow by another group: looked at before each, so that the disk is never
/// filled to the last byte by commands. A checkpoint, SQLite's shared memory and the copy of the
/// documents need room as well. Writer's thread only.
final class StorageRoom {
    private let selectPageCount: HotStatement
    private let selectFreePageCount: HotStatement
    private let path: String
    private let environment: EventStoreEnvironment
    private let databaseByteCountMax: Int
    private let reserveByteCount: Int
    /// What stood in the way the last time: then a little more than the bound must be free, or
    /// there would be a change with every group.
    private var last: StorageObstacle?

    private static var pageByteCount: Int { 4_096 }

    init(
        _ connection: WriteConnection, path: String, environment: EventStoreEnvironment,
        configuration: EventStoreConfiguration
    ) throws(StorageError) {
        selectPageCount = try connection.prepare("PRAGMA page_count")
        selectFreePageCount = try connection.prepare("PRAGMA freelist_count")
        self.path = path
        self.environment = environment
        databaseByteCountMax = configuration.databaseByteCountMax
        reserveByteCount = configuration.diskReserveByteCount
    }

    /// Outside a transaction. `nil` too where it can't be told: the group itself will meet it.
    func obstacle() -> StorageObstacle? {
        // What isn't known bounds nothing: the group itself will meet it.
        last = (try? look()) ?? nil
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
        return diskObstacle(databaseByteCount: pageCount * Self.pageByteCount)
    }

    private func diskObstacle(databaseByteCount: Int) -> StorageObstacle? {
        guard let disk = environment.diskSpace(path) else { return nil }
        // A small disk is not for the reserve alone.
        let reserve = min(reserveByteCount, disk.byteCount / 8)
        // What the next checkpoint appends to the file.
        let growth = max(databaseByteCount - (DataFile.size(path) ?? 0), 0)
        let free = max(disk.freeByteCount - growth, 0)
        let isAtBound = if case .diskNearlyFull? = last { true } else { false }
        guard free < (isAtBound ? reserve + reserve / 8 : reserve) else { return nil }
        return .diskNearlyFull(freeByteCount: free, reserveByteCount: reserve)
    }

    private func count(_ statement: HotStatement) throws(StorageError) -> Int {
        Int(try statement.first { row throws(StorageError) in try row.int64(at: 0) } ?? 0)
    }
}
