import Histogram

/// What one caller counted, or all of them.
struct CallTally: Sendable {
    var answers: UInt64 = 0
    var errors: UInt64 = 0
    var firstError: String?
    /// From 100 ns to a minute, three significant digits kept.
    private var nanoseconds = Histogram<UInt32>(
        lowestDiscernibleValue: 64, highestTrackableValue: 60_000_000_000,
        numberOfSignificantValueDigits: .three)

    mutating func count(_ error: String?, took: Duration) {
        if let error {
            errors += 1
            firstError = firstError ?? error
            return
        }
        answers += 1
        nanoseconds.record(UInt64(took / .nanoseconds(1)))
    }

    func microseconds(atPercentile percent: Double) -> Double {
        Double(nanoseconds.valueAtPercentile(percent)) / 1_000
    }

    mutating func add(_ other: CallTally) {
        answers += other.answers
        errors += other.errors
        firstError = firstError ?? other.firstError
        nanoseconds.add(other.nanoseconds)
    }
}
