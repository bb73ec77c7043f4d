import ArgumentParser
import CallMeter
import OrderMessages
import TandemClient

/// What a call through TandemClient costs its application: many callers that share one client.
@main
struct ClientCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-calls",
        abstract: "Measures GetOrder through TandemClient; prints one line of JSON.")

    @Option(help: "The query port on 127.0.0.1 of a server that has the orders.")
    var port = 7_402

    @OptionGroup var options: MeterOptions

    func run() async throws {
        guard let address = ServerAddress(host: "127.0.0.1", port: port) else {
            throw ValidationError("--port is 1 to 65535.")
        }
        let client = TandemClient(
            [OrderMethods.getOrder], configuration: TandemConfiguration(queryAddress: address))
        let meter = try options.meter()
        let report = await meter.run { id in
            try await client.ask(OrderMethods.getOrder, .with { $0.orderID = id }).orderID
        }
        await client.close()
        try report.finish()
    }
}
