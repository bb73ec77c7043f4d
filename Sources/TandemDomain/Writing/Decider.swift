public import SwiftProtobuf

/// How a thing's state follows from its events: for write sides without tables.
///
/// ```swift
/// static let account = Decider<Bank_V1_AccountState>("account") {
///     Evolve(Bank_V1_Opened.self) { state, event in state.isOpen = true }
///     Evolve(Bank_V1_Deposited.self) { state, event in state.balanceMinor += event.amountMinor }
/// }
/// ```
///
/// The state is a message, so that it can be kept: a snapshot of it is written every
/// ``snapshotInterval`` events, and folding goes on from there.
public struct Decider<State: Message>: Sendable {
    /// The kind of the streams that it folds, as ``EventStream`` names it.
    public let kind: String
    /// Part of each snapshot: one of another revision is not used.
    public let revision: Int
    /// About how many events are read again behind a snapshot, at the most.
    public let snapshotInterval: Int
    /// In full: tells its snapshots from those of others of the same streams.
    let name: String
    let evolves: [Evolve<State>]
    private let evolvers: [ObjectIdentifier: Evolve<State>]

    /// - Parameters:
    ///   - revision: to be raised with every change of what the events make of the state.
    ///   - snapshotInterval: 1 or more.
    public init(
        _ kind: String, revision: Int = 1, snapshotInterval: Int = 256,
        @EvolveBuilder<State> evolve: () -> [Evolve<State>]
    ) {
        self.kind = kind
        self.revision = revision
        self.snapshotInterval = max(snapshotInterval, 1)
        name = "\(State.protoMessageName)/\(revision)"
        evolves = evolve()
        // One that is given twice is found when the server starts: see DomainCheck.
        evolvers = Dictionary(
            evolves.map { (ObjectIdentifier($0.event), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What one event makes of a state.
    func evolve(_ state: inout State, by event: any Event) throws {
        guard let evolver = evolvers[ObjectIdentifier(type(of: event))] else {
            throw CommandMistake(
                "folded \(type(of: event).eventName), of which \(kind)'s Decider says nothing")
        }
        try evolver.change(&state, event)
    }
}

/// What an event makes of a ``Decider``'s state.
public struct Evolve<State: Message>: Sendable {
    let event: any Event.Type
    let change: @Sendable (inout State, any Event) throws -> Void

    /// - Parameter change: pure. What it throws fails each command on that stream: it is for what
    ///   can't be.
    public init<E: Event>(
        _ event: E.Type, _ change: @escaping @Sendable (inout State, E) throws -> Void
    ) {
        self.event = event
        self.change = { state, event in
            guard let event = event as? E else {
                preconditionFailure("an event was given to another's Evolve")
            }
            try change(&state, event)
        }
    }

    /// An event that changes nothing of the state.
    public init<E: Event>(ignoring event: E.Type) {
        self.init(event) { _, _ in }
    }
}

/// Collects a ``Decider``'s ``Evolve``s.
@resultBuilder public enum EvolveBuilder<State: Message> {
    public static func buildExpression(_ evolve: Evolve<State>) -> Evolve<State> { evolve }

    public static func buildBlock(_ evolves: Evolve<State>...) -> [Evolve<State>] { evolves }
}
