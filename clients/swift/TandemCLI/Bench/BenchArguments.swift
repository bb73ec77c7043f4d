import ArgumentParser

/// A time span: `10s`, `1.5s`, `500ms`, `2m`, `1h`; without a unit, seconds.
package struct SpanArgument: ExpressibleByArgument, Hashable, Sendable {
    package let span: Duration

    package init(_ span: Duration) {
        self.span = span
    }

    /// Up to a thousand hours.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let milliseconds: Double
        switch argument[digits.endIndex...] {
        case "ms": milliseconds = 1
        case "", "s": milliseconds = 1_000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        default: return nil
        }
        guard let number = Double(digits), number * milliseconds <= 3_600_000_000 else {
            return nil
        }
        span = .milliseconds(Int64((number * milliseconds).rounded()))
    }

    package var defaultValueDescription: String { "\(span.components.seconds)s" }
}

/// Ids that are taken to exist: `FIRST:LAST`.
package struct IDRange: ExpressibleByArgument, Hashable, Sendable {
    package let ids: ClosedRange<UInt64>

    package init?(argument: String) {
        let sides = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2, let first = UInt64(sides[0]), let last = UInt64(sides[1]),
            first >= 1, first <= last, last <= UInt64(Int64.max)
        else { return nil }
        ids = first...last
    }
}
