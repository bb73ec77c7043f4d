import Foundation
package import Logging
package import NIOCore
import NIOPosix
import Session
import Synchronization
package import Wire

/// A port that accepts connections.
package final class ServerListener: Sendable {
    private let channel: any Channel
    private let shared: ServerShared

    /// Where it listens; the port is the real one if 0 was asked for.
    package let address: HostAndPort

    private init(channel: any Channel, shared: ServerShared, address: HostAndPort) {
        self.channel = channel
        self.shared = shared
        self.address = address
        channel.closeFuture.whenComplete { [shared] _ in
            guard !shared.isShuttingDown.load(ordering: .acquiring) else { return }
            shared.logger.critical(
                """
                the listening socket was closed by the system: connections go on, new ones are not \
                accepted until the server is started again
                """, metadata: ["address": "\(address)"])
        }
    }

    /// Binds and begins to accept.
    ///
    /// - Throws: ``ListenError`` that names the address and what the system said.
    package static func listen(
        on address: HostAndPort, service: any PortService, limits: WireLimits,
        group: any EventLoopGroup, logger: Logger, endpoints: [String: String] = [:],
        descriptors: DescriptorBudget = .process
    ) async throws(ListenError) -> ServerListener {
        var logger = logger
        logger[metadataKey: "port"] = "\(service.methods.role)"
        let shared = ServerShared(
            service: service, limits: limits, logger: logger, endpoints: endpoints,
            descriptors: descriptors)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [descriptors = shared.descriptors, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptGate(descriptors: descriptors, logger: logger))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read, one loop over its frames, one flush: see ARCHITECTURE.md.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                // Grows with what comes: an idle connection keeps 2 KiB, not 64.
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 2 << 10, initial: 2 << 10, maximum: 64 << 10)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(
                    low: limits.outboundPauseByteCount / 4, high: limits.outboundPauseByteCount)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ServerChannelHandler(shared: shared))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
            let bound = HostAndPort(
                host: address.host, port: channel.localAddress?.port ?? address.port)
            return ServerListener(channel: channel, shared: shared, address: bound)
        } catch {
            shared.descriptors.leave()
            throw ListenError(address: address, cause: (error as? IOError)?.text ?? "\(error)")
        }
    }

    package var connectionCount: Int { shared.connections.count }

    /// Stops accepting, lets open calls finish within `grace`, then closes.
    package func shutDown(grace: Duration) async {
        shared.isShuttingDown.store(true, ordering: .releasing)
        // Fails if it is closed already.
        try? await channel.close()
        try? await shared.connections.drain(grace: grace, on: channel.eventLoop).get()
        shared.descriptors.leave()
    }
}

/// An address that can't be listened on.
package struct ListenError: Error, CustomStringConvertible {
    package let address: HostAndPort
    package let cause: String

    package var description: String {
        "can't listen on \(address): \(cause). Is another server running there? "
            + "Choose another address, or port 0 for any free one."
    }
}

extension IOError {
    /// What the system says of the error, without the call that failed.
    var text: String {
        unsafe strerror(errnoCode).map { unsafe String(cString: $0) } ?? "error \(errnoCode)"
    }
}
