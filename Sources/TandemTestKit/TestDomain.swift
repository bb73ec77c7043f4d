import Compression
import DocumentStore
import Projection
public import SwiftProtobuf
import Synchronization
public import TandemCore
public import TandemDomain
import WriteStore

/// A domain in memory, for tests: commands run in transactions, views make documents, queries
/// answer; no server, no files, no waiting.
///
/// ```swift
/// let bank = try TestDomain(Bank())
/// try bank.given(.opened(7)).when(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 5 })
///     .then(Bank_V1_Deposited.with { $0.accountID = 7; $0.amountMinor = 5 })
/// try bank.then(Bank_V1_Account.with { $0.accountID = 7; $0.balanceMinor = 5 })
/// ```
///
/// What doesn't hold is thrown as an ``ExpectationFailure`` that shows the difference. Used by one
/// test at a time.
public final class TestDomain<Application: Domain> {
    /// The domain that is tested.
    public let domain: Application
    private let checked: CheckedDomain
    private let store: MemoryStore
    private let documents: DocumentStore
    private let projection: ProjectionRunner
    private let clock: TestClock
    /// What an operator would have been told.
    private let told: ToldLines

    /// - Throws: What is wrong with the domain, in one sentence.
    public init(_ domain: Application) throws {
        let checked = try CheckedDomain(domain)
        let clock = TestClock()
        let told = ToldLines()
        self.told = told
        self.domain = domain
        self.checked = checked
        self.clock = clock
        store = try MemoryStore(
            migrations: checked.migrations, wallClock: { clock.now }, log: { told.add($0) },
            makeStatements: checked.makeStatements)
        documents = DocumentStore(schema: checked.documents.map { $0.collection })
        projection = ProjectionRunner(
            store: documents, collections: checked.documents, reducer: checked.reducer)
    }

    /// The wall clock that commands see: stands still unless it is set.
    public var now: Timestamp {
        get { clock.now }
        set { clock.now = newValue }
    }

    // MARK: - Given

    /// Puts events into the log, as if commands had appended them. They don't change tables: a
    /// domain with tables is given commands.
    @discardableResult
    public func given(_ events: any Event...) throws -> Self {
        for event in events { try append(event) }
        try project()
        return self
    }

