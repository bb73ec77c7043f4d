import Budget
package import ConnectionState
import TandemCore
import TandemDomain
package import Transport
import Wire

/// The feed port: every event after a position, those recorded and those to come.
package struct FeedService: PortService {
    package let methods: MethodTable
    package let identity: ServerIdentity
    package let errorDomain = TandemReason.domain
    let pump: FeedPump
    let status: WriteStatus
    let places: FeedPlaces

    package var report: PortReport { status.report(domain: "") }

    /// - Parameter domain: whose commands and queries other ports serve.
    init(
        _ domain: CheckedDomain, pump: FeedPump, identity: ServerIdentity,
        status: WriteStatus,
        limits: WireLimits, memory: MemoryBudget
    ) {
        var table = MethodTable(role: .feed)
        table.serve(
            FeedMethod.subscribe,
            MethodTraits(
                kind: .stream, idempotency: .readOnly, bodyByteCountMax: 1_024,
                isSubscription: true))
        for command in domain.commands { table.mention(command.method, role: .command) }
        for query in domain.queries { table.mention(query.method, role: .query) }
        methods = table
        self.pump = pump
        self.identity = identity
        self.status = status
        places = FeedPlaces(limits: limits, memory: memory)
    }

    package func dictionaries() -> [OfferedDictionary] { [] }

    package func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        FeedConnection(self, port: port, acceptsZlib: agreement.acceptsZlib)
    }
}
