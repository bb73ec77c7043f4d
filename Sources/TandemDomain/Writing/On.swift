public import SwiftProtobuf
public import TandemCore
import WriteStore

/// What one command does: its handler runs in the writer's transaction, on the writer's thread.
///
/// A handler reads and changes tables, appends events, and answers a reply; or it throws a
/// `Rejection`, and nothing has happened. Whatever else it throws is rolled back, logged, and
/// answered INTERNAL. It may run twice, the first time being taken back: so it does nothing but
/// what its tables and its log are told.
///
/// ```swift
/// On(Bank.deposit) { request, db, log in
///     guard try db.deposit(request.amountMinor, request.accountID) == 1 else {
///         throw Rejection.notFound("account", request.accountID)
///     }
///     try log.append(Bank_V1_Deposited(request))
///     return .with { $0.accountID = request.accountID }
/// }
/// ```
public struct On<DomainTables: Tables>: Sendable {
    let method: String
    let define: @Sendable () -> CommandDefinition
    /// The events' types that it folds.
    let decider: FoldedEvents?
    /// If it is a batch: the method that each part is a call of, and how many there may be.
    let batch: (part: String, countMax: Int)?

    /// For a few fields of text.
    public static var requestByteCountMax: Int { 4 << 10 }

    /// - Parameters:
    ///   - requestByteCountMax: a larger request is refused before it is read: 1,000 KiB at most.
    ///   - handler: one command after the other, in order.
    public init<Request: Message, Reply: Message>(
        _ method: Command<Request, Reply>, requestByteCountMax: Int = requestByteCountMax,
        handler:
            @escaping @Sendable (Request, DomainTables, inout EventLog) throws -> Reply
    ) {
        self.init(
            method, requestByteCountMax: requestByteCountMax, prepare: { $0 }, heldByteCount: nil,
            handler: handler)
    }

    /// A command of two steps: `prepare` checks what the request alone can tell, on the thread that
    /// received it, so that the one writer's thread has less to do.
    ///
    /// What `prepare` turns down is answered at once, as not processed, and not kept under the
    /// idempotency key: the same bytes get the same rejection again. Pure.
    ///
    /// ```swift
    /// On(Orders.renameUser, prepare: { (request) throws(Rejection) -> ExactText in
    ///     try Check.line(request.name, byteCount: 1...200, "name", or: "INVALID_NAME")
    /// }) { name, db, log in … }
    /// ```
    ///
    /// Say what the closure throws, which Swift demands, and what it returns: otherwise Swift tells
    /// any mistake among the commands at this place.
    ///
    /// - Parameter heldByteCount: what a prepared request holds in memory, about, while it waits;
    ///   how much may wait is bounded. Without it, 16 times the request's bytes are counted.
    public init<Request: Message, Prepared: Sendable, Reply: Message>(
        _ method: Command<Request, Reply>, requestByteCountMax: Int = requestByteCountMax,
        prepare: @escaping @Sendable (Request) throws(Rejection) -> Prepared,
        heldByteCount: (@Sendable (Prepared) -> Int)? = nil,
        handler:
            @escaping @Sendable (Prepared, DomainTables, inout EventLog) throws -> Reply
    ) {
        self.init(method.name, decider: nil) {
            CommandDefinition(
                method.name, requestByteCountMax: requestByteCountMax, prepare: prepare,
                heldByteCount: heldByteCount
            ) {
                (prepared, statements: PreparedTables<DomainTables>, transaction)
                    throws(CommandFailure) -> Reply in
                try statements.run(&transaction) { log in
                    try handler(prepared, statements.tables, &log)
                }
            }
        }
    }

    /// A command about one thing whose state is folded from its events.
    ///
    /// - Parameters:
    ///   - decider: how it is folded.
    ///   - id: the request's field with the thing's id.
    ///   - handler: gets the state, or `nil` if the thing has no event yet.
    public init<Request: Message, State: Message, ID: StreamIdentifier, Reply: Message>(
        _ method: Command<Request, Reply>, _ decider: Decider<State>,
        _ id: Field<Request, ID>, requestByteCountMax: Int = requestByteCountMax,
        handler: @escaping @Sendable (Request, State?, inout EventLog) throws -> Reply
    ) {
        self.init(method.name, decider: FoldedEvents(decider)) {
            CommandDefinition(
                method.name, requestByteCountMax: requestByteCountMax, prepare: { $0 }
            ) {
                (request: Request, statements: PreparedTables<DomainTables>, transaction)
                    throws(CommandFailure) -> Reply in
                try statements.run(&transaction) { log in
                    let state = try log.state(of: decider, request[keyPath: id])
                    return try handler(request, state, &log)
                }
            }
        }
    }

