package import ConnectionState
import NIOCore
import TandemCore
package import TandemDomain
package import Transport
package import Wire
package import WriteStore

/// The command port: decodes commands on the event loop, hands them to the writer, and answers
/// them when they are on disk.
package struct CommandService: PortService {
    package let methods: MethodTable
    package let identity: ServerIdentity
    package let errorDomain: String
    let commands: [CommandDefinition]
    private let files: [UInt8]
    let store: WriteStore
    let status: WriteStatus
    /// Of a request, and of each part of a batch.
    let elementCountMax: Int
    /// `nil`: an address may send as much as it likes.
    let rates: CommandRates?

    package var report: PortReport { status.report(domain: errorDomain, files: files) }

    package init(
        _ domain: CheckedDomain, store: WriteStore, identity: ServerIdentity,
        limits: WireLimits, startedAt: MonotonicTime
    ) {
        var table = MethodTable(role: .command)
        for command in domain.commands {
            table.serve(
                command.method,
                MethodTraits(
                    kind: .unary, idempotency: .keyed,
                    bodyByteCountMax: command.requestByteCountMax),
                MethodMessages(
                    request: command.requestType, reply: command.replyType,
                    // A batch's parts are counted each for itself, when their turn comes.
                    isScannedWhole: !command.isBatch))
        }
        for query in domain.queries { table.mention(query.method, role: .query) }
        table.mention(FeedMethod.subscribe, role: .feed)
        methods = table
        errorDomain = domain.name
        commands = domain.commands
        files = domain.files
        self.store = store
        self.identity = identity
        elementCountMax = limits.requestElementCountMax
        let perSecond = limits.commandsPerSecondPerAddressMax
        rates = perSecond > 0 ? CommandRates(countPerSecondMax: perSecond) : nil
        let epoch = store.epoch
        status = WriteStatus(
            epoch: epoch, startedAt: startedAt, head: { store.head },
            queuedCount: { store.queuedCount })
    }

    /// What each part of a batch is a call of; `nil` if there is no such command.
    func batchedCommand(_ method: String) -> BatchedCommand? {
        commands.firstIndex { $0.method == method }.flatMap {
            BatchedCommand(commands[$0], shape: methods.requestShape($0))
        }
    }

    package func dictionaries() -> [OfferedDictionary] { [] }

    package func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        CommandConnection(self, port: port)
    }
}
