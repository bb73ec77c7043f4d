import EventModel
package import Session
package import Transport
import Wire

/// The feed port: every event after a position, those recorded and those to come.
package struct FeedService: PortService {
    package static let subscribe = "tandem.feed.v1.Feed/Subscribe"

    package let methods: MethodTable
    package let identity: ServerIdentity
    package let errorDomain = TandemReason.domain
    let pump: FeedPump
    let status: WriteStatus

    package var report: PortReport { status.report(domain: "") }

    init(pump: FeedPump, identity: ServerIdentity, status: WriteStatus, elsewhere: MethodTable) {
        var table = MethodTable(role: .feed)
        table.serve(
            Self.subscribe,
            MethodTraits(kind: .stream, idempotency: .readOnly, bodyByteCountMax: 1_024))
        for name in elsewhere.names { table.mention(name, role: elsewhere.role) }
        methods = table
        self.pump = pump
        self.identity = identity
        self.status = status
    }

    package func dictionaries() -> [OfferedDictionary] { [] }

    package func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        FeedConnection(self, port: port, acceptsZlib: agreement.acceptsZlib)
    }
}
