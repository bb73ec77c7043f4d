internal import Foundation
internal import GRDB
package import TandemCore

/// Copies write databases: away from a server, while it runs or not, and back.
package enum LogBackup {
    /// What a copy holds.
    package struct Made: Sendable {
        /// `nil` if an earlier release, whose events have no digests, has written the database.
        package let end: LogEnd?
        package let byteCount: Int
    }

    private static var pageByteCount: Int { 4_096 }
    /// Between two looks at the clock: 1 MiB.
    private static var stepPageCount: Int32 { 256 }

    /// Copies one state of a database to a new file, which is on the disk when this returns, or not
    /// there at all.
    ///
    /// No writer waits. The write-ahead log can't start over meanwhile, so that it grows by what is
    /// committed.
    ///
    /// - Parameters:
    ///   - path: the database; of a running server, or not.
    ///   - target: nothing may be there.
    ///   - bytesPerSecondMax: how fast it may read; `nil`: as fast as it can.
    package static func make(
        of path: String, at target: String, bytesPerSecondMax: Int? = nil
    ) throws(WriteStoreError) -> Made {
        guard !DataFile.isThere(target) else {
            throw .copyFailed(path: target, reason: "something of that name is there already")
        }
        let draft = "\(target).unfinished-\(getpid())"
        return try drafting(draft) { () throws in
            let end = try copy(path, to: draft, bytesPerSecondMax)
            // Not by a name that somebody else has made meanwhile.
            guard unsafe link(draft, target) == 0 else {
                throw WriteStoreError.copyFailed(path: target, reason: SystemError.last)
            }
            try DataFile.synchronizeFolder(of: target)
            return Made(end: end, byteCount: DataFile.size(draft) ?? 0)
        }
    }

    /// Puts a copy in a data directory's place, as a new generation of its log: what clients and
    /// read servers know of what came behind it is of no use any more, and their tokens and copies
    /// say so.
    ///
    /// What is there gets other names, and is deleted by nobody. A crash leaves the old log, the
    /// new one, or a directory whose start is refused until this has been done again.
    ///
    /// - Parameters:
    ///   - backup: left as it is.
    ///   - path: of the database to be.
    ///   - migrations: the domain's; a copy that an earlier release has made is brought up to date.
    ///   - verify: looks at the copy of the backup; if it throws, nothing is changed.
    /// - Returns: what was there, and what it is called now.
    package static func restore(
        _ backup: String, to path: String, migrations: [Migration], now: Timestamp,
        verify: (LogVerifier) throws -> Void
    ) throws(WriteStoreError) -> [(old: String, new: String)] {
        try install(at: path, now: now) { draft in
            _ = try copy(backup, to: draft, nil)
            let queue = try DatabaseQueue(path: draft)
            try WriteDatabase.bringUpToDate(queue, migrations, path: backup)
            try queue.close()
            try verify(LogVerifier(path: draft))
        }
    }

    /// Puts a new file in a database's place, as ``restore(_:to:migrations:now:verify:)`` says.
    ///
    /// - Parameter make: makes the file; if it throws, nothing is changed.
    static func install(
        at path: String, now: Timestamp, make: (_ draft: String) throws -> Void
    ) throws(WriteStoreError) -> [(old: String, new: String)] {
        let files = DataFiles(database: path, copy: nil)
        let lock = try DatabaseLock(files)
        defer { lock.release() }
        let draft = path + ".unfinished"
        remove(draft)
        return try drafting(draft) { () throws in
            try make(draft)
            let mark = try beginGeneration(draft, now)
            let moved = try files.setAside(for: mark)
            do throws(WriteStoreError) {
                try DataFile.move(draft, to: path)
                try DataFile.synchronizeFolder(of: path)
            } catch {
                throw WriteStoreError.copyFailed(
                    path: draft,
                    reason: "\(error). What was there has other names by now: do it again")
            }
            return moved
        }
    }

    /// Answers the mark that belongs to the log from now on.
    private static func beginGeneration(_ draft: String, _ now: Timestamp) throws -> LogMark {
        let queue = try DatabaseQueue(path: draft)
        let head = try queue.write { database in
            let head = try LogChain(of: WriteConnection(database)).end.position
            try LogGenerations.begin(after: head, now, in: database)
            return head
        }
        let (epoch, bytes) = try queue.read(WriteDatabase.readNames)
        try queue.close()
        guard let clusterID = ClusterID(bytes: bytes) else {
            throw WriteStoreError.copyFailed(path: draft, reason: "the cluster's id is damaged")
        }
        return LogMark(clusterID: clusterID, epoch: epoch, state: .clean, head: head)
    }

    /// What `body` does with a new file that is gone again when it returns.
    private static func drafting<Value>(
        _ draft: String, _ body: () throws -> Value
    ) throws(WriteStoreError) -> Value {
        defer { remove(draft) }
        do {
            try DataFile.makePrivate(draft)
            return try body()
        } catch let error as WriteStoreError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw .copyFailed(path: draft, reason: "the disk is full")
        } catch {
            throw .copyFailed(path: draft, reason: "\(error)")
        }
    }

    /// Copies one state, and answers where its log ends.
    private static func copy(
        _ path: String, to draft: String, _ bytesPerSecondMax: Int?
    ) throws -> LogEnd? {
        guard try OpeningCheck.look(at: DataFiles(database: path, copy: nil)) != .newLog else {
            throw WriteStoreError.copyFailed(path: path, reason: "there is no database to copy")
        }
        var settings = Configuration()
        settings.label = "tandem.backup"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        let source = try DatabaseQueue(path: path, configuration: settings)
        let copy = try DatabaseQueue(path: draft)
        let start = ContinuousClock.now
        let end: LogEnd? = try source.read { from in
            // From here on it is one state, whatever is committed meanwhile.
            let hasDigests = try from.columns(in: "events").contains { $0.name == "digest" }
            let end = hasDigests ? try LogChain(of: WriteConnection(from)).end : nil
            try copy.writeWithoutTransaction { to in
                try from.backup(to: to, pagesPerStep: stepPageCount) { progress in
                    guard let bytesPerSecondMax else { return }
                    let copied = progress.totalPageCount - progress.remainingPageCount
                    let seconds = Double(copied * pageByteCount) / Double(bytesPerSecondMax)
                    let early = start + .seconds(seconds) - .now
                    if early > .zero { Thread.sleep(forTimeInterval: early / .seconds(1)) }
                }
            }
            return end
        }
        // Alone: nothing of it is in a file beside it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
        return end
    }

    /// What SQLite leaves beside it, too.
    private static func remove(_ draft: String) {
        // As a rule they aren't there; one that can't be removed is told when it is written.
        for ending in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(draft + ending) }
    }
}
