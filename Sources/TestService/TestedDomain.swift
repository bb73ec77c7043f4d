package import Domain
import EventModel
package import EventStore
package import Projection
import TestMessages

/// A domain with one more command, `tandem.test.v1.TestCommands/Attempt`, which changes nothing.
package struct TestedDomain<Base: Domain>: Domain {
    package typealias Model = Base.Model

    private let base: Base
    private let attempts = AttemptCounts()

    package init(_ base: Base) {
        self.base = base
    }

    package var name: String { base.name }
    package var migrations: [SchemaMigration] { base.migrations }
    package var documents: [any Document.Type] { base.documents }
    package var reducer: any Reducer { base.reducer }
    package var queries: [QueryDefinition] { base.queries }

    package var commands: [CommandDefinition<Model>] {
        base.commands + [
            CommandDefinition(
                // As much as a frame of 1 MiB has room for beside its metadata.
                AttemptCommand.method, requestByteCountMax: 1_000 << 10,
                prepare: AttemptCommand.init, heldByteCount: { $0.heldByteCount },
                handler: { (command, _, _) throws(CommandFailure) in try command.run(attempts) })
        ]
    }
}

/// A checked Attempt.
package struct AttemptCommand: Sendable {
    package static let method = "tandem.test.v1.TestCommands/Attempt"

    private let name: String
    private let failureCount: UInt32
    private let code: StatusCode

    init(_ request: Tandem_Test_V1_AttemptRequest) throws(Rejection) {
        name = request.name
        failureCount = request.failTimes
        // What never fails needs no code.
        code = failureCount == 0 ? .unknown : try StatusCode(failing: request.code)
    }

    /// What the sender put around the name isn't kept.
    var heldByteCount: Int { name.utf8.count }

    func run(
        _ attempts: AttemptCounts
    ) throws(CommandFailure) -> Tandem_Test_V1_AttemptReply {
        let count = attempts.count(name)
        guard count > failureCount else {
            throw .rejected(
                Rejection(
                    code, reason: "ATTEMPT_FAILED",
                    message: "Attempt \(count) of \(failureCount) that were to fail.",
                    metadata: ["attempt": "\(count)"]))
        }
        var reply = Tandem_Test_V1_AttemptReply()
        reply.attempt = count
        return reply
    }
}
