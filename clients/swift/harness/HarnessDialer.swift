import NIOCore
import NIOPosix
import TandemClient
import TandemCore
import Transport
import Wire

/// Dials the runner's server with the methods that the runner names.
struct HarnessDialer: LinkDialer {
    let dialer: TransportDialer
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
        return try await dialer.dial(port, methods: names, on: group)
    }
}
