/// Which failures of single commands are worth a line in the log: each different one once in ten
/// minutes, and not more than 32 of them. Pure.
struct FailureReport {
    private static let period: Duration = .seconds(600)
    private static let lineCountMax = 32

    private var told: Set<String> = []
    private var untoldCount = 0
    private var beganAt: ContinuousClock.Instant?

    /// The lines to write, for one more failure.
    mutating func note(_ line: String, now: ContinuousClock.Instant) -> [String] {
        var lines: [String] = []
        if let beganAt, now - beganAt >= Self.period {
            if untoldCount > 0 {
                lines.append("\(untoldCount) more commands have failed, most of them alike")
            }
            self = FailureReport()
        }
        beganAt = beganAt ?? now
        if told.count < Self.lineCountMax, told.insert(line).inserted {
            lines.append(line)
        } else {
            untoldCount += 1
        }
        return lines
    }
}
