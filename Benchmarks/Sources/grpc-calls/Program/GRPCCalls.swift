import ArgumentParser

/// What a call through grpc-swift costs its application: what client-calls measures, by gRPC.
@main
struct GRPCCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpc-calls",
        abstract: "Measures GetOrder through grpc-swift-2.",
        subcommands: [ServeCommand.self, CallCommand.self])
}