    /// Many commands in one request, up to `countMax`: each is a call of another method, with a key
    /// and an outcome of its own, run in order; one that is turned down hinders no other.
    ///
    /// ```swift
    /// On(Bank.depositAll, each: Bank.deposit)
    /// ```
    ///
    /// They share transactions as commands of different calls do: there may be others between them.
    /// The call's own key names no outcome; it makes keys for the parts that state none.
    ///
    /// - Parameters:
    ///   - countMax: 1 to 8,192.
    ///   - requestByteCountMax: as above; the limits of a request of `part` hold beside it.
    public init<Request: BatchRequest, Reply: BatchReply>(
        _ method: Command<Request, Reply>,
        each part: Command<Request.Part.Request, Reply.Outcome.Reply>, countMax: Int = 1_000,
        requestByteCountMax: Int = 1_000 << 10
    ) {
        self.init(method.name, decider: nil, batch: (part.name, countMax)) {
            CommandDefinition(
                method, of: part.name, countMax: countMax, requestByteCountMax: requestByteCountMax)
        }
    }

    private init(
        _ method: String, decider: FoldedEvents?, batch: (part: String, countMax: Int)? = nil,
        define: @escaping @Sendable () -> CommandDefinition
    ) {
        self.method = method
        self.decider = decider
        self.batch = batch
        self.define = define
    }
}

/// Which events a decider folds, for those who don't know its state.
struct FoldedEvents: Sendable {
    let kind: String
    let events: [any Event.Type]

    init<State>(_ decider: Decider<State>) {
        kind = decider.kind
        events = decider.evolves.map(\.event)
    }
}

/// Collects a domain's commands.
@resultBuilder public enum CommandsBuilder<DomainTables: Tables> {
    public static func buildExpression(_ command: On<DomainTables>) -> [On<DomainTables>] {
        [command]
    }

    /// Commands that were collected elsewhere.
    public static func buildExpression(_ commands: [On<DomainTables>]) -> [On<DomainTables>] {
        commands
    }

    public static func buildBlock(_ commands: [On<DomainTables>]...) -> [On<DomainTables>] {
        commands.flatMap { $0 }
    }
}

/// What the writer's thread has of a domain: its statements, and the states that it has folded.
final class PreparedTables<DomainTables: Tables>: PreparedStatements {
    let tables: DomainTables
    private let events: EventRegistry
    private let states: DeciderStates

    init(_ connection: WriteConnection, events: EventRegistry) throws(StorageError) {
        tables = try Preparation(connection).make(DomainTables.self)
        states = try DeciderStates(connection, events: events)
        self.events = events
    }

    func commandWasUndone() { states.commandWasUndone() }

    func groupWasUndone() { states.groupWasUndone() }

    func run<Reply>(
        _ transaction: inout CommandTransaction, _ body: (inout EventLog) throws -> Reply
    ) throws(CommandFailure) -> Reply {
        states.commandBegan()
        var log = EventLog(transaction: transaction, events: events, states: states)
        defer { transaction = log.transaction }
        do { return try body(&log) } catch let rejection as Rejection {
            throw .rejected(rejection)
        } catch let error as StorageError {
            throw error.isNumberTooLarge ? .rejected(.numberTooLarge) : .storage(error)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .storage(.mistake("its handler failed: \(error)"))
        }
    }
}

extension Rejection {
    /// A request's number is none that SQLite has.
    fileprivate static let numberTooLarge = Rejection(
        .invalidArgument, reason: "NUMBER_TOO_LARGE",
        message: "a number of the request is larger than \(Int64.max), which nothing is")

    /// There is no such thing.
    ///
    /// - Parameters:
    ///   - thing: what, as `account`; in metadata with its id.
    ///   - field: where the request names it; `nil`: in the field of that name, `account_id`.
    public static func notFound(
        _ thing: String, _ id: some StreamIdentifier, field: String? = nil
    ) -> Rejection {
        Rejection(
            .notFound, reason: "UNKNOWN_\(thing.uppercased())",
            message: "there is no \(thing) \(id)" + (field.map { " (\($0))" } ?? ""),
            metadata: ["\(thing)_id": "\(id)", "field": field ?? "\(thing)_id"])
    }

    /// There is such a thing already.
    ///
    /// - Parameter thing: what, as `account`; in metadata with its id.
    public static func exists(_ thing: String, _ id: some StreamIdentifier) -> Rejection {
        Rejection(
            .alreadyExists, reason: "\(thing.uppercased())_EXISTS",
            message: "\(thing) \(id) is there already",
            metadata: ["\(thing)_id": "\(id)", "field": "\(thing)_id"])
    }

    /// A field of the request holds what it may not; the reason is INVALID_ and the field's name:
    /// INVALID_SEATS of `seats`, and of `lines[2].seats` too.
    ///
    /// - Parameters:
    ///   - field: its path in the request.
    ///   - rule: what it must, as `must be 1 or more`.
    public static func invalid(_ field: String, _ rule: String) -> Rejection {
        let name = field.split(separator: ".").last?.prefix { $0 != "[" } ?? ""
        return invalid(field, "\(field) \(rule)", reason: "INVALID_\(name.uppercased())")
    }

    /// A field of the request is missing, too much, or against another: `reason` says what, for
    /// programs.
    public static func invalid(
        _ field: String, _ message: String, reason: String
    ) -> Rejection {
        Rejection(.invalidArgument, reason: reason, message: message, metadata: ["field": field])
    }

    /// The state of things is against it: `reason` says what, for programs.
    public static func refused(
        _ reason: String, _ message: String, metadata: [String: String] = [:]
    ) -> Rejection {
        Rejection(.failedPrecondition, reason: reason, message: message, metadata: metadata)
    }
}
