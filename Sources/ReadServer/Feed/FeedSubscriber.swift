import ConnectionState
import Logging
import NIOCore
import SwiftProtobuf
import Synchronization
import TandemCore
import Transport
import Wire
import WireMessages

/// Follows the write server's feed: connects, subscribes after the last position it has, and
/// begins again whenever that ends.
final class FeedSubscriber: Sendable {
    private let address: HostAndPort
    private let group: any EventLoopGroup
    private let progress: ReadProgress
    private let logger: Logger
    /// Where to go on: the position that is published.
    private let position: @Sendable () -> LogPosition
    private let connection = Mutex<ClientConnection?>(nil)
    private let outage = Mutex(OutageLog())
    private let expectsEnd = Mutex(false)

    /// The longest wait between attempts, unless the server asks for more: reads grow old.
    private static let retryPeriod: Duration = .milliseconds(500)
    /// What may be on its way to the projector.
    private static let window: UInt32 = 2 << 20

    init(
        address: HostAndPort, group: any EventLoopGroup, progress: ReadProgress, logger: Logger,
        position: @escaping @Sendable () -> LogPosition
    ) {
        self.address = address
        self.group = group
        self.progress = progress
        self.logger = logger
        self.position = position
    }

    static func connect(
        to address: HostAndPort, group: any EventLoopGroup
    ) async throws(CallFailure) -> ClientConnection {
        var configuration = ClientConfiguration(
            role: .feed, methods: [FeedMethod.subscribe, MetaService.status],
            clientName: "tandem-read-server/0.1")
        configuration.initialWindow = window
        // On one machine the work of compressing outweighs the bytes saved.
        configuration.acceptsZlib = !address.isLoopback
        configuration.wantsChecksums = !address.isLoopback
        configuration.pingAfter = .seconds(5)
        configuration.deadAfterPing = .seconds(5)
        return try await ClientConnection.connect(
            host: address.host, port: address.port, configuration: configuration, group: group)
    }

    /// The last position of the feed's log.
    static func head(of connection: ClientConnection) async throws(CallFailure) -> LogPosition {
        let reply = try await connection.call(
            OutboundCall(method: 1, kind: .unary, body: ByteBuffer(), timeout: .seconds(5)))
        do {
            let status = try Tandem_Meta_V1_StatusReply(peerBytes: reply.body)
            return LogPosition(rawValue: status.headPosition)
        } catch {
            throw CallFailure(
                .dataLoss, reason: "MALFORMED_REPLY",
                message: "The feed's status can't be decoded.", isNotProcessed: true)
        }
    }

    /// Whether the feed's log holds what a copy was made of: asked by a subscription that ends with
    /// its first batch.
    static func holds(
        _ end: LogEnd, _ connection: ClientConnection
    ) async throws(CallFailure) -> Bool {
        let isConfirmed = Atomic(false)
        let sink = FeedSink(connection)
        let failure = await sink.run(
            subscription(after: end, of: connection.epoch, timeout: .seconds(5))
        ) { [weak sink] _ in
            isConfirmed.store(true, ordering: .relaxed)
            sink?.cancel()
        }
        if isConfirmed.load(ordering: .relaxed) { return true }
        if meansAnotherLog(failure) { return false }
        throw failure
    }

    private static func subscription(
        after end: LogEnd, of epoch: LogEpoch, timeout: Duration? = nil
    ) -> OutboundCall {
        var request = Tandem_Feed_V1_SubscribeRequest()
        request.afterPosition = end.position.rawValue
        request.logEpoch = epoch.rawValue
        if !end.digest.isEmpty { request.afterDigest = .init(end.digest) }
        return OutboundCall(
            method: 0, kind: .stream, body: request.body(), timeout: timeout,
            grantsCreditItself: true)
    }

    /// Follows the feed until the task is cancelled, beginning with a connection that is open
    /// already, if there is one.
    ///
    /// - Parameter deliver: called on an event loop, must not block.
    func run(
        _ first: ClientConnection?, deliver: @escaping @Sendable (FeedEvents) -> Void
    ) async {
        var next = first
        while !Task.isCancelled, progress.stopped == nil {
            var toldWait = Duration.zero
            do throws(CallFailure) {
                let open: ClientConnection
                if let next {
                    open = next
                } else {
                    open = try await Self.connect(to: address, group: group)
                }
                next = nil
                try await follow(open) { [self] batch in
                    // Only now: a feed that takes a subscription can still fail to read its log.
                    if let length = outage.withLock({ $0.ended(now: .current) }) {
                        logger.notice("the feed is back", metadata: ["outage": "\(length)"])
                    }
                    deliver(batch)
                }
            } catch {
                progress.feedIsConnected(false)
                if case .after(let milliseconds) = error.retryAfter {
                    toldWait = .milliseconds(Int64(milliseconds))
                }
                if !Task.isCancelled,
                    let reason = outage.withLock({
                        $0.failed(because: error.message, now: .current)
                    })
                {
                    logger.log(
                        level: expectsEnd.withLock { $0 } ? .info : .warning,
                        "the feed is interrupted", metadata: ["reason": "\(reason)"])
                }
                if Self.meansAnotherLog(error) {
                    progress.stop(because: error.message)
                    logger.critical(
                        """
                        this read server's documents belong to another log; restart it to \
                        rebuild them
                        """
                    )
                }
            }
            // By chance, so that read servers that lost one write server don't come back as one.
            let wait = Self.retryPeriod * Double.random(in: 0.5...1)
            // Cancelled: the loop looks for that itself.
            try? await Task.sleep(for: max(wait, toldWait))
        }
        await next?.close()
    }

    /// Whether waiting is in vain: positions of these documents mean nothing there.
    private static func meansAnotherLog(_ failure: CallFailure) -> Bool {
        [TandemReason.epochChanged, .beyondHead].contains { $0.rawValue == failure.reason }
    }

    /// That the feed ends from now on is no outage: its server stops together with this one.
    func expectEnd() {
        expectsEnd.withLock { $0 = true }
    }

    /// Ends the present connection; ``run(_:deliver:)`` makes another.
    func reconnect() {
        guard let open = connection.withLock({ $0 }) else { return }
        Task { await open.close() }
    }

    private func follow(
        _ open: ClientConnection, _ deliver: @escaping @Sendable (FeedEvents) -> Void
    ) async throws(CallFailure) {
        guard open.epoch == progress.epoch else {
            await open.close()
            throw CallFailure(
                .failedPrecondition, reason: "EPOCH_CHANGED",
                message: "The write server has another log than the documents were made of.",
                isNotProcessed: true)
        }
        progress.follows(epoch: open.epoch, clusterID: Array(open.welcome.clusterID))
        connection.withLock { $0 = open }
        progress.feedIsConnected(true)
        // What it has of the rest of a batch is sent again, and ignored.
        let end = progress.knownEnd ?? LogEnd(position: position(), digest: [])
        let call = Self.subscription(after: end, of: open.epoch)
        let sink = FeedSink(open)
        let failure = await withTaskCancellationHandler {
            await sink.run(call, deliver: deliver)
        } onCancel: {
            Task { await open.close() }
        }
        await open.close()
        throw failure
    }
}
