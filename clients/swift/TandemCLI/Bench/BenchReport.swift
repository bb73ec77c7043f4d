/// What a benchmark says at its end.
package struct BenchReport: Sendable {
    let name: String
    let kinds: [String]
    /// As it was, not as it was asked for.
    let shape: LoadShape
    let inFlightAsked: Int
    /// How long was measured.
    let elapsed: Duration
    let isInterrupted: Bool
    let tally: LoadTally

    package init(
        name: String, kinds: [String], shape: LoadShape, inFlightAsked: Int, elapsed: Duration,
        isInterrupted: Bool, tally: LoadTally
    ) {
        self.name = name
        self.kinds = kinds
        self.shape = shape
        self.inFlightAsked = inFlightAsked
        self.elapsed = elapsed
        self.isInterrupted = isInterrupted
        self.tally = tally
    }

    /// Errors come before Ctrl-C.
    package var status: ExitStatus {
        if tally.errorCount > 0 || tally.unansweredCount > 0 { return .rejected }
        return isInterrupted ? .interrupted : .ok
    }

    private static let percentiles: [(name: String, percent: Double)] = [
        ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9),
    ]

    private var seconds: Double { elapsed / .seconds(1) }
    private var perSecond: Double { seconds > 0 ? Double(tally.answerCount) / seconds : 0 }
    private var bytesPerSecond: Double {
        seconds > 0 ? Double(tally.answerByteCount) / seconds : 0
    }

    private var allTimes: LatencyHistogram {
        tally.times.reduce(into: LatencyHistogram()) { $0.add($1) }
    }
}

// MARK: - For people

extension BenchReport {
    package var text: SafeText {
        var facts = Table([.left, .left])
        facts.add(["answers", "\(tally.answerCount.grouped), \(Int(perSecond).grouped)/s"])
        facts.add(["bytes", "\(byteCountText(UInt64(bytesPerSecond)))/s, uncompressed"])
        if let rate = shape.perSecond {
            facts.add([
                "schedule", "\(rate.rateText)/s, sent at most \(tally.lateMax.msText) late",
            ])
        }
        if tally.unsentCount > 0 { facts.add(["behind", behindText]) }
        if inFlightAsked > shape.inFlightCount {
            facts.add([
                "in flight",
                "the server takes \(shape.inFlightCount.grouped) of a connection, not "
                    + "\(inFlightAsked.grouped)",
            ])
        }
        facts.add(["errors", errorText])
        return "\(headline)\n\n\(facts.text)\n\(timesTable)\(errorTable)"
    }

    private var headline: SafeText {
        let warmup = (shape.warmup / .seconds(1)).tenths
        let span =
            elapsed > .zero
            ? "\(seconds.tenths) s measured after \(warmup) s of warm-up" : "nothing measured"
        return "\(name): \(shape.connectionCount.grouped) "
            + (shape.connectionCount == 1 ? "connection" : "connections")
            + ", \(shape.inFlightCount.grouped) in flight on each; \(span)"
            + (isInterrupted ? ", stopped by Ctrl-C" : "")
    }

    private var behindText: String {
        "\(tally.behindAtEnd.msText) at the end: \(tally.unsentCount.grouped) were due and never "
            + "sent, and are missing below"
    }

    private var errorText: String {
        let unanswered =
            tally.unansweredCount > 0
            ? ", and \(tally.unansweredCount.grouped) given up without an answer" : ""
        return (tally.errorCount > 0 ? tally.errorCount.grouped : "none") + unanswered
    }

    private var timesTable: SafeText {
        var table = Table(
            [("LATENCY IN MS", .left), ("COUNT", .right)]
                + Self.percentiles.map { ($0.name.uppercased(), .right) } + [("MAX", .right)])
        for (kind, times) in zip(kinds, tally.times) { table.add(cells(kind, times)) }
        if kinds.count > 1 { table.add(cells("all", allTimes)) }
        return table.text
    }

    private func cells(_ name: String, _ times: LatencyHistogram) -> [String] {
        [name, times.count.grouped] + Self.percentiles.map { times.percentile($0.percent).cell }
            + [times.maximum.cell]
    }

    private var errorTable: SafeText {
        guard tally.errorCount > 0 else { return "" }
        var table = Table([("ERROR", .left), ("COUNT", .right), ("THE FIRST SAYS", .left)])
        for (name, count) in tally.errorsByCount {
            table.add([name.text, count.count.grouped, count.message])
        }
        return "\n" + table.text
    }
}

// MARK: - For programs

extension BenchReport {
    package var json: JSON {
        [
            "benchmark": .string(name),
            "connections": .count(shape.connectionCount),
            "in_flight": .count(shape.inFlightCount),
            "seconds": .number(seconds),
            "warmup_seconds": .number(shape.warmup / .seconds(1)),
            "interrupted": .bool(isInterrupted),
            "answers": .count(tally.answerCount),
            "answers_per_s": .number(perSecond),
            "answer_bytes_per_s": .number(bytesPerSecond),
            "latency_ms": Self.json(allTimes),
            "kinds": .array(
                zip(kinds, tally.times).map {
                    ["name": .string($0), "latency_ms": Self.json($1)]
                }),
            "schedule": shape.perSecond.map(scheduleJSON) ?? .null,
            "error_count": .count(tally.errorCount),
            "unanswered": .count(tally.unansweredCount),
            "errors": .array(
                tally.errorsByCount.map { name, count in
                    [
                        "code": .string(name.code), "reason": .string(name.reason),
                        "count": .count(count.count), "first_message": .string(count.message),
                    ]
                }),
        ]
    }

    private static func json(_ times: LatencyHistogram) -> JSON {
        .object(
            [JSON.Member(name: "count", value: .count(Int(clamping: times.count)))]
                + percentiles.map {
                    JSON.Member(
                        name: $0.name.replacing(".", with: "_"), value: times.percentile($0.percent)
                    )
                } + [JSON.Member(name: "max", value: times.maximum)])
    }

    private func scheduleJSON(_ rate: Double) -> JSON {
        [
            "rate_per_s": .number(rate),
            "late_ms_max": .number(tally.lateMax / .milliseconds(1)),
            "behind_ms_at_end": .number(tally.behindAtEnd / .milliseconds(1)),
            "never_sent": .count(tally.unsentCount),
        ]
    }
}

extension Duration {
    fileprivate var msText: String { JSON.number(self / .milliseconds(1)).compactText + " ms" }
}

extension Double {
    /// Whole, or with three decimals.
    fileprivate var rateText: String {
        self == rounded() ? Int(self).grouped : JSON.number(self).compactText
    }

    /// With one decimal.
    fileprivate var tenths: String {
        let tenths = Int64(min((self * 10).rounded(), 9e15))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
