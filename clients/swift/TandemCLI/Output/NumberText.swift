extension BinaryInteger {
    /// With a comma between groups of three digits: `1,469,307`.
    package var grouped: String {
        var text = ""
        let digits = String(magnitude)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return self < 0 ? "-" + text : text
    }
}

/// Bytes for people: `1.5 MiB`.
package func byteCountText(_ byteCount: UInt64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"]
    guard byteCount >= 1_024 else { return "\(byteCount) B" }
    var size = Double(byteCount) / 1_024
    var unit = 0
    while size >= 1_023.95, unit < units.count - 1 {
        size /= 1_024
        unit += 1
    }
    let tenths = Int64(min((size * 10).rounded(), 9e15))
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
}

/// A time span for people: `0:07`, `12:34`, `1:02:03`.
package func clockText(_ duration: Duration) -> String {
    let seconds = max(duration.components.seconds, 0)
    let minutes = seconds / 60
    let tail = (seconds % 60).padded(2)
    return minutes < 60
        ? "\(minutes):\(tail)" : "\(minutes / 60):\((minutes % 60).padded(2)):\(tail)"
}
