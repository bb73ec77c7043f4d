/// What the import says while it runs, as text. Pure: the clock comes in from outside.
package struct ImportProgress: Sendable {
    private let kind: ImportKind
    private let byteCount: Int
    private let barWidth = 28

    package init(_ kind: ImportKind, byteCount: Int) {
        self.kind = kind
        self.byteCount = byteCount
    }

    /// `orders    [=========>        ]  57%    88,123    41,200/s  ETA 0:02`
    package func bar(doneCount: Int, consumedByteCount: Int, elapsed: Duration) -> String {
        let fraction = fraction(consumedByteCount)
        let filled = Int(fraction * Double(barWidth))
        let head = filled < barWidth ? ">" : ""
        let drawn =
            String(repeating: "=", count: filled) + head
            + String(repeating: " ", count: barWidth - filled - head.count)
        return "\(name) [\(drawn)] "
            + facts(doneCount: doneCount, fraction: fraction, elapsed: elapsed)
    }

    /// The same without the bar, for logs.
    package func line(doneCount: Int, consumedByteCount: Int, elapsed: Duration) -> String {
        let fraction = fraction(consumedByteCount)
        return "\(name) " + facts(doneCount: doneCount, fraction: fraction, elapsed: elapsed)
    }

    private var name: String {
        kind.rawValue.leftAligned(8)
    }

    private func fraction(_ consumedByteCount: Int) -> Double {
        byteCount > 0 ? min(Double(consumedByteCount) / Double(byteCount), 1) : 1
    }

    private func facts(doneCount: Int, fraction: Double, elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(doneCount) / seconds : 0
        let percent = "\(Int(fraction * 100))%".rightAligned(4)
        let done = doneCount.grouped.rightAligned(9)
        let speed = "\(Int(min(rate, 1e12)).grouped)/s".rightAligned(10)
        guard fraction > 0.01, fraction < 1, seconds > 0 else {
            return "\(percent) \(done) \(speed)"
        }
        let remaining = Duration.seconds(min(seconds * (1 - fraction) / fraction, 1e9))
        return "\(percent) \(done) \(speed)  ETA \(clockText(remaining))"
    }
}

extension String {
    fileprivate func leftAligned(_ width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }

    fileprivate func rightAligned(_ width: Int) -> String {
        String(repeating: " ", count: max(width - count, 0)) + self
    }
}
