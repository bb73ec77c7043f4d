/// Waits that double from attempt to attempt up to a cap, shortened by chance so that clients
/// that failed together don't come back together.
public struct Backoff: Hashable, Sendable {
    /// The first wait, before chance.
    public var first: Duration = .milliseconds(50)
    /// The longest wait.
    public var longest: Duration = .seconds(2)

    /// The defaults, or waits of one's own.
    public init() {}

    /// The defaults, or waits of one's own.
    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The wait before another attempt after `failureCount` failures in a row.
    ///
    /// - Parameter chance: From 0 (half of the full wait) to 1 (all of it); clamped.
    package func wait(afterFailures failureCount: Int, chance: Double) -> Duration {
        // Doubled only while it is under the cap, so that nothing overflows.
        var full = min(first, longest)
        for _ in 1..<min(max(failureCount, 1), 32) where full < longest {
            full = min(full + full, longest)
        }
        return full * (0.5 + 0.5 * min(max(chance, 0), 1))
    }
}
