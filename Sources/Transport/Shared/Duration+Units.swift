package import NIOCore

extension Duration {
    /// Rounded up, so that a short time doesn't become none; at most `Int64.max`.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? 0 : .max }
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let (sum, overflowed) = product.addingReportingOverflow(part)
        return overflowed ? .max : sum
    }
}

extension TimeAmount {
    /// The event loops' own kind of duration; a year at most, so that a deadline can't overflow.
    package init(clamping duration: Duration) {
        let year: Int64 = 365 * 24 * 60 * 60 * 1_000
        self = .milliseconds(max(0, min(duration.wholeMilliseconds, year)))
    }
}
