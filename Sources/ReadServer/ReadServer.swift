package import Budget
import ConnectionState
import Dispatch
import DocumentStore
package import Logging
package import NIOCore
import Projection
import TandemCore
package import TandemDomain
package import Transport
package import Wire

/// The read side: follows a feed, projects it into documents, and answers queries from them.
package final class ReadServer: Sendable {
    private let listener: ServerListener
    private let projector: Projector
    private let fileWriter: DocumentFileWriter
    private let following: Task<Void, Never>
    private let subscriber: FeedSubscriber
    private let store: DocumentStore
    private let logger: Logger

    package var queryAddress: HostAndPort { listener.address }

    /// Where the server keeps its copy, whom it follows, and where it listens.
    package struct Configuration: Sendable {
        package var documentsPath: String
        package var feedAddress: HostAndPort
        package var queryAddress: HostAndPort
        package var limits: WireLimits
        /// What the port, the projection and the documents draw on.
        package var memory = MemoryBudget.ample
        /// Whether queries are answered from documents that are still being built: they may lack
        /// what was acknowledged long ago.
        package var answersWhileBuilding = false
        /// What is wrong elsewhere in the process, for Health. Any thread.
        package var troubles: @Sendable () -> [String] = { [] }
        /// What the port serves, wrapped in more; by default nothing more.
        package var decorate: @Sendable (any PortService) -> any PortService = { $0 }

        package init(
            documentsPath: String, feedAddress: HostAndPort, queryAddress: HostAndPort,
            limits: WireLimits = WireLimits()
        ) {
            self.documentsPath = documentsPath
            self.feedAddress = feedAddress
            self.queryAddress = queryAddress
            self.limits = limits
        }
    }

    /// Loads the durable copy, opens the query port, and follows the feed.
    ///
    /// Waits for the write server if there is no copy yet: without it, not even the log's epoch is
    /// known. With a copy, queries are answered from it whether the write server is there or not.
    /// Where the log is further than the copy, queries wait until the documents have got to where
    /// it was at the start.
    ///
    /// - Throws: `DocumentFileError` or `ListenError`, both of which say what to do;
    ///   `CancellationError`.
    package static func start(
        _ domain: CheckedDomain, configuration: Configuration, group: any EventLoopGroup,
        logger: Logger
    ) async throws -> ReadServer {
        let opening = ReadModelOpening(domain, configuration: configuration, logger: logger)
        let feed = try await opening.firstConnection(group: group)
        let loaded: ReadModelOpening.LoadedModel
        do { loaded = try opening.load(feed) } catch {
            await feed?.connection.close()
            throw error
        }
        let store = loaded.store
        let progress = ReadProgress(elsewhere: configuration.troubles)
        progress.follows(epoch: loaded.source.epoch, clusterID: loaded.source.clusterID)
        progress.heard(head: max(store.position, feed?.head ?? .beginning))
        progress.feedIsConnected(feed != nil)
        progress.knownEnd = loaded.known
        progress.pendingFanOuts = loaded.pending?.events.count ?? 0
        if let obstacle = loaded.obstacle { progress.stop(because: obstacle) }
        let waiters = PositionWaiters(published: { store.position })
        let service = QueryService(
            domain, model: ReadModel(domain, store: store, log: { logger.error("\($0)") }),
            progress: progress, waiters: waiters,
            building: configuration.answersWhileBuilding && loaded.obstacle == nil
                ? nil
                : BuildProgress(
                    from: store.position,
                    to: loaded.obstacle == nil ? progress.head : max(progress.head, .first),
                    startedAt: .current),
            epoch: loaded.source.epoch, limits: configuration.limits,
            memory: configuration.memory)
        do {
            let listener = try await ServerListener.listen(
                on: configuration.queryAddress, service: configuration.decorate(service),
                limits: configuration.limits, group: group, logger: logger,
                memory: configuration.memory)
            let subscriber = FeedSubscriber(
                address: configuration.feedAddress, group: group, progress: progress,
                logger: logger, position: { store.position })
            return ReadServer(
                domain, loaded, listener: listener, progress: progress, waiters: waiters,
                subscriber: subscriber, first: feed?.connection, memory: configuration.memory,
                logger: logger)
        } catch {
            // Why the start came to nothing is the error to tell.
            try? loaded.file.close()
            await feed?.connection.close()
            throw error
        }
    }

    /// Starts the threads behind the port: feed, projector, durable copy.
    private init(
        _ domain: CheckedDomain, _ loaded: ReadModelOpening.LoadedModel,
        listener: ServerListener, progress: ReadProgress, waiters: PositionWaiters,
        subscriber: FeedSubscriber, first: ClientConnection?, memory: MemoryBudget, logger: Logger
    ) {
        let log: @Sendable (String) -> Void = { logger.error("\($0)") }
        let store = loaded.store
        let fileWriter = DocumentFileWriter(
            file: loaded.file, epoch: loaded.source.epoch, memory: memory, log: log)
        let cacheByteCountMax = MemoryRoom.cacheByteCountMax(
            memory, collectionCount: domain.documents.count)
        let projector = Projector(
            store: store, progress: progress, waiters: waiters,
            fileWriter: fileWriter, memory: memory,
            makeRunner: {
                ProjectionRunner(
                    store: store, collections: domain.documents, reducer: domain.reducer,
                    pending: loaded.pending, cacheByteCountMax: cacheByteCountMax)
            },
            onGap: { subscriber.reconnect() }, log: log)
        fileWriter.start()
        projector.start()
        self.listener = listener
        self.projector = projector
        self.fileWriter = fileWriter
        self.store = store
        self.logger = logger
        self.subscriber = subscriber
        following = Task { await subscriber.run(first) { projector.receive($0) } }
    }

    /// The write server stops too, so that the end of its feed is worth no warning.
    package func expectEndOfFeed() {
        subscriber.expectEnd()
    }

    /// Lets open queries finish within `grace`, stops following, and writes the durable copy.
    package func shutDown(grace: Duration) async {
        await listener.shutDown(grace: grace)
        following.cancel()
        await following.value
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [projector, fileWriter] in
                projector.stop()
                fileWriter.stop()
                continuation.resume()
            }
        }
        logger.info("the read server has stopped", metadata: ["position": "\(store.position)"])
    }
}
