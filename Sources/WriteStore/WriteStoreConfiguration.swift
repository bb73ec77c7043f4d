package import Budget
internal import Foundation
package import TandemCore

/// Where the write database is, and how much of everything it may take.
package struct WriteStoreConfiguration: Sendable {
    /// The database file; made if absent. Its directory must exist.
    package var path: String
    /// The read side's copy of the documents, if it is kept beside the database. Where it is and
    /// the database isn't, no new log is begun without being asked.
    package var copyPath: String?
    /// Begin a new, empty log, and set aside what is there; refused where there are events.
    package var beginsAnew = false
    /// Commands that may wait, with those of a command's address and of its connection counted
    /// twice and thrice: see ``FairQueue``.
    package var queueCountMax = 16_384
    /// What they may hold in memory, counted in the same way; an estimate
    /// (``PendingCommand/heldByteCount``). Less where ``memory`` leaves commands less.
    package var queueByteCountMax = 64 << 20
    /// Commands that share a transaction, and so an fsync.
    package var groupCountMax = 512
    /// What they hold in memory, so that a group of large ones isn't waited for much longer: orders
    /// of 1,000 lines hold 67 KiB and take 0.4 ms each, and so 18 ms together. A larger one is a
    /// group of its own.
    package var groupByteCountMax = 3 << 20
    /// How long an answer is kept under its idempotency key.
    package var keyRetention: Duration = .seconds(24 * 60 * 60)
    /// Pages that the write-ahead log gains between checkpoints.
    package var checkpointPageCount = 8_192
    /// Pages of 4 KiB in the write-ahead log at which new commands are turned down: 1 GiB. One
    /// group may pass it. More than twice ``checkpointPageCount`` only while a reader holds on to
    /// an old state.
    package var logPageCountMax = 262_144
    /// Answers that may be kept under their keys; those of a command's own address count twice.
    package var keyCountMax = 1_000_000_000
    /// How large the database may become before new commands are turned down. One group may pass
    /// it.
    package var databaseByteCountMax = 1 << 44
    /// What is left of the disk for what was recorded already, at most an eighth of it.
    package var diskReserveByteCount = 64 << 20
    /// What SQLite may hold in memory of the database.
    package var cacheBytesMax = 128 << 20
    /// How large the database may become, in pages of 4 KiB; `nil`: as large as the disk allows.
    package var pageCountMax: Int?
    /// What queued commands draw on.
    package var memory = MemoryBudget.ample

    package init(path: String) {
        self.path = path
    }
}

extension WriteStoreConfiguration {
    /// The memory is drawn on first come, first served, so it must never be what ends the queue:
    /// together with the group that the writer has, the queue stays within what commands always
    /// have of it, and who is refused is decided by its turns alone.
    var queueMax: QueueLoad {
        let share = memory.leastByteCountMax(of: .commands) - groupMax.byteCount
        return QueueLoad(
            count: max(queueCountMax, 1), byteCount: max(min(queueByteCountMax, share), 1))
    }

    var groupMax: QueueLoad {
        QueueLoad(count: max(groupCountMax, 1), byteCount: max(groupByteCountMax, 1))
    }
}

/// What the store takes from the world outside, so that a test can stand in for it.
package struct WriteStoreEnvironment: Sendable {
    /// The wall clock: what is recorded with events, and how old a key is.
    package var wallClock: @Sendable () -> Timestamp
    /// The clock of deadlines.
    package var monotonicClock: @Sendable () -> ContinuousClock.Instant
    /// What the file system of a path holds; `nil` if that can't be told.
    package var diskSpace: @Sendable (_ path: String) -> DiskSpace?
    /// Takes a line for the operator.
    package var log: @Sendable (String) -> Void
    /// Called when nothing that is said about durability could be trusted any more, with the
    /// reason. Must end the process.
    package var onFatal: @Sendable (String) -> Never
    /// Called when the database's files were removed or replaced, with the reason. Must end the
    /// process.
    package var onFilesGone: @Sendable (String) -> Never

    package init(
        wallClock: @escaping @Sendable () -> Timestamp = WriteStoreEnvironment.systemWallClock,
        monotonicClock: @escaping @Sendable () -> ContinuousClock.Instant = {
            ContinuousClock.now
        },
        diskSpace: @escaping @Sendable (String) -> DiskSpace? = { DiskSpace.around($0) },
        log: @escaping @Sendable (String) -> Void,
        onFatal: @escaping @Sendable (String) -> Never,
        onFilesGone: (@Sendable (String) -> Never)? = nil
    ) {
        self.wallClock = wallClock
        self.monotonicClock = monotonicClock
        self.diskSpace = diskSpace
        self.log = log
        self.onFatal = onFatal
        self.onFilesGone = onFilesGone ?? onFatal
    }

    /// The machine's clock.
    package static let systemWallClock: @Sendable () -> Timestamp = {
        let seconds = Date().timeIntervalSince1970
        return Timestamp(microseconds: Int64(exactly: (seconds * 1_000_000).rounded()) ?? 0)
    }
}

extension Timestamp {
    /// Saturates instead of overflowing.
    func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let micros = seconds.multipliedReportingOverflow(by: 1_000_000)
        let delta = micros.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        let sum = microseconds.addingReportingOverflow(delta.partialValue)
        guard !micros.overflow, !delta.overflow, !sum.overflow else {
            return Timestamp(microseconds: seconds < 0 ? .min : .max)
        }
        return Timestamp(microseconds: sum.partialValue)
    }
}
