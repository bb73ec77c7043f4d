extension LogPosition {
    /// How much of the log up to `target` this is, in whole percent: 100 only when it is all.
    package func percent(of target: LogPosition) -> Int {
        guard self < target else { return 100 }
        return min(Int(Double(rawValue) / Double(target.rawValue) * 100), 99)
    }

    /// For people, for example "61 % of the log, about 4 s left".
    ///
    /// - Parameter left: About how long the rest takes; `nil`: that can't be told.
    package func shareText(of target: LogPosition, left: Duration?) -> String {
        let rest = left.map { ", about \(max(1, Int(($0 / .seconds(1)).rounded(.up)))) s left" }
        return "\(percent(of: target)) % of the log\(rest ?? "")"
    }
}
