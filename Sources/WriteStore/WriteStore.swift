internal import Budget
internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization
package import TandemCore

/// The write database and its only writer: a thread that takes commands from a bounded queue,
/// commits them in groups, and answers them when they are on disk.
///
/// To be shut down before it is let go: its thread keeps it alive.
package final class WriteStore: Sendable {
    /// Which log this is.
    package let epoch: LogEpoch
    /// Sixteen random bytes, drawn when the database was made.
    package let clusterID: [UInt8]

    private let committedHead: Atomic<UInt64>
    private let commands: CommandQueue<PendingCommand>
    private let commitCallbacks = Mutex<[@Sendable (LogPosition) -> Void]>([])
    private let finished = DispatchGroup()
    private let watch: FileWatch
    private let log: @Sendable (String) -> Void
    private let wallClock: @Sendable () -> Timestamp
    private let memory: MemoryBudget
    /// How long an answer is kept under its idempotency key.
    package let keyRetention: Duration

    /// Opens or makes the database, brings its schema up to date, and starts the writer.
    ///
    /// Blocks; `migrations` are the domain's, after the log's own.
    package init(
        configuration: WriteStoreConfiguration, migrations: [Migration],
        environment: WriteStoreEnvironment,
        makeStatements: (WriteConnection) throws(StorageError) -> any PreparedStatements
    ) throws(WriteStoreError) {
        let database = try WriteDatabase(
            configuration, migrations: migrations, log: environment.log)
        let writer = try Writer(
            database, configuration: configuration, environment: environment,
            makeStatements: makeStatements)
        log = environment.log
        wallClock = environment.wallClock
        keyRetention = configuration.keyRetention
        epoch = database.epoch
        clusterID = database.clusterID
        committedHead = Atomic(writer.head.rawValue)
        memory = configuration.memory
        commands = CommandQueue(loadMax: configuration.queueMax, groupMax: configuration.groupMax)
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
    package var queuedCount: Int { commands.load.count }

    /// What is wrong with a key that says of itself that it is older than answers are kept: the
    /// command may have run, and nobody could tell any more. `nil` for all others.
    package func expiry(of key: IdempotencyKey) -> KeyExpiry? {
        guard let time = key.time else { return nil }
        let now = wallClock()
        guard time.advanced(by: keyRetention) < now else { return nil }
        return KeyExpiry(madeAt: time, now: now, retention: keyRetention)
    }

    /// A place in the queue for a new connection, to be closed with it.
    ///
    /// Lanes take turns by what their commands hold, first those of different addresses, then those
    /// of one; the commands of a lane keep their order.
    package func openLane(address: String) -> CommandLane {
        commands.openLane(address: address)
    }

    /// Drops what waits in the lane, without an outcome: nobody is there for it any more.
    package func closeLane(_ lane: CommandLane) {
        release(commands.closeLane(lane))
    }

    /// Hands a command to the writer; its sink gets exactly one outcome, unless its lane is closed
    /// first. Any thread.
    package func submit(_ command: PendingCommand, on lane: CommandLane) -> Submission {
        let byteCount = command.heldByteCount
        guard memory.reserve(byteCount, for: .commands) else { return .memoryFull }
        guard commands.append(command, byteCount: byteCount, to: lane) else {
            memory.release(byteCount, for: .commands)
            return .queueFull
        }
        return .queued
    }

    /// Takes memory for commands that wait to be handed over; false if there is none.
    package func hold(_ byteCount: Int) -> Bool { memory.reserve(byteCount, for: .commands) }

    /// Gives back what ``hold(_:)`` took.
    package func letGo(_ byteCount: Int) { memory.release(byteCount, for: .commands) }

    private func release(_ commands: [PendingCommand]) {
        let byteCount = commands.reduce(0) { $0 + $1.heldByteCount }
        memory.release(byteCount, for: .commands)
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

    private func start(_ writer: Writer) {
        finished.enter()
        let thread = Thread { [self] in
            while let group = commands.takeGroup() {
                run(group, by: writer)
                release(group)
            }
            writer.close(log: log)
            finished.leave()
        }
        thread.name = "tandem-writer"
        thread.start()
    }

    private func run(_ group: [PendingCommand], by writer: Writer) {
        let outcomes = writer.commit(group)
        let head = writer.head
        let hasMoved = committedHead.exchange(head.rawValue, ordering: .releasing) != head.rawValue
        var replies = ReplyBatch()
        for (command, outcome) in zip(group, outcomes) {
            replies.add(outcome, to: command.replyTo)
        }
        replies.send()
        if hasMoved {
            // Called outside the lock: a callback may register another.
            for callback in commitCallbacks.withLock({ $0 }) { callback(head) }
        }
        writer.checkpointIfDue()
    }
}
