/// What a domain's events have made of its tables: with it, `verify --deep` makes the tables anew
/// from the log alone, and compares them with what commands have left; and `import` makes a whole
/// database of a log's events.
///
/// ```swift
/// var replay: Replay<AccountTables> {
///     Replay(of: ["accounts"]) {
///         Apply(Bank_V1_Opened.self) { event, db in try db.open(event.accountID, event.owner) }
///         Apply(Bank_V1_Deposited.self) { event, db in
///             try db.deposit(event.amountMinor, event.accountID)
///         }
///     }
/// }
/// ```
public struct Replay<DomainTables: Tables>: Sendable {
    let tables: [String]
    let steps: [Apply<DomainTables>]

    /// - Parameters:
    ///   - tables: those that are wholly made of events; each has a primary key. Others (counters,
    ///     notes of the commands' own) aren't compared; but commands have to go on with them.
    ///   - steps: one for each of the domain's events.
    public init(
        of tables: [String], @ReplayBuilder<DomainTables> steps: () -> [Apply<DomainTables>]
    ) {
        self.tables = tables
        self.steps = steps()
    }

    /// Of no table.
    public static var none: Self { Replay(of: []) {} }
}

/// What one type of event does to the tables.
public struct Apply<DomainTables: Tables>: Sendable {
    let event: any Event.Type
    let run: @Sendable (any Event, DomainTables) throws -> Void

    /// - Parameter change: what its command has done to the tables of the replay, told from the
    ///   event and the tables alone.
    public init<E: Event>(
        _ event: E.Type, _ change: @escaping @Sendable (E, DomainTables) throws -> Void
    ) {
        self.event = event
        run = { event, tables in
            guard let event = event as? E else {
                preconditionFailure("a step of a replay was given another event")
            }
            try change(event, tables)
        }
    }

    /// An event that changes none of the replay's tables.
    public init(ignoring event: any Event.Type) {
        self.event = event
        run = { _, _ in }
    }
}

/// Collects a replay's steps.
@resultBuilder public enum ReplayBuilder<DomainTables: Tables> {
    public static func buildExpression(_ step: Apply<DomainTables>) -> [Apply<DomainTables>] {
        [step]
    }

    /// Steps that were collected elsewhere.
    public static func buildExpression(_ steps: [Apply<DomainTables>]) -> [Apply<DomainTables>] {
        steps
    }

    public static func buildBlock(_ steps: [Apply<DomainTables>]...) -> [Apply<DomainTables>] {
        steps.flatMap { $0 }
    }
}
