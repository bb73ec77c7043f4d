package import ConnectionState

/// What is worth a line of log about a failure that repeats itself: each reason once, and then, as
/// long as it lasts, a summary after pauses that double from 10 s up to an hour. Pure.
package struct OutageLog: Sendable {
    private var beganAt: MonotonicTime?
    private var attemptCount = 0
    /// Those that were told of in this outage. Few: past that, only summaries.
    private var reasons: [String] = []
    private var pauseMilliseconds = pauseMillisecondsMin
    private var summaryAt = MonotonicTime(nanoseconds: 0)

    private static let pauseMillisecondsMin: UInt32 = 10_000
    private static let pauseMillisecondsMax: UInt32 = 3_600_000
    private static let reasonCountMax = 8

    package init() {}

    /// The line for one more failure, if it deserves one.
    package mutating func failed(because reason: String, now: MonotonicTime) -> String? {
        attemptCount += 1
        guard let beganAt else {
            beganAt = now
            begin(reason, now)
            return reason
        }
        if !reasons.contains(reason), reasons.count < Self.reasonCountMax {
            reasons.append(reason)
            return reason
        }
        guard now >= summaryAt else { return nil }
        pauseMilliseconds = min(2 * pauseMilliseconds, Self.pauseMillisecondsMax)
        summaryAt = now.advanced(by: pauseMilliseconds)
        return "for \(Self.text(now.since(beganAt))) now, \(attemptCount) attempts, "
            + "the last: \(reason)"
    }

    /// The line for its end: how long it was; `nil` if there was none.
    package mutating func ended(now: MonotonicTime) -> String? {
        guard let beganAt else { return nil }
        defer { self = OutageLog() }
        return "after \(Self.text(now.since(beganAt))) and \(attemptCount) attempts"
    }

    private mutating func begin(_ reason: String, _ now: MonotonicTime) {
        reasons = [reason]
        summaryAt = now.advanced(by: pauseMilliseconds)
    }

    private static func text(_ duration: Duration) -> String {
        let seconds = Int(duration / .seconds(1))
        return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
    }
}
