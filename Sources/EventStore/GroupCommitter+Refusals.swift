internal import EventModel

/// Outcomes of commands that were not run, or whose group came to nothing.
extension GroupCommitter {
    static var tooLate: String { "its deadline passed while it waited" }
    static var internalMessage: String {
        "the server failed to run this command; its log says why"
    }

    func replay(
        _ stored: IdempotencyTable.StoredAnswer, to command: PendingCommand<Model>
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
        _ command: PendingCommand<Model>, _ code: StatusCode, _ reason: String, _ message: String,
        retryAfterMilliseconds: UInt32? = nil
    ) -> CommandOutcome {
        CommandOutcome(
            tag: command.tag,
            result: .failure(Rejection(code, reason: reason, message: message)),
            position: head, isNotProcessed: true,
            retryAfterMilliseconds: retryAfterMilliseconds)
    }

    /// A statement of the command failed, and it was rolled back.
    func failed(_ command: PendingCommand<Model>, _ error: StorageError) -> CommandOutcome {
        report("\(command.method) failed: \(error)")
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
    func report(_ failure: String) {
        for line in failures.note(failure, now: environment.monotonicClock()) {
            environment.log(line)
        }
    }

    func logTooLarge(_ command: PendingCommand<Model>) -> CommandOutcome {
        notRun(
            command, .resourceExhausted, "WAL_TOO_LARGE",
            """
            a reader of the write database keeps the server's log from being put away, and it \
            has reached its bound; try again later, with the same key
            """, retryAfterMilliseconds: 1_000)
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

    func rollBack(to committedHead: LogPosition) {
        appender.head = committedHead
        idempotency.didRollBack()
        guard connection.isInTransaction else { return }
        do { try control.rollBack.execute() } catch {
            environment.onFatal("a transaction could not be rolled back: \(error)")
        }
    }

    func refuse(
        _ group: [PendingCommand<Model>], because failure: GroupFailure,
        knowing outcomes: [CommandOutcome]
    ) -> [CommandOutcome] {
        let rejection: Rejection
        switch failure {
        case .diskFull:
            environment.log("the disk is full: refused \(group.count) commands")
            rejection = Rejection(
                .resourceExhausted, reason: "STORAGE_FULL",
                message: "the server has no room to record this command; try again later")
        case .transactionLost(let error):
            environment.log("refused \(group.count) commands: \(error)")
            rejection = Rejection(
                .unavailable, reason: "STORAGE_UNAVAILABLE",
                message: "the server could not record this command; try again")
        }
        return group.enumerated().map { index, command in
            // What was not run is answered as it was; all else has been undone.
            if index < outcomes.count, outcomes[index].isNotProcessed { return outcomes[index] }
            return CommandOutcome(
                tag: command.tag, result: .failure(rejection), position: head,
                isNotProcessed: true, retryAfterMilliseconds: 1_000)
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
