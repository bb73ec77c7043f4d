import NIOCore

/// Shows on a terminal how a benchmark goes: one line a second, on standard error.
struct LoadDisplay: Sendable {
    private static let interval = Duration.seconds(1)

    /// Until cancelled.
    func run(_ shards: [LoadShard], _ window: LoadWindow) async {
        let clock = ContinuousClock()
        let start = clock.now
        var last = start
        var lineCount = 0
        Terminal.writeError(LoadLine.heading)
        while true {
            lineCount += 1
            do {
                // On the second, however long the line before took.
                try await clock.sleep(until: start + Self.interval * lineCount)
            } catch { return }
            var pulse = LoadPulse()
            for shard in shards { pulse.add(await shard.pulse()) }
            let now = clock.now
            // By the middle of what the line is of.
            let isWarmup = .now() - TimeAmount((now - last) / 2) < window.measuredFrom
            guard !Task.isCancelled else { return }
            Terminal.writeError(
                LoadLine(pulse: pulse, at: now - start, since: now - last, isWarmup: isWarmup).text)
            last = now
        }
    }

    func tellStopping() {
        Terminal.writeError(
            "\nstopping when what was sent is answered; press Ctrl-C again to quit at once\n")
    }
}

/// One line of the live view. Pure: times come in.
package struct LoadLine: Sendable {
    private let pulse: LoadPulse
    private let elapsed: Duration
    private let interval: Duration
    private let isWarmup: Bool

    /// - Parameters:
    ///   - elapsed: since the load began.
    ///   - interval: what the pulse is of.
    package init(
        pulse: LoadPulse, at elapsed: Duration, since interval: Duration, isWarmup: Bool
    ) {
        self.pulse = pulse
        self.elapsed = elapsed
        self.interval = interval
        self.isWarmup = isWarmup
    }

    package static let heading: SafeText =
        "\(row(["TIME", "RATE/S", "P50 MS", "P99 MS", "ERRORS", "IN FLIGHT"]))\n"

    package var text: SafeText {
        let rate = Double(pulse.times.count) / max(interval / .seconds(1), 0.001)
        let cells = [
            clockText(elapsed), Int(rate.rounded()).grouped, pulse.times.percentile(50).cell,
            pulse.times.percentile(99).cell, pulse.errorCount.grouped, pulse.inFlightCount.grouped,
        ]
        return "\(Self.row(cells))\(isWarmup ? "  warming up" : "")\n"
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, [6, 10, 9, 9, 9, 10]).map { cell, width in
            String(repeating: " ", count: max(1, width - cell.count)) + cell
        }.joined()
    }
}

extension JSON {
    /// A number as it stands in a table; nothing recorded is a dash.
    var cell: String { self == .null ? "-" : compactText }
}
