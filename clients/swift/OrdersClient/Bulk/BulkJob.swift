public import TandemClient
public import TandemCore

/// Where a ``BulkSender`` gets its commands from, and who hears what became of them.
///
/// All calls come from one event loop, one at a time, and hold up all sending while they run.
public protocol BulkJob: AnyObject, Sendable {
    /// The next command; `nil` when there are no more, after which it is not asked again.
    func next() -> BulkCommand?

    /// A command was refused; called before the refusal goes to ``received(_:for:)``.
    ///
    /// - Returns: What to send in its place, whose answer then counts; `nil` lets the refusal
    ///   stand.
    func replacement(for command: BulkCommand, after error: TandemError) -> BulkCommand?

    /// A command got its answer; called once for each, in no particular order. Commands that
    /// failed in a way that may pass have been sent again already.
    ///
    /// - Returns: A document to read back before the command counts as done; usually `nil`.
    func received(
        _ result: Result<BulkAnswer, TandemError>, for command: BulkCommand
    ) -> BulkFollowUp?

    /// What the document asked for looks like, at least as recent as the command's answer.
    func received(
        _ result: Result<BulkDocument, TandemError>, followUp: BulkFollowUp,
        for command: BulkCommand, elapsed: Duration)
}

extension BulkJob {
    /// Every refusal stands.
    public func replacement(for _: BulkCommand, after _: TandemError) -> BulkCommand? { nil }
}

/// A command's answer, undecoded.
public struct BulkAnswer: Sendable {
    /// The position that the command reached.
    public let token: ConsistencyToken?
    /// The command had been carried out before.
    public let isReplay: Bool
    /// From the first time that the command was sent to its answer.
    public let elapsed: Duration
}

/// A document to read back.
public enum BulkFollowUp: Hashable, Sendable {
    case user(UserID)
    case product(ProductID)
    case order(OrderID)
}

/// A document that was read back.
public enum BulkDocument: Hashable, Sendable {
    case user(User)
    case product(Product)
    case order(Order)
}

/// How a ``BulkSender`` works.
public struct BulkConfiguration: Sendable {
    /// Connections to the command port, at least 1.
    public var connectionCount = 4
    /// Commands in flight on each connection, as far as the server allows as many.
    public var inFlightPerConnection = 1_000
    /// How long to go on without any answer, reconnecting and sending again, before giving up.
    public var patience: Duration = .seconds(60)
    /// The same before the first connection stands.
    public var connectPatience: Duration = .seconds(3)

    /// The defaults.
    public init() {}
}
