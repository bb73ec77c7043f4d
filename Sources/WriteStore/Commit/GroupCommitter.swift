internal import TandemCore

/// Runs a group of commands in one transaction. Writer's thread only, inside an access to the
/// database.
///
/// A command that is turned down leaves nothing and hinders nobody (``SavepointUse``); all share
/// the COMMIT, and so the fsync. Whatever is returned is on disk.
final class GroupCommitter {
    let connection: WriteConnection
    let statements: any PreparedStatements
    let appender: EventAppender
    let idempotency: IdempotencyTable
    let control: TransactionControl
    let environment: WriteStoreEnvironment
    /// So that a command that fails, and is sent again and again, doesn't fill the disk with lines.
    var failures = FailureReport()
    private let keyRetention: Duration
    private let keyCountMax: Int
    var report = RefusalReport()
    private var savepoints: SavepointUse

    /// Why a whole group came to nothing.
    enum GroupFailure: Error {
        case diskFull
        /// SQLite gave the transaction up, or another process holds the lock.
        case transactionLost(StorageError)
    }

    /// The last committed position.
    var head: LogPosition { appender.head }

    init(
        _ connection: WriteConnection, statements: any PreparedStatements,
        environment: WriteStoreEnvironment,
        configuration: WriteStoreConfiguration
    ) throws(StorageError) {
        self.connection = connection
        self.environment = environment
        keyRetention = configuration.keyRetention
        keyCountMax = configuration.keyCountMax
        appender = try EventAppender(connection)
        idempotency = try IdempotencyTable(connection)
        control = try TransactionControl(connection)
        savepoints = SavepointUse(areAlwaysOn: try connection.hasUncountedChanges())
        self.statements = statements
    }

    /// One outcome for each command, in the same order.
    ///
    /// With an obstacle stored answers are given, and all else is turned down.
    func commit(
        _ group: [PendingCommand], obstacle: StorageObstacle?
    ) -> [CommandOutcome] {
        let committed = appender.end
        var outcomes: [CommandOutcome] = []
        outcomes.reserveCapacity(group.count)
        do {
            if try !runAll(group, obstacle: obstacle, into: &outcomes) {
                rollBack(to: committed)
                savepoints.turnOn()
                let known = outcomes
                outcomes.removeAll(keepingCapacity: true)
                _ = try runAll(group, obstacle: obstacle, knowing: known, into: &outcomes)
            }
            savepoints.groupHasEnded()
            if obstacle == nil, head > committed.position { tell(report.record()) }
            return outcomes
        } catch {
            rollBack(to: committed)
            return refuse(group, because: error, knowing: outcomes)
        }
    }

    /// Runs all and commits. False, and nothing is committed, if a command that has changed
    /// something has to be taken back, and there is no savepoint for it.
    ///
    /// - Parameter known: what came of the group's commands when they ran without savepoints, up to
    ///   the one that has to be taken back; `nil`: they haven't run yet.
    private func runAll(
        _ group: [PendingCommand], obstacle: StorageObstacle?,
        knowing known: [CommandOutcome]? = nil, into outcomes: inout [CommandOutcome]
    ) throws(GroupFailure) -> Bool {
        let now = environment.wallClock()
        do { try control.begin.execute() } catch { throw failure(from: error) }
        for (index, command) in group.enumerated() {
            if let known, index < known.count, known[index].isNotProcessed {
                outcomes.append(known[index].moved(to: head))
                continue
            }
            // What has begun is not asked again whether it may.
            let hasBegun = known.map { index <= $0.count } ?? false
            if !hasBegun, let refusal = begin(command) {
                outcomes.append(refusal)
                continue
            }
            guard let outcome = try outcome(of: command, now: now, obstacle: obstacle) else {
                return false
            }
            outcomes.append(outcome)
        }
        if obstacle?.leavesRoomToForget ?? true {
            try settleKeys(now: now, groupCount: group.count)
        }
        do { try control.commit.execute() } catch {
            if error.leavesNoCommit { throw .diskFull }
            // After a failed fsync the kernel may have dropped the pages: a second try could
            // report success for data that is nowhere.
            environment.onFatal("a commit failed: \(error)")
        }
        idempotency.didCommit()
        return true
    }

    /// Forgets old answers, and writes down how many there are.
    private func settleKeys(now: Timestamp, groupCount: Int) throws(GroupFailure) {
        do {
            // Twice what was added, so that a backlog shrinks while the load goes on.
            try purgeKeys(now: now, countMax: 2 * groupCount + 64)
            try idempotency.storeCounts()
        } catch {
            throw failure(from: error)
        }
    }

