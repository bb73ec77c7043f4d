import ArgumentParser
import TandemClient
import TandemCore

/// `tandem status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How far the reads are behind the writes, and what the read side holds.",
        discussion: """
            The lag in events is the log's head minus the position that queries reflect; the lag \
            in time is how long ago the read side was known to be complete.

            After a start without its copy, the read side builds its documents from the log and \
            answers no queries meanwhile: "BEING BUILT" tells how far it is \
            (building_until_position: where it has to get). "fan-outs pending" counts events \
            whose change of many documents is in every answer already and not yet in all stored \
            documents (pending_fan_outs): nothing to do. "memory" is what the process has and \
            what it may have (tandem-server --memory); "SHORT" means that new work is refused. \
            "write side says" and "read side says" (troubles) tell why a side is not as it should \
            be, as its health does.

            EXAMPLES
              tandem status
              tandem status --json
              tandem status --wait --timeout 60
            """)

    @Flag(help: "First wait until the read side has caught up with the present head.")
    var wait = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.withClient { client in
            let clock = ContinuousClock()
            let deadline = clock.now + client.configuration.timeout
            var report = try await StatusReport.fetch(client)
            if wait {
                if let failure = report.failure { throw failure }
                let goal = report.head
                while let goal, let position = report.readPosition, position < goal {
                    guard clock.now < deadline else {
                        throw TandemError.readSideBehind(position, goal: goal)
                    }
                    try await clock.sleep(for: .milliseconds(20))
                    report = try await StatusReport.fetch(
                        client, timeout: max(deadline - clock.now, .milliseconds(1)))
                    if let failure = report.failure { throw failure }
                }
            }
            options.show(report.json, report.text)
            if let failure = report.failure {
                throw SilentExit(failure.isUnreachable ? .unreachable : .rejected)
            }
        }
    }
}

extension TandemError {
    fileprivate static func readSideBehind(
        _ position: LogPosition, goal: LogPosition
    ) -> TandemError {
        TandemError(
            code: .deadlineExceeded, reason: "READ_MODEL_BEHIND",
            message: "The read side is at position \(position), the head was at "
                + "\(goal): wait longer with --timeout, or see why it is behind.",
            retry: .later(nil))
    }
}
