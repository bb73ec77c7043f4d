internal import TandemCore

/// Moves the write-ahead log into the database file, between groups and after their answers have
/// gone out, so that no caller waits for it. Writer's thread only.
///
/// It never waits for a reader: one that holds on to an old state (a shell with an open
/// transaction, a backup) keeps the log from starting over, and the log grows. At a bound new
/// commands are turned down until the reader has gone.
final class Checkpointer {
    private let connection: WriteConnection
    private let environment: WriteStoreEnvironment
    /// Pages that the log gains between two checkpoints.
    private let pageCountDue: Int
    /// Pages at which commands are turned down.
    private let pageCountMax: Int
    private let logSize = WriteAheadLogSize()
    private var report: LogSizeReport
    /// The log's size after the last try: a reader may have kept it from starting over.
    private var pageCountTried = 0

    init(
        _ connection: WriteConnection, environment: WriteStoreEnvironment,
        configuration: WriteStoreConfiguration
    ) {
        self.connection = connection
        self.environment = environment
        pageCountMax = max(configuration.logPageCountMax, 2)
        pageCountDue = min(max(configuration.checkpointPageCount, 1), pageCountMax / 2)
        report = LogSizeReport(pageCountDue: pageCountDue, pageCountMax: pageCountMax)
        connection.reportLogSize(to: logSize)
    }

    /// Whether this connection's commits have put anything into the log.
    var hasLog: Bool { logSize.pageCount > 0 }

    /// True if one was tried.
    func checkpointIfDue() -> Bool {
        let pageCount = logSize.pageCount
        // Only what has outlived a checkpoint is held by somebody.
        if pageCountTried > 0 { tell(report.observe(pageCount: pageCount)) }
        if pageCount < pageCountTried { pageCountTried = 0 }
        guard pageCount - pageCountTried >= pageCountDue else { return false }
        _ = run(.passive)
        pageCountTried = pageCount
        return true
    }

    /// Whether the log may grow by another group; if not, tries to have it start over.
    func hasRoom() -> Bool {
        guard logSize.pageCount >= pageCountMax else { return true }
        guard run(.restart) else {
            tell(report.refuse(pageCount: logSize.pageCount))
            return false
        }
        // The next commit writes to its beginning.
        logSize.pageCount = 0
        pageCountTried = 0
        tell(report.observe(pageCount: 0))
        return true
    }

    /// For an orderly end: true if the database's file holds everything now. So does the log.
    func checkpointAll() -> Bool {
        run(.restart)
    }

    /// After ``checkpointAll()``, once nobody will ask for the log. If a reader is in the way the
    /// log stays as it is, which does no harm.
    func cutLog() {
        _ = run(.truncate)
    }

    /// False if a reader or another process was in the way; what could be copied has been.
    private func run(_ mode: CheckpointMode) -> Bool {
        do {
            try connection.checkpoint(mode)
            report.didCheckpoint()
            return true
        } catch {
            switch error.kind {
            // Told by the report, when it goes on for long.
            case .busy: break
            case .diskFull:
                tell(report.putOff("\(error)"))
            case .uniqueViolation, .foreignKeyViolation, .otherConstraint, .damagedRow, .unusable,
                .other:
                environment.onFatal("a checkpoint failed: \(error)")
            }
            return false
        }
    }

    private func tell(_ line: String?) {
        if let line { environment.log(line) }
    }
}
