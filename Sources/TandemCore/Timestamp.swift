/// A moment of the wall clock: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// For people and records only. Order comes from positions, deadlines from the monotonic clock.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Negative before 1970.
    public let microseconds: Int64

    /// Any number is a moment; nothing is rounded.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Earlier by the wall clock, which may have been set back in between.
    public static func < (left: Self, right: Self) -> Bool {
        left.microseconds < right.microseconds
    }
}
