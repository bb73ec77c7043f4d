public import TandemCore
public import WriteStore

/// An application: what it is told, what it remembers, what it shows.
///
/// Three lists are its table of contents: its methods, events and documents. When a server starts,
/// they are compared with the commands, views and queries below: what is missing, superfluous or
/// doubled is told in one sentence, and the server doesn't start.
///
/// ```swift
/// struct Accounts: Domain {
///     let name = "bank.v1"
///     let methods: [any Method] = [Bank.open, Bank.deposit, Bank.account]
///     let events: [any Event.Type] = [Bank_V1_Opened.self, Bank_V1_Deposited.self]
///     let documents: [any Document.Type] = [Bank_V1_Account.self]
///     …
/// }
/// ```
public protocol Domain: Sendable {
    /// Its statements, if it has tables.
    associatedtype DomainTables: Tables = NoTables

    /// Its protobuf package, as `bank.v1`; also the domain of its errors.
    var name: String { get }
    /// All that can be called, on either port.
    var methods: [any Method] { get }
    /// All that its commands append.
    var events: [any Event.Type] { get }
    /// What its logs may hold and its commands don't append any more.
    var retiredEvents: [any RetiredEvent.Type] { get }
    /// All that its queries answer. Their order is their collections' numbers: a change of it, or
    /// of an index, has the documents built anew from the log.
    var documents: [any Document.Type] { get }

    /// The protobuf files of its methods' messages, and of all that these are made of, with
    /// comments: what `tandem describe` shows. FileDescriptorSets in base64, as
    /// `protoc --include_imports --include_source_info --descriptor_set_out=…` makes them; without
    /// any, only names are shown.
    var fileDescriptors: [String] { get }

    /// Its tables, from the first release on.
    var migrations: [Migration] { get }
    /// What the command port answers.
    @CommandsBuilder<DomainTables> var commands: [On<DomainTables>] { get }
    /// What the events have made of its tables, so that these can be verified: ``Replay``.
    var replay: Replay<DomainTables> { get }
    /// What makes documents of events.
    @ViewsBuilder var views: [any View] { get }
    /// What the query port answers.
    @QueriesBuilder var queries: [any QueryHandling] { get }
}

extension Domain {
    public var retiredEvents: [any RetiredEvent.Type] { [] }
    public var fileDescriptors: [String] { [] }
    public var migrations: [Migration] { [] }
    public var replay: Replay<DomainTables> { .none }
}