    /// Old answers whose age can't be told are kept: they must not hold up everybody's commands.
    private func purgeKeys(now: Timestamp, countMax: Int) throws(StorageError) {
        do throws(StorageError) {
            try idempotency.purge(
                recordedBefore: now.advanced(by: .zero - keyRetention), countMax: countMax)
        } catch {
            guard error.kind == .damagedRow else { throw error }
            tellOfFailure("old answers are kept: \(error)")
        }
    }

    /// Why a command is not to be run any more; `nil`: it has begun.
    private func begin(_ command: PendingCommand) -> CommandOutcome? {
        if let deadline = command.deadline, environment.monotonicClock() > deadline {
            return notRun(command, .deadlineExceeded, "DEADLINE_EXCEEDED", Self.tooLate)
        }
        return command.cancellation.begin()
            ? nil : notRun(command, .cancelled, "CANCELLED", "cancelled before it was run")
    }

    /// `nil` if the command has to be taken back, and can't be without the others.
    private func outcome(
        of command: PendingCommand, now: Timestamp, obstacle: StorageObstacle?
    ) throws(GroupFailure) -> CommandOutcome? {
        let stored: StoredAnswer?
        do {
            stored = try idempotency.answer(
                to: command.key, method: command.method, principal: command.principal,
                head: head)
        } catch {
            // Nothing was written, so there is nothing to take back.
            guard connection.isInTransaction, !error.endsGroup else { throw failure(from: error) }
            return failed(command, error)
        }
        if let stored { return replay(stored, to: command) }
        if let obstacle { return notRecorded(command, obstacle) }
        guard idempotency.counts.hasRoom(part: command.keyPart, countMax: keyCountMax) else {
            return keysFull(command)
        }
        let before = Before(end: appender.end, changedRowCount: connection.changedRowCount)
        do {
            return try run(command, now: now, before: before)
        } catch {
            guard try undo(after: error, to: before) else { return nil }
            return failed(command, error)
        }
    }

    /// How things stood before a command.
    private struct Before {
        let end: LogEnd
        let changedRowCount: Int64
    }

    /// Runs a command that has not been seen before; `nil` as in `outcome`.
    private func run(
        _ command: PendingCommand, now: Timestamp, before: Before
    ) throws(StorageError) -> CommandOutcome? {
        if savepoints.areOn { try control.savepoint.execute() }
        guard let result = try runWork(of: command, now: now, before: before) else { return nil }
        try requireTransaction()
        // The COMMIT would fail, and with it everybody's commands.
        guard !connection.hasUnresolvedForeignKeys else { throw .unresolvedForeignKey }
        if Self.isKept(result) {
            try idempotency.store(
                result, for: command.key, method: command.method,
                principal: command.principal, payloadDigest: command.payloadDigest,
                position: head, now: now, part: command.keyPart)
        }
        if savepoints.areOn { try control.release.execute() }
        if Self.isKept(result) { idempotency.didKeep(part: command.keyPart) }
        return CommandOutcome(tag: command.tag, result: result, position: head)
    }

    private static func isKept(_ result: Result<[UInt8], Rejection>) -> Bool {
        switch result {
        case .success: true
        case .failure(let rejection): rejection.code.isDeterministic
        }
    }

    private func runWork(
        of command: PendingCommand, now: Timestamp, before: Before
    ) throws(StorageError) -> Result<[UInt8], Rejection>? {
        var transaction = CommandTransaction(
            now: now, context: command.context, appender: appender)
        do {
            return .success(try command.work(statements, &transaction))
        } catch {
            switch error {
            case .storage(let error):
                throw error
            case .rejected(let rejection):
                return try takeBack(to: before) ? .failure(rejection) : nil
            }
        }
    }

    /// Takes one command back, so that the others can go on: false if that can't be. Ends the group
    /// if it can't go on either way.
    private func undo(
        after error: StorageError, to before: Before
    ) throws(GroupFailure) -> Bool {
        guard connection.isInTransaction, !error.endsGroup else { throw failure(from: error) }
        do {
            guard try takeBack(to: before) else { return false }
            if savepoints.areOn { try control.release.execute() }
            return true
        } catch {
            throw failure(from: error)
        }
    }

    /// SQLite may have rolled the whole transaction back, for want of disk, say, and the command
    /// have kept that to itself: what follows would be committed by itself, or be nowhere.
    private func requireTransaction() throws(StorageError) {
        guard connection.isInTransaction else { throw .transactionIsOver }
    }

    /// Takes back what a command has done; false if it has done something, and has no savepoint.
    private func takeBack(to before: Before) throws(StorageError) -> Bool {
        try requireTransaction()
        appender.end = before.end
        statements.commandWasUndone()
        guard savepoints.areOn else { return connection.changedRowCount == before.changedRowCount }
        try control.rollBackToSavepoint.execute()
        return true
    }
}
