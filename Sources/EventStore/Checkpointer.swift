internal import EventModel

/// Moves the write-ahead log into the database file, between groups and after their answers have
/// gone out, so that no caller waits for it. Writer's thread only.
final class Checkpointer {
    private let connection: WriteConnection
    private let environment: EventStoreEnvironment
    private let pageCountMax: Int
    private let logSize = WriteAheadLogSize()
    /// The log's size after the last try: a reader may have kept it from starting over.
    private var pageCountTried = 0

    init(
        _ connection: WriteConnection, environment: EventStoreEnvironment, pageCountMax: Int
    ) {
        self.connection = connection
        self.environment = environment
        self.pageCountMax = max(pageCountMax, 1)
        connection.reportLogSize(to: logSize)
    }

    func checkpointIfDue() {
        if logSize.pageCount < pageCountTried { pageCountTried = 0 }
        guard logSize.pageCount - pageCountTried >= pageCountMax else { return }
        // A log that only grows although it is copied has readers without a pause: wait for one.
        run(logSize.pageCount >= 8 * pageCountMax ? .restart : .passive)
        pageCountTried = logSize.pageCount
    }

    /// For an orderly end: leaves the whole database in its file.
    func checkpointAll() {
        run(.truncate)
    }

    private func run(_ mode: CheckpointMode) {
        do { try connection.checkpoint(mode) } catch {
            switch error.kind {
            case .busy, .diskFull:
                // Nothing is lost: the log still holds everything.
                environment.log("a checkpoint is put off: \(error)")
            case .uniqueViolation, .foreignKeyViolation, .otherConstraint, .unusable, .other:
                environment.onFatal("a checkpoint failed: \(error)")
            }
        }
    }
}
