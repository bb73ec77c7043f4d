internal import Dispatch
package import EventModel
internal import Foundation
internal import GRDB
internal import Synchronization

/// The write database and its only writer: a thread that takes commands from a bounded queue,
/// commits them in groups, and answers them when they are on disk.
///
/// To be shut down before it is let go: its thread keeps it alive.
package final class EventStore<Model: WriteModel>: Sendable {
    /// Which log this is.
    package let epoch: LogEpoch
    /// Sixteen random bytes, drawn when the database was made.
    package let clusterID: [UInt8]

    private let committedHead: Atomic<UInt64>
    private let commands: CommandQueue<PendingCommand<Model>>
    private let commitCallbacks = Mutex<[@Sendable (LogPosition) -> Void]>([])
    private let finished = DispatchGroup()
    private let watch: FileWatch
    private let log: @Sendable (String) -> Void
    private let wallClock: @Sendable () -> Timestamp
    /// How long an answer is kept under its idempotency key.
    package let keyRetention: Duration

    /// Opens or makes the database, brings its schema up to date, and starts the writer.
    ///
    /// Blocks; `migrations` are the domain's, after the log's own.
    package init(
        configuration: EventStoreConfiguration, migrations: [SchemaMigration],
        environment: EventStoreEnvironment
    ) throws(EventStoreError) {
        let database = try WriteDatabase(
            configuration, migrations: migrations, log: environment.log)
        let writer = try Writer<Model>(
            database, configuration: configuration, environment: environment)
        log = environment.log
        wallClock = environment.wallClock
        keyRetention = configuration.keyRetention
        epoch = database.epoch
        clusterID = database.clusterID
        committedHead = Atomic(writer.head.rawValue)
        commands = CommandQueue(
            countMax: configuration.queueCountMax, chunkCountMax: configuration.groupCountMax)
        let files = database.files
        watch = FileWatch([files.lock, files.database, files.log])
        start(writer)
        watch.start { environment.onFilesGone($0) }
    }

    /// The last committed position; any thread.
    package var head: LogPosition {
        LogPosition(rawValue: committedHead.load(ordering: .acquiring))
    }

    /// Commands that wait for the writer.
    package var queuedCount: Int { commands.count }

    /// What is wrong with a key that says of itself that it is older than answers are kept: the
    /// command may have run, and nobody could tell any more. `nil` for all others.
    package func expiry(of key: IdempotencyKey) -> KeyExpiry? {
        guard let time = key.time else { return nil }
        let now = wallClock()
        guard time.advanced(by: keyRetention) < now else { return nil }
        return KeyExpiry(madeAt: time, now: now, retention: keyRetention)
    }

    /// Hands a command to the writer; its sink gets exactly one outcome. Any thread.
    ///
    /// False, and no outcome, if the queue is full or the store has been shut down: the caller
    /// answers with RESOURCE_EXHAUSTED or UNAVAILABLE, and a time after which to try again.
    package func submit(_ command: PendingCommand<Model>) -> Bool {
        commands.append(command)
    }

    /// Has `callback` called on the writer's thread after each commit that moved the head, when
    /// the commands' outcomes have been delivered. Must not block.
    package func onCommit(_ callback: @escaping @Sendable (LogPosition) -> Void) {
        commitCallbacks.withLock { $0.append(callback) }
    }

    /// Runs what is queued, checkpoints, closes the database and gives up its lock. Blocks until
    /// that is done; a second call only waits. Not for the writer's own thread.
    package func shutDown() {
        // First: the end removes the write-ahead log itself.
        watch.stop()
        commands.close()
        finished.wait()
    }

    private func start(_ writer: Writer<Model>) {
        finished.enter()
        let thread = Thread { [self] in
            while let group = commands.takeChunk() {
                run(group, by: writer)
            }
            writer.close(log: log)
            finished.leave()
        }
        thread.name = "tandem-writer"
        thread.start()
    }

    private func run(_ group: [PendingCommand<Model>], by writer: Writer<Model>) {
        let outcomes = writer.commit(group)
        let head = writer.head
        let hasMoved = committedHead.exchange(head.rawValue, ordering: .releasing) != head.rawValue
        var deliveries = OutcomeDeliveries()
        for (command, outcome) in zip(group, outcomes) {
            deliveries.add(outcome, to: command.replyTo)
        }
        deliveries.send()
        if hasMoved {
            // Called outside the lock: a callback may register another.
            for callback in commitCallbacks.withLock({ $0 }) { callback(head) }
        }
        writer.checkpointIfDue()
    }
}
