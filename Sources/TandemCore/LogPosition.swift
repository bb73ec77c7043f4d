/// Where an event stands in the log: 1 for the first event ever, without a gap after it.
///
/// A position is the currency of consistency: each command's answer carries the position it
/// reached, each query's answer the position it reflects. 0 stands before the first event.
public struct LogPosition: RawRepresentable, Hashable, Comparable, Sendable {
    /// As on the wire; of a real event below 2^63, since its database counts in Int64.
    public let rawValue: UInt64

    /// Any number is a position, whether or not a log reaches that far.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Before the first event.
    public static let beginning = LogPosition(rawValue: 0)
    /// The first event's position.
    package static let first = LogPosition(rawValue: 1)

    /// Earlier in the same log; positions of two logs have no order.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The position after this one; `nil` behind the last that a database can count to, 2^63 - 1.
    ///
    /// A log that took a million events a second would get there after 292,000 years, so one that
    /// has is damaged.
    public var next: LogPosition? {
        rawValue < UInt64(Int64.max) ? LogPosition(rawValue: rawValue + 1) : nil
    }
}

extension LogPosition: CustomStringConvertible {
    /// In decimal.
    public var description: String { String(rawValue) }
}
