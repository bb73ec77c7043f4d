package import Wire

/// Counts frames that cost work and carry none, in windows of fixed length.
package struct ControlFrameLimit: Sendable {
    private var windowStart: MonotonicTime?
    private var count = 0

    package init() {}

    /// Counts one; throws when the window's budget is spent.
    package mutating func spend(
        now: MonotonicTime, limits: WireLimits
    ) throws(ProtocolViolation) {
        if let windowStart, now.since(windowStart) < limits.nuisanceWindow {
            count += 1
        } else {
            windowStart = now
            count = 1
        }
        guard count <= limits.nuisanceCountMax else {
            throw .tooManyNuisances(countMax: limits.nuisanceCountMax)
        }
    }
}
