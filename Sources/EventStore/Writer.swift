internal import EventModel
internal import GRDB

/// Everything that belongs to the writer's thread.
///
/// Unchecked: made on the thread that opens the store, then handed to the writer's thread, and
/// used by no other from then on.
final class Writer<Model: WriteModel>: @unchecked Sendable {
    /// The last committed position.
    private(set) var head: LogPosition
    /// Until the store is closed.
    private var parts: Parts?

    private struct Parts {
        let database: WriteDatabase
        let committer: GroupCommitter<Model>
        let checkpointer: Checkpointer
    }

    init(
        _ database: WriteDatabase, configuration: EventStoreConfiguration,
        environment: EventStoreEnvironment
    ) throws(EventStoreError) {
        do {
            let parts = try database.queue.inDatabase { access in
                let connection = try WriteConnection(access)
                return Parts(
                    database: database,
                    committer: try GroupCommitter<Model>(
                        connection, environment: environment,
                        keyRetention: configuration.keyRetention),
                    checkpointer: Checkpointer(
                        connection, environment: environment,
                        pageCountMax: configuration.checkpointPageCount))
            }
            head = parts.committer.head
            self.parts = parts
        } catch {
            throw .unavailable(path: configuration.path, reason: "\(error)")
        }
    }

    /// One outcome for each command, in the same order; all of them are on disk.
    func commit(_ group: [PendingCommand<Model>]) -> [CommandOutcome] {
        guard let parts else { preconditionFailure("a closed writer was given commands") }
        let outcomes = parts.database.queue.inDatabase { _ in parts.committer.commit(group) }
        head = parts.committer.head
        return outcomes
    }

    func checkpointIfDue() {
        guard let parts else { return }
        parts.database.queue.inDatabase { _ in parts.checkpointer.checkpointIfDue() }
    }

    /// Leaves the whole database in its file, closes it, and gives up its lock.
    func close(log: (String) -> Void) {
        guard let database = parts?.database else { return }
        database.queue.inDatabase { _ in
            parts?.checkpointer.checkpointAll()
            // The statements go before their connection does.
            parts = nil
        }
        do { try database.queue.close() } catch {
            log("the write database could not be closed: \(error)")
        }
        database.lock.release()
    }
}
