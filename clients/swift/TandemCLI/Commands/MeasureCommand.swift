import ArgumentParser
import OrdersClient
import TandemClient
import TandemCore

/// `tandem measure …`
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure a running server.",
        discussion: """
            EXAMPLE
              tandem measure visible --count 2000 --rate 500
            """,
        subcommands: [Visible.self])

    struct Visible: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "From sending a command to reading its effect on the query port.",
            discussion: """
                Sends commands on a fixed schedule, whether or not the ones before have been \
                answered, and counts from the time on the schedule: a server that stalls is \
                charged for all that was due meanwhile. Each command sets a product's price to \
                what it is, so nothing changes but the log.

                EXAMPLES
                  tandem measure visible
                  tandem measure visible --count 5000 --rate 1000 --json
                """)

        @Option(help: "How many commands.") var count = 1_000
        @Option(help: "How many a second.") var rate = 200.0
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (1...10_000_000).contains(count) else {
                throw ValidationError("--count has to be from 1 to 10,000,000.")
            }
            guard (0.01...100_000).contains(rate) else {
                throw ValidationError("--rate has to be from 0.01 to 100,000 a second.")
            }
        }

        func run() async throws {
            try await options.withClient { client in
                let products = try await client.productsPage(pageSize: 1_000).items
                guard !products.isEmpty else {
                    throw UsageFailure("There are no products: add one with `tandem product add`.")
                }
                let measurement = VisibilityMeasurement(
                    client: client, products: products, count: count, interval: .seconds(1) / rate)
                try show(try await measurement.run())
            }
        }

        private func show(_ times: LatencyHistogram) throws(SilentExit) {
            let json: JSON = [
                "count": .count(Int(clamping: times.count)),
                "rate_per_s": .number(rate),
                "visible_ms_p50": times.percentile(50),
                "visible_ms_p99": times.percentile(99),
                "visible_ms_max": times.maximum,
            ]
            try options.showDone(
                json,
                "command to visible, \(times.count.grouped) commands at \(rate.formatted)/s: "
                    + "p50 \(times.percentile(50).compactText) ms, "
                    + "p99 \(times.percentile(99).compactText) ms, "
                    + "most \(times.maximum.compactText) ms\n", key: nil)
        }
    }
}

extension Double {
    fileprivate var formatted: String { JSON.number(self).compactText }
}