    /// Carries out a command that must succeed.
    @discardableResult
    public func given<Request: Message, Reply: Message>(
        _ method: Command<Request, Reply>, _ request: Request,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> Self {
        if let rejection = try when(method, request).rejection {
            throw ExpectationFailure(
                "the given \(method.name) was turned down: \(rejection.summary)",
                SourcePlace(file, line))
        }
        return self
    }

    // MARK: - When

    /// Carries out a command; what came of it is in the outcome.
    @discardableResult
    public func when<Request: Message, Reply: Message>(
        _ method: Command<Request, Reply>, _ request: Request
    ) throws -> CommandResult<Reply> {
        guard let command = checked.commands.first(where: { $0.method == method.name }) else {
            throw ExpectationFailure("\(method.name) is no command of the domain", nil)
        }
        let head = try store.events(after: .beginning).last?.position ?? .beginning
        let bytes: [UInt8] = try request.serializedBytes()
        guard bytes.count <= command.requestByteCountMax else {
            throw ExpectationFailure(
                """
                a server refuses this request before it is read: it has \(bytes.count) bytes, of \
                \(command.requestByteCountMax) that its On allows
                """, nil)
        }
        let result = try run(command, bytes[...])
        try project()
        return CommandResult(
            reply: try result.success.map { try Reply(serializedBytes: $0) },
            rejection: result.failure,
            events: try store.events(after: head).map { try checked.event($0) })
    }

    // MARK: - Then

    /// The document with an id, if there is one.
    public func document<D: Document>(_ type: D.Type, _ id: D.ID) throws -> D? {
        let number = try checked.number(of: type)
        return try reading { reader, inflate in
            guard let found = reader.document(collection: number, key: id.documentKey) else {
                return nil
            }
            return try D(serializedBytes: try inflate(found, number))
        }
    }

    /// Expects a document to be as it is given.
    public func then<D: Document>(
        _ expected: D, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        let found = try document(D.self, D.key.id(of: expected))
        try expectEqual(
            [found].compactMap { $0 }, [expected], "the documents", SourcePlace(file, line))
    }

    /// Expects the tables to be what the domain's `replay` makes of the events so far: of
    /// those that commands have appended, not of given ones.
    public func thenTablesAreReplayed(file: StaticString = #fileID, line: UInt = #line) throws {
        guard !checked.replayedTables.isEmpty else {
            throw ExpectationFailure("the domain's replay names no tables", SourcePlace(file, line))
        }
        let comparison = try TableComparison(
            of: checked.replayedTables, migrations: checked.migrations,
            makeStatements: checked.makeStatements, apply: checked.replay)
        do { try store.compare(with: comparison) } catch let error as StorageError {
            throw ExpectationFailure(error.message, SourcePlace(file, line))
        }
    }

    /// What a query answers; `nil` for NOT_FOUND.
    public func ask<Request: Message, Answer: Message>(
        _ method: Query<Request, Answer>, _ request: Request
    ) throws -> Answer? {
        try answers(method.name, request).items.first.map { try Answer(serializedBytes: $0) }
    }

    /// All that a listing answers, page by page.
    public func list<Request: Message, Item: Message>(
        _ method: Listing<Request, Item>, _ request: Request
    ) throws -> [Item] {
        var request = request
        var items: [Item] = []
        while true {
            let page = try answers(method.name, request)
            items += try page.items.map { try Item(serializedBytes: $0) }
            guard !page.cursor.isEmpty, var next = request as? any PageRequest else {
                return items
            }
            next.cursor = .init(page.cursor)
            guard let typed = next as? Request else { return items }
            request = typed
        }
    }

    // MARK: - The inside

    private func run(
        _ command: CommandDefinition, _ bytes: ArraySlice<UInt8>
    ) throws -> Result<[UInt8], Rejection> {
        do {
            switch command.work {
            case .one(let decode):
                let work = try unsafe bytes.withUnsafeBytes { bytes throws(Rejection) in
                    try unsafe decode(bytes).work
                }
                return store.run(work, method: command.method).mapError { rejection in
                    // A caller isn't told why; a test is.
                    guard rejection.code == .internal, let line = told.failure(of: command.method)
                    else { return rejection }
                    return Rejection(
                        .internal, reason: rejection.reason, message: "the log says: \(line)")
                }
            case .many(let batch):
                return .success(try batch.reply(try outcomes(of: batch, Array(bytes))))
            }
        } catch let rejection as Rejection {
            return .failure(rejection)
        }
    }

    /// Each part is run once: what a key does is the server's.
    private func outcomes(of batch: CommandBatch, _ bytes: [UInt8]) throws -> [CommandOutcome] {
        guard let part = checked.commands.first(where: { $0.method == batch.partMethod }) else {
            return []
        }
        return try batch.parts(bytes).map { request in
            CommandOutcome(
                tag: 0, result: try run(part, request.request), position: .beginning)
        }
    }

    private func append(_ event: some Event) throws {
        try store.append(
            type(of: event).eventName, payload: try event.serializedBytes(),
            to: StreamID(rawValue: type(of: event).stream.name(of: event)))
    }

    /// Brings the documents up to the log, fan-outs included.
    private func project() throws {
        var events = try store.events(after: documents.position)
        repeat {
            let batch = try projection.run(events)
            documents.publish(batch.changes, position: batch.position, overlay: batch.overlay)
            events.removeAll { $0.position <= batch.position }
            while let part = try projection.runFanOut() {
                documents.publish(part.changes, position: part.position, overlay: part.overlay)
            }
        } while !events.isEmpty
    }

    private func answers(
        _ method: String, _ request: some Message
    ) throws -> (items: [[UInt8]], cursor: [UInt8]) {
        guard let query = checked.queries.first(where: { $0.method == method }) else {
            throw ExpectationFailure("\(method) is no query of the domain", nil)
        }
        let bytes: [UInt8] = try request.serializedBytes()
        let plan = try unsafe bytes.withUnsafeBytes { try unsafe query.compile($0) }
        return try reading { reader, inflate in
            switch plan {
            case .get(let collection, let key):
                let found = reader.document(collection: collection, key: key)
                return (try found.map { [try inflate($0, collection)] } ?? [], [])
            case .many(let collection, let keys):
                let found = keys.compactMap { reader.document(collection: collection, key: $0) }
                return (try found.map { try inflate($0, collection) }, [])
            case .first(let range):
                return (try Self.scan(range, after: nil, limit: 1, reader, inflate).items, [])
            case .page(let range, let after, let limit):
                let page = try Self.scan(range, after: after, limit: limit, reader, inflate)
                return (page.items, page.next.map { Cursor.bytes(after: $0, of: range) } ?? [])
            case .pageOf(let owner, let range, let after, let limit):
                let key = reader.first(owner)?.key
                guard let owned = try range.owned(by: key, after: after) else { return ([], []) }
                let page = try Self.scan(owned, after: after, limit: limit, reader, inflate)
                let cursor = page.next.map { Cursor.bytes(after: $0, of: range, owner: owner) }
                return (page.items, cursor ?? [])
            }
        }
    }

    private typealias Inflate = (StoredDocument, _ collection: Int) throws -> [UInt8]

    private static func scan(
        _ range: IndexRange, after: DocumentKey?, limit: Int, _ reader: DocumentReader,
        _ inflate: Inflate
    ) throws -> (items: [[UInt8]], next: DocumentKey?) {
        var items: [[UInt8]] = []
        var failure: (any Error)?
        let next = reader.scan(range, after: after, limit: limit) { document in
            do { items.append(try inflate(document, range.collection)) } catch { failure = error }
            return failure == nil
        }
        if let failure { throw failure }
        return (items, next)
    }

    private func reading<Value>(
        _ body: (DocumentReader, Inflate) throws -> Value
    ) throws -> Value {
        let reader = documents.makeReader()
        let inflater = DocumentInflater()
        reader.pin()
        defer { reader.unpin() }
        return try body(reader) { document, _ in
            guard document.encoding != .identity else { return unsafe Array(document.body) }
            return try unsafe inflater.inflate(
                document.body, rawByteCount: document.rawByteCount,
                dictionary: document.encoding.dictionaryNumber.map { documents.dictionaries[$0] })
        }
    }
}

/// Lines of a log.
private final class ToldLines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    /// Why a command failed last. Failures that are alike are logged once.
    func failure(of method: String) -> String? {
        lines.withLock { $0.last { $0.hasPrefix("\(method) failed") } }
    }
}

/// The wall clock of a test.
private final class TestClock: Sendable {
    private let time = Mutex(Timestamp(microseconds: 1_700_000_000_000_000))

    var now: Timestamp {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}
