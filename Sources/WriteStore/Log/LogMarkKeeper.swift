internal import TandemCore

/// Keeps a log's mark true while the log grows. Writer's thread only, once it is made.
final class LogMarkKeeper {
    private let files: DataFiles
    private let log: @Sendable (String) -> Void
    private var mark: LogMark
    /// So that a full disk makes one line, not one for each group.
    private var hasFailed = false

    init(_ files: DataFiles, _ mark: LogMark, log: @escaping @Sendable (String) -> Void) {
        self.files = files
        self.mark = mark
        self.log = log
    }

    /// At the start, where there is a write-ahead log: what it holds was answered perhaps, and
    /// will be, as stored answers, before anything is committed.
    func didOpen(head: LogPosition) {
        didCommit(head: head)
    }

    /// After a commit and before its answers: from now on the write-ahead log is needed.
    ///
    /// In this order a crash in between leaves a mark that asks for less than there is.
    func didCommit(head: LogPosition) {
        guard mark.state == .clean else { return }
        write(.inUse, head)
    }

    /// After a checkpoint, which comes seldom enough to remember how far the log has got.
    func didCheckpoint(head: LogPosition) {
        guard mark.state == .inUse, mark.head < head else { return }
        write(.inUse, head)
    }

    /// At an orderly end, when the database's file holds everything.
    ///
    /// - Returns: whether the mark says so; if not, the write-ahead log must stay.
    func didStop(head: LogPosition) -> Bool {
        write(.clean, head)
        return !hasFailed
    }

    private func write(_ state: LogMark.State, _ head: LogPosition) {
        var next = mark
        next.state = state
        next.head = head
        do throws(WriteStoreError) {
            try files.write(next)
            mark = next
            hasFailed = false
        } catch {
            // What was acknowledged is in the database all the same; a later group tries again.
            if !hasFailed { log("the log's mark can't be written: \(error)") }
            hasFailed = true
        }
    }
}
