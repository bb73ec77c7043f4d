/// What an import says at its end.
package struct ImportReport: Sendable {
    package let tally: ImportTally
    package let elapsed: Duration
    /// What the orders alone took.
    package let ordersElapsed: Duration

    package init(tally: ImportTally, elapsed: Duration, ordersElapsed: Duration) {
        self.tally = tally
        self.elapsed = elapsed
        self.ordersElapsed = ordersElapsed
    }

    private var ordersPerSecond: Double {
        let seconds = ordersElapsed / .seconds(1)
        return seconds > 0 ? Double(tally.orders) / seconds : 0
    }

    package var json: JSON {
        [
            "products": JSON(tally.products),
            "users": JSON(tally.users),
            "orders": JSON(tally.orders),
            "lines": JSON(tally.lines),
            "replayed": JSON(tally.replayed),
            "bad": JSON(tally.bad),
            "problems": .array(tally.problems.map(\.json)),
            "seconds": .number(elapsed / .seconds(1)),
            "orders_per_s": .number(ordersPerSecond),
            "head_position": JSON(tally.head),
            "latency_samples": .count(Int(clamping: tally.visibleTimes.count)),
            "durable_loaded_ms_p50": tally.durableTimes.percentile(50),
            "durable_loaded_ms_p99": tally.durableTimes.percentile(99),
            "visible_loaded_ms_p50": tally.visibleTimes.percentile(50),
            "visible_loaded_ms_p99": tally.visibleTimes.percentile(99),
        ]
    }

    /// For people.
    package var text: SafeText {
        let seconds = Int64((elapsed / .milliseconds(100)).rounded())
        var text: SafeText =
            "imported \(tally.products.counted("product")), \(tally.users.counted("user")), "
            + "\(tally.orders.counted("order")) with \(tally.lines.counted("line")) "
            + "in \(seconds / 10).\(seconds % 10) s "
            + "(\(Int(min(ordersPerSecond, 1e12)).grouped) orders/s)\n"
        if tally.replayed > 0 {
            text += "of these, \(tally.replayed.grouped) had been imported before\n"
        }
        if tally.bad > 0 {
            text += "left out: \(tally.bad.counted("row or entity", "rows and entities"))\n"
        }
        if tally.visibleTimes.count > 0 {
            text +=
                "from sending an order to reading it back, under this load: "
                + "p50 \(tally.visibleTimes.percentile(50).compactText) ms, "
                + "p99 \(tally.visibleTimes.percentile(99).compactText) ms "
                + "(\(tally.visibleTimes.count.grouped) samples)\n"
        }
        if tally.head > 0 { text += "position \(tally.head)\n" }
        return text
    }
}

extension Int {
    /// `1 order`, `2 orders`.
    fileprivate func counted(_ noun: String, _ plural: String? = nil) -> String {
        "\(grouped) " + (self == 1 ? noun : plural ?? noun + "s")
    }
}

extension CSVProblem {
    fileprivate var json: JSON {
        [
            "file": .string(file), "line": JSON(line), "column": column.map { JSON($0) } ?? .null,
            "reason": .string(reason),
        ]
    }
}
