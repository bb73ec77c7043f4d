internal import TandemCore

/// Runs a group of commands in one transaction. Writer's thread only, inside an access to the
/// database.
///
/// Each command has a savepoint of its own, so that one that is turned down leaves nothing and
/// hinders nobody; all share the COMMIT, and so the fsync. Whatever is returned is on disk.
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
        self.statements = statements
    }

    /// One outcome for each command, in the same order.
    ///
    /// With an obstacle stored answers are given, and all else is turned down.
    func commit(
        _ group: [PendingCommand], obstacle: StorageObstacle?
    ) -> [CommandOutcome] {
        let committedHead = head
        var outcomes: [CommandOutcome] = []
        outcomes.reserveCapacity(group.count)
        do {
            try runAll(group, obstacle: obstacle, into: &outcomes)
            if obstacle == nil, head > committedHead { tell(report.record()) }
            return outcomes
        } catch {
            rollBack(to: committedHead)
            return refuse(group, because: error, knowing: outcomes)
        }
    }

    private func runAll(
        _ group: [PendingCommand], obstacle: StorageObstacle?,
        into outcomes: inout [CommandOutcome]
    ) throws(GroupFailure) {
        let now = environment.wallClock()
        do { try control.begin.execute() } catch { throw failure(from: error) }
        for command in group {
            outcomes.append(try outcome(of: command, now: now, obstacle: obstacle))
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

    private func outcome(
        of command: PendingCommand, now: Timestamp, obstacle: StorageObstacle?
    ) throws(GroupFailure) -> CommandOutcome {
        if let deadline = command.deadline, environment.monotonicClock() > deadline {
            return notRun(command, .deadlineExceeded, "DEADLINE_EXCEEDED", Self.tooLate)
        }
        guard command.cancellation.begin() else {
            return notRun(command, .cancelled, "CANCELLED", "cancelled before it was run")
        }
        let stored: IdempotencyTable.StoredAnswer?
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
        let headBefore = head
        do {
            return try run(command, now: now, headBefore: headBefore)
        } catch {
            try undo(after: error, to: headBefore)
            return failed(command, error)
        }
    }

    /// Runs a command that has not been seen before.
    private func run(
        _ command: PendingCommand, now: Timestamp, headBefore: LogPosition
    ) throws(StorageError) -> CommandOutcome {
        try control.savepoint.execute()
        let result = try runWork(of: command, now: now, headBefore: headBefore)
        // The COMMIT would fail, and with it everybody's commands.
        guard !connection.hasUnresolvedForeignKeys else { throw .unresolvedForeignKey }
        if Self.isKept(result) {
            try idempotency.store(
                result, for: command.key, method: command.method,
                principal: command.principal, payloadDigest: command.payloadDigest,
                position: head, now: now, part: command.keyPart)
        }
        try control.release.execute()
        if Self.isKept(result) { idempotency.didKeep(part: command.keyPart) }
        return CommandOutcome(tag: command.tag, result: result, position: head)
    }

    private static func isKept(_ result: Result<[UInt8], Rejection>) -> Bool {
        switch result {
        case .success: true
        case .failure(let rejection): rejection.code.isDeterministic
        }
    }

    /// Takes one command back, so that the others can go on; ends the group if that can't be.
    private func undo(
        after error: StorageError, to headBefore: LogPosition
    ) throws(GroupFailure) {
        guard connection.isInTransaction, !error.endsGroup else { throw failure(from: error) }
        do {
            try control.rollBackToSavepoint.execute()
            try control.release.execute()
        } catch {
            throw failure(from: error)
        }
        statements.commandWasUndone()
        appender.head = headBefore
    }

    private func runWork(
        of command: PendingCommand, now: Timestamp, headBefore: LogPosition
    ) throws(StorageError) -> Result<[UInt8], Rejection> {
        var transaction = CommandTransaction(
            now: now, context: command.context, appender: appender)
        do {
            return .success(try command.work(statements, &transaction))
        } catch {
            switch error {
            case .storage(let error):
                throw error
            case .rejected(let rejection):
                appender.head = headBefore
                statements.commandWasUndone()
                try control.rollBackToSavepoint.execute()
                return .failure(rejection)
            }
        }
    }
}
