public import EventStore
public import Projection

/// An application, as the two servers see it: what it is told, what it remembers, what it shows.
///
/// The write server takes its name, migrations and commands; the read server its documents,
/// reducer and queries. Everything else (ports, log, projections, snapshots, clients) is Tandem's.
public protocol Domain: Sendable {
    /// What its commands work on: its prepared statements.
    associatedtype Model: WriteModel

    /// Its protobuf package, for example `tandem.orders.v1`; also the domain of its errors.
    var name: String { get }
    /// Its tables, from the first release on.
    var migrations: [SchemaMigration] { get }
    /// What the command port answers.
    var commands: [CommandDefinition<Model>] { get }
    /// Its collections; their order is their numbers.
    var documents: [any Document.Type] { get }
    /// What makes documents of events.
    var reducer: any Reducer { get }
    /// What the query port answers.
    var queries: [QueryDefinition] { get }
}
