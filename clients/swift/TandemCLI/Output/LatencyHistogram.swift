import Histogram

/// Latencies from a microsecond to an hour, three significant digits kept.
package struct LatencyHistogram: Sendable {
    private var microseconds = Histogram<UInt64>(
        highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)

    package init() {}

    package var count: UInt64 { microseconds.totalCount }

    package mutating func record(_ latency: Duration) {
        let (seconds, attoseconds) = latency.components
        let value =
            seconds < 0
            ? 0 : UInt64(min(seconds, 3_599)) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000)
        microseconds.record(max(value, 1))
    }

    /// Records all that another one has.
    package mutating func add(_ other: LatencyHistogram) { microseconds.add(other.microseconds) }

    /// Forgets everything, and keeps the memory.
    package mutating func restart() { microseconds.reset() }

    /// In milliseconds; `null` if nothing was recorded.
    package func percentile(_ percent: Double) -> JSON {
        guard count > 0 else { return .null }
        return .number(Double(microseconds.valueAtPercentile(percent)) / 1_000)
    }

    /// In milliseconds; `null` if nothing was recorded.
    package var maximum: JSON {
        count > 0 ? .number(Double(microseconds.max) / 1_000) : .null
    }
}
