import Budget
import Compression
package import ConnectionState
import DocumentStore
import NIOCore
import Synchronization
import TandemCore
import TandemDomain
package import Transport
import Wire

/// The query port: compiles queries to plans and answers them from the document store, knowing
/// nothing of the domain.
package struct QueryService: PortService {
    package let methods: MethodTable
    package let errorDomain: String
    let files: [UInt8]
    let model: ReadModel
    let progress: ReadProgress
    let limits: WireLimits
    let waiters: PositionWaiters
    /// For queries that wait.
    let room: WaitingRoom
    /// What has to be there before anything is answered; `nil` if nothing has to, or if it can't
    /// get there.
    var building: BuildProgress? { progress.isHeldUpForGood ? nil : buildingAtStart }
    private let buildingAtStart: BuildProgress?
    let startedAt: MonotonicTime
    /// Which log the documents reflect.
    let epoch: LogEpoch
    private let loops: ToolsByLoop

    init(
        _ domain: CheckedDomain, model: ReadModel, progress: ReadProgress,
        waiters: PositionWaiters, building: BuildProgress? = nil, epoch: LogEpoch,
        limits: WireLimits, memory: MemoryBudget = .ample
    ) {
        var table = MethodTable(role: .query)
        for query in domain.queries {
            table.serve(
                query.method,
                MethodTraits(
                    kind: query.kind == .one ? .unary : .stream, idempotency: .readOnly,
                    bodyByteCountMax: query.requestByteCountMax),
                MethodMessages(request: query.requestType, reply: query.answerType))
        }
        for command in domain.commands { table.mention(command.method, role: .command) }
        table.mention(FeedMethod.subscribe, role: .feed)
        methods = table
        errorDomain = domain.name
        files = domain.files
        self.model = model
        self.progress = progress
        self.waiters = waiters
        buildingAtStart = building
        room = WaitingRoom(limits: limits, memory: memory)
        self.epoch = epoch
        self.limits = limits
        startedAt = .current
        loops = ToolsByLoop(store: model.store)
    }

    /// Made anew for each handshake: a server that was started from its copy alone hears of its
    /// cluster later.
    package var identity: ServerIdentity {
        ServerIdentity(
            name: ServerIdentity.version, clusterID: progress.clusterID, epoch: epoch,
            keyRetention: .zero)
    }

    package func dictionaries() -> [OfferedDictionary] {
        // The first ones, in order: a connection's encoding ids are then the store's.
        model.store.dictionaries.prefix(WireLimits.dictionaryCountMax).map {
            OfferedDictionary(sha256: $0.sha256, bytes: $0.bytes)
        }
    }

    package func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        QueryConnection(
            self, port: port, tools: loops.tools(for: port.eventLoop),
            encodings: KnownEncodings(
                acceptsZlib: agreement.acceptsZlib, dictionaryCount: dictionaryCount),
            pageByteCountMax: agreement.usesJSON
                ? AnswerWriter.pageByteCountMaxOfJSON : AnswerWriter.pageByteCountMax)
    }
}

/// Which of the store's encodings a connection can read.
///
/// Dictionaries are offered in the store's order, so an encoding that is known has the same id on
/// the wire as in the store, and a stored body goes out as it is.
struct KnownEncodings: Sendable {
    let acceptsZlib: Bool
    let dictionaryCount: Int

    func contains(_ encoding: StoredEncoding) -> Bool {
        if encoding == .identity { return true }
        return acceptsZlib
            && Int(encoding.rawValue) < Int(EncodingID.firstDictionary) + dictionaryCount
    }
}

/// What the connections of an event loop share: each would be too much for each of them.
final class LoopTools {
    let reader: DocumentReader
    let inflater = DocumentInflater()
    let stamp = AnswerStamp()

    init(_ reader: DocumentReader) {
        self.reader = reader
    }
}

/// One set of tools for each event loop.
private final class ToolsByLoop: Sendable {
    private let store: DocumentStore
    private let tools = Mutex<[ObjectIdentifier: NIOLoopBound<LoopTools>]>([:])

    init(store: DocumentStore) {
        self.store = store
    }

    /// On that event loop.
    func tools(for eventLoop: any EventLoop) -> LoopTools {
        let id = ObjectIdentifier(eventLoop)
        if let known = tools.withLock({ $0[id] }) { return known.value }
        let made = LoopTools(store.makeReader())
        let bound = NIOLoopBound(made, eventLoop: eventLoop)
        tools.withLock { $0[id] = bound }
        return made
    }
}
