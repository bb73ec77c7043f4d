package import Projection
import SwiftProtobuf
package import TandemCore
package import WriteStore

/// A domain whose parts fit together, as the servers see it.
///
/// The write server takes its name, migrations and commands; the read server its documents,
/// reducer and queries. Everything else (ports, log, projections, snapshots, clients) is Tandem's.
package struct CheckedDomain: Sendable {
    /// Its protobuf package; also the domain of its errors.
    package let name: String
    /// Its protobuf files: a FileDescriptorSet.
    package let files: [UInt8]
    package let migrations: [Migration]
    /// What the command port answers.
    package let commands: [CommandDefinition]
    /// Its collections; their order is their numbers.
    package let documents: [any ProjectedDocument.Type]
    /// What makes documents of events.
    package let reducer: any Reducer
    /// What the query port answers.
    package let queries: [QueryDefinition]
    private let events: EventRegistry
    /// Made on the writer's thread, before the first command.
    package let makeStatements:
        @Sendable (WriteConnection) throws(StorageError) -> any PreparedStatements

    /// The tables that events alone have made; none if the domain doesn't say how.
    package let replayedTables: [String]
    /// Does to them what an event's command has done; with statements by ``makeStatements``.
    package let replay: @Sendable (RecordedEvent, any PreparedStatements) throws -> Void

    /// - Throws: What is wrong with the domain, in one sentence.
    package init(_ domain: some Domain) throws(DomainMistake) {
        let documents = domain.documents
        try DomainCheck.check(documents)
        let commands = domain.commands
        let views = domain.views
        let events = try EventRegistry(domain.events, retired: domain.retiredEvents)
        try DomainCheck.check(views, events: domain.events)
        try DomainCheck.check(
            commands.compactMap(\.decider), events: domain.events, retired: domain.retiredEvents)
        try DomainCheck.check(domain.migrations)
        let replay = domain.replay
        try DomainCheck.check(replay, events: domain.events)
        let collections = Collections(documents)
        try DomainCheck.check(sumsOf: views, in: collections)
        var queries: [QueryHandler] = []
        for query in domain.queries { queries.append(try query.handler(in: collections)) }
        try DomainCheck.check(
            domain.methods, commands: commands.map(\.method),
            queries: queries.map(\.definition.method))
        try DomainCheck.check(
            batches: commands.compactMap { command in
                command.batch.map { (command.method, $0.part, $0.countMax) }
            },
            parts: commands.filter { $0.batch == nil }.map(\.method))
        try DomainCheck.rehearse(queries)
        try DomainCheck.rehearse(views, in: collections)
        name = domain.name
        self.events = events
        makeStatements = Self.statementsMaker(of: domain, events)
        migrations = domain.migrations
        replayedTables = replay.tables
        self.replay = Self.replayer(replay, events)
        self.commands = commands.map { $0.define() }
        files = try DomainFiles.bytes(
            domain.fileDescriptors,
            describing: self.commands.map {
                .init(
                    name: $0.method, request: $0.requestType, reply: $0.replyType, isStream: false)
            }
                + queries.map(\.definition).map {
                    .init(
                        name: $0.method, request: $0.requestType, reply: $0.answerType,
                        isStream: $0.kind == .many)
                })
        self.documents = documents
        self.queries = queries.map(\.definition)
        reducer = ViewReducer(views, events: events, collections: collections)
    }

    /// An event of the log, as it is written today.
    package func event(_ recorded: RecordedEvent) throws -> any Event {
        guard let event = try events.event(recorded.type, recorded.payload) else {
            throw ReductionError.unknownEventType
        }
        return event
    }

    /// Whether two encodings of a document of a collection mean the same.
    package func areAlike(_ collection: Int, _ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard let type = documents[collection] as? any Document.Type else { return false }
        do {
            let one = try type.init(serializedBytes: one)
            return one.isEqualTo(message: try type.init(serializedBytes: other))
        } catch {
            // What isn't one means nothing.
            return false
        }
    }

    package func number(of document: any Document.Type) throws(DomainMistake) -> Int {
        try Collections(documents.compactMap { $0 as? any Document.Type }).number(of: document)
    }

    private static func replayer<DomainTables: Tables>(
        _ replay: Replay<DomainTables>, _ events: EventRegistry
    ) -> @Sendable (RecordedEvent, any PreparedStatements) throws -> Void {
        let steps = Dictionary(
            replay.steps.map { (ObjectIdentifier($0.event), $0) }, uniquingKeysWith: { $1 })
        return { recorded, statements in
            guard let event = try events.event(recorded.type, recorded.payload),
                let step = steps[ObjectIdentifier(type(of: event))],
                let statements = statements as? PreparedTables<DomainTables>
            else { throw ReductionError.unknownEventType }
            try step.run(event, statements.tables)
        }
    }

    private static func statementsMaker<Application: Domain>(
        of domain: Application, _ events: EventRegistry
    ) -> @Sendable (WriteConnection) throws(StorageError) -> any PreparedStatements {
        { (connection) throws(StorageError) in
            try PreparedTables<Application.DomainTables>(connection, events: events)
        }
    }
}
