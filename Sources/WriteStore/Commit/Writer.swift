internal import GRDB
internal import TandemCore

/// Everything that belongs to the writer's thread.
///
/// Unchecked: made on the thread that opens the store, then handed to the writer's thread, and
/// used by no other from then on.
final class Writer: @unchecked Sendable {
    /// The last committed position.
    private(set) var head: LogPosition
    /// Until the store is closed.
    private var parts: Parts?

    /// How long an orderly end waits for readers from outside; nobody is served meanwhile.
    private static var closingWaitMilliseconds: Int32 { 2_000 }

    private struct Parts {
        let database: WriteDatabase
        let connection: WriteConnection
        let committer: GroupCommitter
        let checkpointer: Checkpointer
        let room: StorageRoom
        let mark: LogMarkKeeper
    }

    init(
        _ database: WriteDatabase, configuration: WriteStoreConfiguration,
        environment: WriteStoreEnvironment,
        makeStatements: (WriteConnection) throws(StorageError) -> any PreparedStatements
    ) throws(WriteStoreError) {
        do {
            let parts = try database.queue.inDatabase { access in
                let connection = try WriteConnection(access)
                // All that could be waited for on this thread holds up every command.
                connection.waitForLocks(milliseconds: 0)
                return Parts(
                    database: database, connection: connection,
                    committer: try GroupCommitter(
                        connection, statements: try makeStatements(connection),
                        environment: environment,
                        configuration: configuration),
                    checkpointer: Checkpointer(
                        connection, environment: environment, configuration: configuration),
                    room: try StorageRoom(
                        connection, files: database.files, environment: environment,
                        configuration: configuration),
                    mark: LogMarkKeeper(database.files, database.mark, log: environment.log))
            }
            head = parts.committer.head
            if database.files.hasLog { parts.mark.didOpen(head: head) }
            self.parts = parts
        } catch {
            throw .unavailable(path: configuration.path, because: error)
        }
    }

    /// One outcome for each command, in the same order; all of them are on disk.
    func commit(_ group: [PendingCommand]) -> [CommandOutcome] {
        guard let parts else { preconditionFailure("a closed writer was given commands") }
        let outcomes = parts.database.queue.inDatabase { _ in
            let obstacle =
                parts.checkpointer.hasRoom() ? parts.room.obstacle() : StorageObstacle.logTooLarge
            return parts.committer.commit(group, obstacle: obstacle)
        }
        head = parts.committer.head
        // A group that wrote nothing leaves the log as empty as it was, and needs none.
        if parts.checkpointer.hasLog { parts.mark.didCommit(head: head) }
        return outcomes
    }

    func checkpointIfDue() {
        guard let parts else { return }
        let hasRun = parts.database.queue.inDatabase { _ in parts.checkpointer.checkpointIfDue() }
        if hasRun { parts.mark.didCheckpoint(head: head) }
    }

    /// Leaves the whole database in its file, closes it, and gives up its lock.
    func close(log: (String) -> Void) {
        guard let database = parts?.database else { return }
        database.queue.inDatabase { _ in
            if let parts {
                parts.connection.waitForLocks(milliseconds: Self.closingWaitMilliseconds)
                // In this order: at no instant is a log gone that the mark asks for.
                if parts.checkpointer.checkpointAll(), parts.mark.didStop(head: head) {
                    parts.checkpointer.cutLog()
                    parts.connection.keepLogFile(false)
                }
            }
            // The statements go before their connection does.
            parts = nil
        }
        do { try database.queue.close() } catch {
            log("the write database could not be closed: \(error)")
        }
        database.lock.release()
    }
}
