import Dispatch
package import Domain
import EventModel
package import Logging
package import NIOCore
import Projection
import Session
import SnapshotStore
package import Transport
package import Wire

/// The read side: follows a feed, projects it into documents, and answers queries from them.
package final class ReadServer: Sendable {
    private let listener: ServerListener
    private let projector: Projector
    private let keeper: SnapshotKeeper
    private let following: Task<Void, Never>
    private let store: SnapshotStore
    private let logger: Logger

    package var queryAddress: HostAndPort { listener.address }

    /// Where the server keeps its copy, whom it follows, and where it listens.
    package struct Configuration: Sendable {
        package var snapshotPath: String
        package var feedAddress: HostAndPort
        package var queryAddress: HostAndPort
        package var limits: WireLimits
        /// What the port serves, wrapped in more; by default nothing more.
        package var decorate: @Sendable (any PortService) -> any PortService = { $0 }

        package init(
            snapshotPath: String, feedAddress: HostAndPort, queryAddress: HostAndPort,
            limits: WireLimits = WireLimits()
        ) {
            self.snapshotPath = snapshotPath
            self.feedAddress = feedAddress
            self.queryAddress = queryAddress
            self.limits = limits
        }
    }

    private init(
        listener: ServerListener, projector: Projector, keeper: SnapshotKeeper,
        following: Task<Void, Never>, store: SnapshotStore, logger: Logger
    ) {
        self.listener = listener
        self.projector = projector
        self.keeper = keeper
        self.following = following
        self.store = store
        self.logger = logger
    }

    /// Loads the durable copy, opens the query port, and follows the feed.
    ///
    /// Waits for the write server if there is no copy yet: without it, not even the log's epoch is
    /// known. With a copy, queries are answered from it whether the write server is there or not.
    ///
    /// - Throws: `SnapshotFileError` or `ListenError`, both of which say what to do;
    ///   `CancellationError`.
    package static func start<Application: Domain>(
        _ domain: Application, configuration: Configuration, group: any EventLoopGroup,
        logger: Logger
    ) async throws -> ReadServer {
        let opening = ReadModelOpening(domain, configuration: configuration, logger: logger)
        let feed = try await opening.firstConnection(group: group)
        let (store, file, source) = try opening.load(feed)

        let progress = ReadProgress()
        progress.follows(epoch: source.epoch, clusterID: source.clusterID)
        progress.heard(head: max(store.position, feed?.head ?? .beginning))
        progress.feedIsConnected(feed != nil)
        let waiters = PositionWaiters(published: { store.position })
        let service = QueryService(
            domain, model: ReadModel(domain, store: store), progress: progress, waiters: waiters,
            epoch: source.epoch, limits: configuration.limits)
        let listener: ServerListener
        do {
            listener = try await ServerListener.listen(
                on: configuration.queryAddress, service: configuration.decorate(service),
                limits: configuration.limits, group: group, logger: logger)
        } catch {
            try? file.close()
            await feed?.connection.close()
            throw error
        }
        return following(
            feed?.connection, domain, configuration, listener, store, file, progress, waiters,
            group, logger)
    }

    private static func following<Application: Domain>(
        _ feed: ClientConnection?, _ domain: Application, _ configuration: Configuration,
        _ listener: ServerListener, _ store: SnapshotStore, _ file: SnapshotFile,
        _ progress: ReadProgress, _ waiters: PositionWaiters, _ group: any EventLoopGroup,
        _ logger: Logger
    ) -> ReadServer {
        let log: @Sendable (String) -> Void = { logger.error("\($0)") }
        let keeper = SnapshotKeeper(
            file: file, epoch: progress.epoch ?? LogEpoch(rawValue: 0), log: log)
        let relay = Relay()
        let projector = Projector(
            store: store, progress: progress, waiters: waiters, keeper: keeper,
            makeRunner: {
                ProjectionRunner(
                    store: store, collections: domain.documents, reducer: domain.reducer)
            },
            onGap: { relay.subscriber?.reconnect() }, log: log)
        let subscriber = FeedSubscriber(
            address: configuration.feedAddress, group: group, progress: progress, logger: logger,
            position: { store.position }, deliver: { projector.receive($0) })
        relay.connect(subscriber)
        keeper.start()
        projector.start()
        return ReadServer(
            listener: listener, projector: projector, keeper: keeper,
            following: Task { await subscriber.run(feed) }, store: store, logger: logger)
    }

    /// Lets open queries finish within `grace`, stops following, and writes the durable copy.
    package func shutDown(grace: Duration) async {
        await listener.shutDown(grace: grace)
        following.cancel()
        await following.value
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [projector, keeper] in
                projector.stop()
                keeper.stop()
                continuation.resume()
            }
        }
        logger.info("the read server has stopped", metadata: ["position": "\(store.position)"])
    }
}
