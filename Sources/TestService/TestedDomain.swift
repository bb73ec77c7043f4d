package import TandemCore
package import TandemDomain
package import TestMessages
package import WriteStore

/// A domain with one more command, `tandem.test.v1.TestCommands/Attempt`, which changes nothing.
package struct TestedDomain<Base: Domain>: Domain {
    package typealias DomainTables = Base.DomainTables

    private let base: Base
    private let attempts = AttemptCounts()

    package init(_ base: Base) {
        self.base = base
    }

    package var name: String { base.name }
    package var methods: [any Method] { base.methods + [AttemptCommand.method] }
    package var events: [any Event.Type] { base.events }
    package var retiredEvents: [any RetiredEvent.Type] { base.retiredEvents }
    package var documents: [any Document.Type] { base.documents }
    package var migrations: [Migration] { base.migrations }
    package var views: [any View] { base.views }
    package var queries: [any QueryHandling] { base.queries }

    package var commands: [On<DomainTables>] {
        base.commands + [
            On(
                // As much as a frame of 1 MiB has room for beside its metadata.
                AttemptCommand.method, requestByteCountMax: 1_000 << 10,
                prepare: { (request) throws(Rejection) in try AttemptCommand(request) },
                heldByteCount: { $0.heldByteCount }
            ) { [attempts] command, _, _ in try command.run(attempts) }
        ]
    }
}

/// A checked Attempt.
package struct AttemptCommand: Sendable {
    package static let method = Command<
        Tandem_Test_V1_AttemptRequest, Tandem_Test_V1_AttemptReply
    >("tandem.test.v1.TestCommands/Attempt")

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

    func run(_ attempts: AttemptCounts) throws(Rejection) -> Tandem_Test_V1_AttemptReply {
        let count = attempts.count(name)
        guard count > failureCount else {
            throw Rejection(
                code, reason: "ATTEMPT_FAILED",
                message: "Attempt \(count) of \(failureCount) that were to fail.",
                metadata: ["attempt": "\(count)"])
        }
        var reply = Tandem_Test_V1_AttemptReply()
        reply.attempt = count
        return reply
    }
}
