import ConnectionState
package import NIOCore
import NIOPosix
import Synchronization
package import TandemCore
package import Wire
import WireMessages

/// A connection to one port of a server: many calls at once, each with its own sink.
///
/// Calls may be started from any thread; a burst of them leaves with one flush. A connection that
/// has ended stays ended: reconnecting is its owner's affair.
package final class ClientConnection: Sendable {
    /// What the server said when the connection was opened.
    package let welcome: Welcome
    package let eventLoop: any EventLoop
    /// The longest page that is collected for a caller, inflated.
    let pageByteCountMax: Int
    private let channel: any Channel
    private let handler: NIOLoopBound<ClientChannelHandler>
    private let inbox: CallInbox
    private let endFlag: ConnectionEndFlag

    private init(
        welcome: Welcome, channel: any Channel, handler: NIOLoopBound<ClientChannelHandler>
    ) {
        self.welcome = welcome
        self.channel = channel
        self.handler = handler
        eventLoop = channel.eventLoop
        pageByteCountMax = handler.value.configuration.pageByteCountMax
        endFlag = handler.value.endFlag
        inbox = handler.value.inbox
    }

    /// Connects and shakes hands.
    ///
    /// - Throws: UNAVAILABLE if nobody answers there, or the reason the server gave.
    package static func connect(
        host: String, port: Int, configuration: ClientConfiguration, group: any EventLoopGroup
    ) async throws(CallFailure) -> ClientConnection {
        let eventLoop = group.next()
        let timeout = TimeAmount(clamping: configuration.connectTimeout)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 << 10))
        do {
            let welcomed = try await bootstrap.connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try begin(channel, configuration, timeout)
                }
            }
            return try await welcomed.get()
        } catch let failure as CallFailure {
            throw failure
        } catch {
            throw CallFailure(
                .unavailable, reason: "NOT_REACHABLE",
                message: "Can't connect to the \(configuration.role) port at "
                    + "\(HostAndPort(host: host, port: port)): \(reason(of: error)).",
                isNotProcessed: true)
        }
    }

    /// What the system said, without the wrapping.
    private static func reason(of error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let cause = error.connectionErrors.first?.error as? IOError {
            return cause.text
        }
        if let cause = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            return "the name can't be resolved (\(cause))"
        }
        return error.connectionErrors.first.map { "\($0.error)" } ?? "no address answered"
    }

    /// Puts the handler on a new channel; the future is the connection once it is welcomed.
    private static func begin(
        _ channel: any Channel, _ configuration: ClientConfiguration, _ timeout: TimeAmount
    ) throws -> EventLoopFuture<ClientConnection> {
        let welcomed = channel.eventLoop.makePromise(of: Welcome.self)
        let handler = ClientChannelHandler(configuration: configuration, welcomed: welcomed)
        try channel.pipeline.syncOperations.addHandler(handler)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let timer = channel.eventLoop.scheduleTask(in: timeout) {
            bound.value.ending =
                bound.value.ending ?? .lost("the server did not answer the handshake in time")
            channel.close(promise: nil)
        }
        welcomed.futureResult.whenComplete { _ in timer.cancel() }
        return welcomed.futureResult.map { welcome in
            ClientConnection(welcome: welcome, channel: channel, handler: bound)
        }
    }

    /// Whether it takes new calls: false once the server has announced its end, too.
    package var isOpen: Bool { !endFlag.isSet }

    /// How it has fared; for good once it is not open any more.
    package var end: ConnectionEnd { endFlag.end }

    /// Fires when the connection has ended.
    package var closed: EventLoopFuture<Void> { channel.closeFuture }

    /// As many calls the server lets be open at once; more wait within the connection.
    package var inFlightCountMax: Int {
        welcome.inFlightCountMax
    }

    /// How long the server keeps answers under their keys; the specification's default if it does
    /// not say.
    package var keyRetention: Duration? {
        welcome.keyRetentionMs == 0
            ? WireLimits().keyRetention : .milliseconds(Int64(clamping: welcome.keyRetentionMs))
    }

    /// The server's cluster; `nil`: it does not know yet.
    package var clusterID: ClusterID? { ClusterID(bytes: welcome.clusterID) }

    /// Whether a method's calls may be made again.
    ///
    /// - Parameter method: its index in the configuration's list.
    package func retryPolicy(of method: Int) -> RetryPolicy {
        guard welcome.methods.indices.contains(method) else { return .never }
        return RetryPolicy(welcome.methods[method].idempotency)
    }

    package var epoch: LogEpoch { LogEpoch(rawValue: welcome.logEpoch) }

    /// Starts a call; its events go to the sink, on the connection's event loop.
    @discardableResult
    package func start(_ call: OutboundCall, sink: any CallSink) -> CallID {
        let call = ClientCall(call, sink: sink)
        start(call)
        return CallID(call: call)
    }

    /// From any thread; a call is started once.
    func start(_ call: ClientCall) {
        if eventLoop.inEventLoop {
            handler.value.start(call)
            handler.value.flush()
        } else if inbox.add(call) {
            eventLoop.execute { [handler] in handler.value.startSubmitted() }
        }
    }

    /// Gives up a call; its sink is told CANCELLED unless it has its result already.
    package func cancel(_ id: CallID) {
        // It may not have been started yet.
        id.call.markCancelled()
        eventLoop.execute { [handler] in
            handler.value.cancel(id.call)
        }
    }

    /// For a call that grants credit itself: it has dealt with one more item, the oldest. The
    /// credit goes out when it is worth a frame.
    package func grantCredit(_ id: CallID) {
        eventLoop.execute { [handler] in handler.value.grantCredit(id.call) }
    }

    /// Ends the connection; open calls fail with UNAVAILABLE.
    package func close() async {
        eventLoop.execute { [handler] in
            handler.value.ending = handler.value.ending ?? .closedByUs
            handler.value.context?.close(promise: nil)
        }
        // However it was closed.
        try? await channel.closeFuture.get()
    }
}
