/// A moment of the monotonic clock, in nanoseconds since some start; passed in by who owns a clock.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// How long after `earlier` this is; zero if it isn't.
    package func since(_ earlier: MonotonicTime) -> Duration {
        .nanoseconds(Int64(clamping: nanoseconds - min(nanoseconds, earlier.nanoseconds)))
    }

    package func advanced(by milliseconds: UInt32) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds &+ UInt64(milliseconds) * 1_000_000)
    }
}
