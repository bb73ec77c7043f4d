package import ArgumentParser
import Foundation
import TandemClient

/// What every benchmark takes.
package struct BenchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many clients, each with a connection to each port that it needs, 1 to 10000.",
            valueName: "count"))
    package var connections = 8

    @Option(
        help: ArgumentHelp(
            "How many requests each client has on their way at once, 1 to 16000.",
            valueName: "count"))
    package var inFlight = 16

    @Option(
        help: ArgumentHelp(
            "How many requests a second, of all clients together, on a fixed schedule; latency "
                + "counts from the time that a request was due. (default: as many as are answered)",
            valueName: "number"))
    package var rate: Double?

    @Option(
        help: ArgumentHelp(
            "How long to measure, like 10s, 500ms, 2m.", valueName: "span"))
    package var duration = SpanArgument(.seconds(10))

    @Option(
        help: ArgumentHelp(
            "How long to send before that, without measuring.", valueName: "span"))
    package var warmup = SpanArgument(.seconds(2))

    package init() {}

    package func validate() throws {
        guard (1...10_000).contains(connections) else {
            throw ValidationError("--connections has to be from 1 to 10000.")
        }
        guard (1...16_000).contains(inFlight) else {
            throw ValidationError("--in-flight has to be from 1 to 16000.")
        }
        guard (0.01...10_000_000).contains(rate ?? 1) else {
            throw ValidationError("--rate has to be from 0.01 to 10,000,000 a second.")
        }
        guard duration.span > .zero else {
            throw ValidationError("--duration has to be longer than nothing, like 10s.")
        }
    }

    package var shape: LoadShape {
        LoadShape(
            connectionCount: connections, inFlightCount: inFlight, perSecond: rate,
            warmup: warmup.span, duration: duration.span)
    }

    /// Runs a benchmark, shows what came of it, and ends with its exit code.
    func run(_ name: String, _ plan: LoadPlan, _ options: GlobalOptions) async throws {
        let isWatched = Terminal.isInteractive && Terminal.showsResults && !options.json
        let run = LoadRun(
            name: name, plan: plan, shape: shape, configuration: try options.configuration(),
            // The server is often on the same machine, and needs processors too.
            loopCountMax: max(1, ProcessInfo.processInfo.activeProcessorCount / 2),
            display: isWatched ? LoadDisplay() : nil)
        let report = try await run.run()
        if isWatched { Terminal.writeError("\n") }
        try options.showDone(report.json, report.text, key: nil)
        guard report.status == .ok else { throw SilentExit(report.status) }
    }
}
