/// What an operator is told when commands can't be recorded, and when they can again. Pure; one
/// line for each change of the reason, and for each reason at most one in ten seconds, however
/// many commands are sent meanwhile.
struct RefusalReport {
    enum Kind: Hashable {
        case diskFull, unavailable, databaseFull, diskNearlyFull, keysFull
    }

    /// What the log said last, while it holds.
    private var told: Kind?
    private var lastTold: [Kind: ContinuousClock.Instant] = [:]

    private static var pause: Duration { .seconds(10) }

    /// When commands are refused: a line for the log, or `nil`.
    mutating func refuse(
        _ kind: Kind, now: ContinuousClock.Instant, _ line: @autoclosure () -> String
    ) -> String? {
        guard kind != told else { return nil }
        if let last = lastTold[kind], now < last + Self.pause { return nil }
        lastTold[kind] = now
        told = kind
        return line()
    }

    /// When a group was recorded: a line for the log, or `nil`.
    mutating func record() -> String? {
        guard told != nil else { return nil }
        told = nil
        return "commands are recorded again"
    }
}
