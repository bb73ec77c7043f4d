import EventModel
import NIOCore
import NIOPosix
import TandemClient
import Transport
import Wire

/// Dials the runner's server with the methods that the runner names.
struct HarnessDialer: LinkDialer {
    let configuration: TandemConfiguration
    /// By port; a port that is not there can't be dialled.
    let methods: [TandemPort: [String]]

    var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

    func dial(
        _ port: TandemPort, on group: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink {
        guard let names = methods[port] else {
            throw CallFailure(
                .failedPrecondition, reason: "NO_SUCH_PORT",
                message: "The client was opened without a \(port) port.", isNotProcessed: true,
                retryAfter: .never)
        }
        return try await TransportDialer(configuration)
            .dial(port, methods: names, on: group)
    }
}
