import ArgumentParser
import CallMeter
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import OrderMessages
import OrderStubs
import SwiftProtobuf

/// The client: many callers that share one GRPCClient, through its generated stub.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Measures the client; prints one line of JSON.")

    @Option(help: "The port of 'grpc-calls serve' on 127.0.0.1.")
    var port: Int

    @OptionGroup var options: MeterOptions

    func run() async throws {
        let meter = try options.meter()
        let report = try await withGRPCClient(
            transport: .http2NIOPosix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        ) { client in
            let orders = Tandem_Orders_V1_OrderQueries.Client(wrapping: client)
            // The timeout that TandemClient gives a call by default.
            var defaults = CallOptions.defaults
            defaults.timeout = .seconds(10)
            let callOptions = defaults
            return await meter.run { id in
                try await orders.getOrder(.with { $0.orderID = id }, options: callOptions).orderID
            }
        }
        try report.finish()
    }
}
