internal import Foundation
internal import GRDB
package import TandemCore

/// Copies write databases: away from a server, while it runs or not, and back.
package enum LogBackup {
    /// What a copy holds.
    package struct Made: Sendable {
        package let end: LogEnd
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
        guard try OpeningCheck.look(at: DataFiles(database: path, copy: nil)) != .newLog else {
            throw .unavailable(path: path, reason: "it isn't there, and never was")
        }
        guard !DataFile.isThere(target) else {
            throw .unavailable(path: target, reason: "something of that name is there already")
        }
        let draft = target + ".unfinished"
        remove(draft)
        do {
            try DataFile.makePrivate(draft)
            try copy(path, to: draft, bytesPerSecondMax)
            let made = Made(
                end: try LogVerifier(path: draft).end(), byteCount: DataFile.size(draft) ?? 0)
            try DataFile.move(draft, to: target)
            try DataFile.synchronizeFolder(of: target)
            return made
        } catch {
            remove(draft)
            if let error = error as? WriteStoreError { throw error }
            throw .unavailable(path: target, because: error)
        }
    }

    private static func copy(_ path: String, to draft: String, _ bytesPerSecondMax: Int?) throws {
        var settings = Configuration()
        settings.label = "tandem.backup"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        let source = try DatabaseQueue(path: path, configuration: settings)
        let copy = try DatabaseQueue(path: draft)
        let start = ContinuousClock.now
        try source.read { from in
            // From here on it is one state, whatever is committed meanwhile.
            _ = try Int64.fetchOne(from, sql: "SELECT max(position) FROM events")
            try copy.writeWithoutTransaction { to in
                try from.backup(to: to, pagesPerStep: stepPageCount) { progress in
                    guard let bytesPerSecondMax else { return }
                    let copied = progress.totalPageCount - progress.remainingPageCount
                    let seconds = Double(copied * pageByteCount) / Double(bytesPerSecondMax)
                    let early = start + .seconds(seconds) - .now
                    if early > .zero { Thread.sleep(forTimeInterval: early / .seconds(1)) }
                }
            }
        }
        // Alone: nothing of it is in a file beside it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
    }

    /// Puts a copy in a data directory's place, as a new generation of its log: what clients and
    /// read servers know of what came behind it is of no use any more, and their tokens and copies
    /// say so.
    ///
    /// What is there gets other names, and is deleted by nobody.
    ///
    /// - Parameters:
    ///   - backup: left as it is. If it isn't what was committed, nothing is changed.
    ///   - path: of the database to be.
    ///   - migrations: the domain's; a copy that an earlier release has made is brought up to date.
    /// - Returns: what the copy holds; what was there, and what it is called now.
    package static func restore(
        _ backup: String, to path: String, migrations: [Migration], now: Timestamp
    ) throws(WriteStoreError) -> (made: Made, setAside: [(old: String, new: String)]) {
        guard try OpeningCheck.look(at: DataFiles(database: backup, copy: nil)) != .newLog else {
            throw .unavailable(path: backup, reason: "it isn't there")
        }
        let files = DataFiles(database: path, copy: nil)
        let lock = try DatabaseLock(files)
        defer { lock.release() }
        let draft = path + ".unfinished"
        remove(draft)
        do {
            try DataFile.makePrivate(draft)
            try copy(backup, to: draft, nil)
            let queue = try DatabaseQueue(path: draft)
            try LogSchema.migrator(with: migrations).migrate(queue)
            let verifier = try LogVerifier(path: draft)
            let end = try verifier.checkEvents { _ in }
            _ = try verifier.checkAnswers()
            try queue.write { try LogGenerations.begin(after: end.position, now, in: $0) }
            let (epoch, clusterID) = try queue.read(WriteDatabase.readNames)
            try queue.close()
            let made = Made(end: end, byteCount: DataFile.size(draft) ?? 0)
            guard let clusterID = ClusterID(bytes: clusterID) else {
                throw WriteStoreError.unavailable(
                    path: backup, reason: "the cluster's id is damaged")
            }
            let moved = try files.setAside()
            try DataFile.move(draft, to: path)
            try DataFile.synchronizeFolder(of: path)
            try files.write(
                LogMark(
                    clusterID: clusterID, epoch: epoch, state: .clean, head: end.position))
            return (made, moved)
        } catch {
            remove(draft)
            if let error = error as? WriteStoreError { throw error }
            throw .unavailable(path: path, because: error)
        }
    }

    /// What SQLite leaves beside it, too.
    private static func remove(_ draft: String) {
        // As a rule they aren't there; one that can't be removed is told when it is written.
        for ending in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(draft + ending) }
    }
}
