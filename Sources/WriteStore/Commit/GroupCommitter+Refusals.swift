internal import TandemCore

/// Outcomes of commands that were not run, or whose group came to nothing.
extension GroupCommitter {
    static var tooLate: String { "its deadline passed while it waited" }
    static var internalMessage: String {
        "the server failed to run this command; its log says why"
    }

    func replay(
        _ stored: StoredAnswer, to command: PendingCommand
    ) -> CommandOutcome {
        guard stored.payloadDigest == command.payloadDigest else {
            let rejection = Rejection(
                .invalidArgument, reason: "KEY_REUSED",
                message: """
                    idempotency key \(command.key) was used for another request; \
                    choose a new key for each command
                    """,
                metadata: ["idempotency_key": "\(command.key)"])
            return CommandOutcome(tag: command.tag, result: .failure(rejection), position: head)
        }
        return CommandOutcome(
            tag: command.tag, result: stored.result, position: stored.position, isReplay: true)
    }

    func notRun(
        _ command: PendingCommand, _ code: StatusCode, _ reason: String, _ message: String,
        retryAfterMilliseconds: UInt32? = nil
    ) -> CommandOutcome {
        CommandOutcome(
            tag: command.tag,
            result: .failure(Rejection(code, reason: reason, message: message)),
            position: head, isNotProcessed: true,
            retryAfterMilliseconds: retryAfterMilliseconds)
    }

    /// A statement of the command failed, and it was rolled back.
    func failed(_ command: PendingCommand, _ error: StorageError) -> CommandOutcome {
        tellOfFailure("\(command.method) failed: \(error)")
        let rejection =
            error.kind == .damagedRow
            ? Rejection(
                .dataLoss, reason: "DAMAGED_ROW",
                message: """
                    the write database holds a damaged row, and this command needs it: \
                    \(error.message); nothing was done, and the server's log tells it too
                    """)
            : Rejection(.internal, reason: "INTERNAL", message: Self.internalMessage)
        return CommandOutcome(tag: command.tag, result: .failure(rejection), position: head)
    }

    /// Says what has failed, unless that was said a short while ago.
    func tellOfFailure(_ failure: String) {
        for line in failures.note(failure, now: environment.monotonicClock()) {
            environment.log(line)
        }
    }

    /// What isn't answered from what is kept, while nothing new can be.
    func notRecorded(
        _ command: PendingCommand, _ obstacle: StorageObstacle
    ) -> CommandOutcome {
        switch obstacle {
        case .logTooLarge:
            return notRun(
                command, .resourceExhausted, "WAL_TOO_LARGE",
                """
                a reader of the write database keeps the server's log from being put away, and it \
                has reached its bound; try again later, with the same key
                """, retryAfterMilliseconds: 1_000)
        case .databaseFull(let byteCount, let byteCountMax):
            tell(
                .databaseFull,
                """
                the write database has \(byteCount) bytes, of \(byteCountMax) at most (--limit \
                database-bytes): new commands are refused
                """)
            return notRun(
                command, .resourceExhausted, "DATABASE_FULL",
                """
                the server's database has reached its bound (database-bytes); nothing more is \
                recorded until its operator gives it more
                """, retryAfterMilliseconds: 1_000)
        case .diskNearlyFull(let freeByteCount, let reserveByteCount):
            tell(
                .diskNearlyFull,
                """
                the disk has \(freeByteCount) bytes left beside what is on its way to it, and \
                \(reserveByteCount) are kept in reserve (--limit disk-reserve-bytes): new commands \
                are refused until there is more
                """)
            return storageFull(command)
        case .diskFull:
            tell(.diskFull, "the disk is full: new commands are refused")
            return storageFull(command)
        }
    }

    func keysFull(_ command: PendingCommand) -> CommandOutcome {
        tell(
            .keysFull,
            """
            \(idempotency.counts.total) answers are kept under their keys, too many for more from \
            an address with as many of them as the one that sends now (--limit keys): its new \
            commands are refused
            """)
        return notRun(
            command, .resourceExhausted, "KEYS_FULL",
            """
            the server keeps as many answers as it may (keys), or this address has its share of \
            them; there is room when the oldest are forgotten; try again later, with the same key
            """, retryAfterMilliseconds: 1_000)
    }

    private func storageFull(_ command: PendingCommand) -> CommandOutcome {
        notRun(
            command, .resourceExhausted, "STORAGE_FULL",
            "the server has no room to record this command; try again later",
            retryAfterMilliseconds: 1_000)
    }

    private func tell(_ kind: RefusalReport.Kind, _ line: @autoclosure () -> String) {
        tell(report.refuse(kind, now: environment.monotonicClock(), line()))
    }

    func tell(_ line: String?) {
        if let line { environment.log(line) }
    }

    /// What a failed statement means for the group; ends the process if nothing can be trusted.
    func failure(from error: StorageError) -> GroupFailure {
        switch error.kind {
        case .diskFull: return .diskFull
        case .unusable: environment.onFatal("the write database failed: \(error)")
        case .uniqueViolation, .foreignKeyViolation, .otherConstraint, .damagedRow, .busy, .other:
            return .transactionLost(error)
        }
    }

    func rollBack(to committed: LogEnd) {
        appender.end = committed
        idempotency.didRollBack()
        statements.groupWasUndone()
        guard connection.isInTransaction else { return }
        do { try control.rollBack.execute() } catch {
            environment.onFatal("a transaction could not be rolled back: \(error)")
        }
    }

    func refuse(
        _ group: [PendingCommand], because failure: GroupFailure,
        knowing outcomes: [CommandOutcome]
    ) -> [CommandOutcome] {
        switch failure {
        case .diskFull:
            tell(.diskFull, "the disk is full: refused \(group.count) commands")
        case .transactionLost(let error):
            tell(.unavailable, "refused \(group.count) commands: \(error)")
        }
        return group.enumerated().map { index, command in
            // What was not run is answered as it was; all else has been undone.
            if index < outcomes.count, outcomes[index].isNotProcessed {
                return outcomes[index].moved(to: head)
            }
            switch failure {
            case .diskFull:
                return storageFull(command)
            case .transactionLost:
                return notRun(
                    command, .unavailable, "STORAGE_UNAVAILABLE",
                    "the server could not record this command; try again",
                    retryAfterMilliseconds: 1_000)
            }
        }
    }
}

extension StorageObstacle {
    /// Whether old answers may be forgotten meanwhile, which takes a little room and gives more.
    var leavesRoomToForget: Bool {
        switch self {
        case .databaseFull: true
        case .logTooLarge, .diskNearlyFull, .diskFull: false
        }
    }
}

extension StorageError {
    /// Whether no other command of the group can go on after this one.
    var endsGroup: Bool {
        switch kind {
        case .diskFull, .unusable: true
        case .uniqueViolation, .foreignKeyViolation, .otherConstraint, .damagedRow, .busy, .other:
            false
        }
    }
}
