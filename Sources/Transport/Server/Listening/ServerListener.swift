package import Budget
import ConnectionState
import Foundation
package import Logging
package import NIOCore
import NIOPosix
import Synchronization
package import Wire

/// A port that accepts connections.
package final class ServerListener: Sendable {
    private struct State {
        var channel: any Channel
        var isShuttingDown = false
    }

    private let state: Mutex<State>
    private let shared: ServerShared
    private let group: any EventLoopGroup

    /// Where it listens; the port is the real one if 0 was asked for.
    package let address: HostAndPort

    private init(
        channel: any Channel, shared: ServerShared, group: any EventLoopGroup, address: HostAndPort
    ) {
        state = Mutex(State(channel: channel))
        self.shared = shared
        self.group = group
        self.address = address
        watch(channel)
    }

    /// Binds and begins to accept.
    ///
    /// - Throws: ``ListenError`` that names the address and what the system said.
    package static func listen(
        on address: HostAndPort, service: any PortService, limits: WireLimits,
        group: any EventLoopGroup, logger: Logger, endpoints: [String: String] = [:],
        descriptors: DescriptorBudget = .process, memory: MemoryBudget = .ample
    ) async throws(ListenError) -> ServerListener {
        var logger = logger
        logger[metadataKey: "port"] = "\(service.methods.role)"
        let shared = ServerShared(
            service: service, limits: limits, logger: logger, endpoints: endpoints,
            descriptors: descriptors, memory: memory)
        do {
            let channel = try await ServerBootstrap(serving: shared, group: group)
                .bind(host: address.host, port: address.port).get()
            let bound = HostAndPort(
                host: address.host, port: channel.localAddress?.port ?? address.port)
            return ServerListener(channel: channel, shared: shared, group: group, address: bound)
        } catch {
            shared.descriptors.leave()
            throw ListenError(address: address, cause: (error as? IOError)?.text ?? "\(error)")
        }
    }

    package var connectionCount: Int { shared.connections.count }

    /// The listening socket of now.
    var channel: any Channel { state.withLock { $0.channel } }

    /// Stops accepting, lets open calls finish within `grace`, then closes.
    package func shutDown(grace: Duration) async {
        let channel = state.withLock { state in
            state.isShuttingDown = true
            return state.channel
        }
        // Fails if it is closed already.
        try? await channel.close()
        // Those that it can't close are closed, and the process ends next.
        try? await shared.connections.drain(grace: grace, on: channel.eventLoop).get()
        shared.descriptors.leave()
    }

    // MARK: - A socket that is lost

    /// NIO closes a listening socket on errors of accept that it doesn't know, such as a packet
    /// filter's EPERM. A port that is gone for good, with no word of it, would be the worse end.
    private func watch(_ channel: any Channel) {
        channel.closeFuture.whenComplete { [weak self] _ in
            guard let self, !state.withLock({ $0.isShuttingDown }) else { return }
            shared.logger.critical(
                "the listening socket was closed by an error; listening again",
                metadata: ["address": "\(address)"])
            listenAgain(after: .zero, on: channel.eventLoop)
        }
    }

    private func listenAgain(after pause: Duration, on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(in: TimeAmount(clamping: pause)) { [weak self] in
            guard let self, !state.withLock({ $0.isShuttingDown }) else { return }
            ServerBootstrap(serving: shared, group: group)
                .bind(host: address.host, port: address.port)
                .whenComplete { [weak self] result in self?.replace(by: result, pause, eventLoop) }
        }
    }

    private func replace(
        by result: Result<any Channel, any Error>, _ pause: Duration, _ eventLoop: any EventLoop
    ) {
        guard case .success(let channel) = result else {
            return listenAgain(
                after: min(max(pause * 2, .milliseconds(50)), .seconds(5)), on: eventLoop)
        }
        let isInTime = state.withLock { state in
            guard !state.isShuttingDown else { return false }
            state.channel = channel
            return true
        }
        guard isInTime else { return channel.close(promise: nil) }
        shared.logger.warning("listening again", metadata: ["address": "\(address)"])
        watch(channel)
    }
}

extension ServerBootstrap {
    /// TCP_NOTSENT_LOWAT, which NIO has no name for: what the kernel takes of a connection beyond
    /// what its peer has room for. Left alone it takes 4 MiB, of a peer that reads nothing, too,
    /// and no count of ours knows of them. Source: man 7 tcp; <linux/tcp.h>.
    fileprivate static var unsentByteCount: ChannelOptions.Types.SocketOption {
        #if os(Linux)
            let name = NIOBSDSocket.Option(rawValue: 25)
        #else
            let name = NIOBSDSocket.Option(rawValue: 0x201)
        #endif
        return ChannelOptions.Types.SocketOption(level: .tcp, name: name)
    }

    /// The thread of all listening sockets. On a loop that serves connections they would get four
    /// accepts for each round of it: a few dozen busy connections kept others from being taken up
    /// for seconds.
    private static let accepting = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// What a port's listening socket and its connections are set to.
    fileprivate convenience init(serving shared: ServerShared, group: any EventLoopGroup) {
        self.init(group: Self.accepting, childGroup: group)
        _ = serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer {
                [descriptors = shared.descriptors, logger = shared.logger] in
                let channel = $0
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptGate(descriptors: descriptors, logger: logger))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(Self.unsentByteCount, value: 256 << 10)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read, one loop over its frames, one flush: see ARCHITECTURE.md.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                // Grows with what comes: an idle connection keeps 2 KiB, not 32.
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 2 << 10, initial: 2 << 10, maximum: 32 << 10)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(
                    low: shared.limits.outboundPauseByteCount / 4,
                    high: shared.limits.outboundPauseByteCount)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ServerChannelHandler(shared: shared))
                }
            }
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
