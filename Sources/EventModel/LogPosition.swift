/// Where an event stands in the log: 1 for the first event ever, without a gap after it.
///
/// A position is the currency of consistency: each command's answer carries the position it
/// reached, each query's answer the position it reflects. 0 stands before the first event.
public struct LogPosition: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Before the first event.
    public static let beginning = LogPosition(rawValue: 0)

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The position after this one.
    ///
    /// Wraps to ``beginning`` at 2^64, which a log that took a million events a second would
    /// reach after 584,000 years.
    public var next: LogPosition {
        LogPosition(rawValue: rawValue &+ 1)
    }
}

extension LogPosition: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
