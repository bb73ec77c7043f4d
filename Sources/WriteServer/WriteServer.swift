package import Budget
import ConnectionState
import Dispatch
import Foundation
package import Logging
package import NIOCore
package import TandemCore
package import TandemDomain
package import Transport
package import Wire
package import WriteStore

/// The write side: the command port, the feed port, and the database behind them.
package final class WriteServer: Sendable {
    private let store: WriteStore
    private let pump: FeedPump
    private let logger: Logger
    private let commandListener: ServerListener
    private let feedListener: ServerListener

    package var commandAddress: HostAndPort { commandListener.address }
    package var feedAddress: HostAndPort { feedListener.address }
    package var epoch: LogEpoch { store.epoch }

    /// Where the server keeps its data and listens.
    package struct Configuration: Sendable {
        package var store: WriteStoreConfiguration
        package var commandAddress: HostAndPort
        package var feedAddress: HostAndPort
        package var limits: WireLimits
        /// What the ports and the feed draw on; give the store the same.
        package var memory = MemoryBudget.ample
        /// What each port serves, wrapped in more; by default nothing more.
        package var decorate: @Sendable (any PortService) -> any PortService = { $0 }

        package init(
            store: WriteStoreConfiguration, commandAddress: HostAndPort, feedAddress: HostAndPort,
            limits: WireLimits = WireLimits()
        ) {
            self.store = store
            self.commandAddress = commandAddress
            self.feedAddress = feedAddress
            self.limits = limits
        }
    }

    private init(
        store: WriteStore, pump: FeedPump, logger: Logger,
        commandListener: ServerListener, feedListener: ServerListener
    ) {
        self.store = store
        self.pump = pump
        self.logger = logger
        self.commandListener = commandListener
        self.feedListener = feedListener
    }

    /// Opens the database and both ports.
    ///
    /// - Throws: `WriteStoreError` or ``ListenError``, both of which say what to do.
    package static func start(
        _ domain: CheckedDomain, configuration: Configuration, group: any EventLoopGroup,
        logger: Logger
    ) async throws -> WriteServer {
        let environment = WriteStoreEnvironment(
            log: { logger.error("\($0)") },
            onFatal: { reason in
                logger.critical("stopping at once: \(reason)")
                exit(70)
            },
            onFilesGone: { reason in
                logger.critical("stopping at once: \(reason)")
                exit(72)
            })
        let store = try WriteStore(
            configuration: configuration.store, migrations: domain.migrations,
            environment: environment,
            makeStatements: domain.makeStatements)
        do {
            return try await listen(domain, store, configuration, group, logger, environment)
        } catch {
            await blocking { store.shutDown() }
            throw error
        }
    }

    private static func listen(
        _ domain: CheckedDomain, _ store: WriteStore,
        _ configuration: Configuration, _ group: any EventLoopGroup, _ logger: Logger,
        _ environment: WriteStoreEnvironment
    ) async throws -> WriteServer {
        let identity = ServerIdentity(
            name: ServerIdentity.version, clusterID: store.clusterID, epoch: store.epoch,
            keyRetention: configuration.store.keyRetention)
        let commands = CommandService(
            domain, store: store, identity: identity, limits: configuration.limits,
            startedAt: .current)
        let reader = try EventLogReader(path: configuration.store.path)
        let log = FeedLog(
            read: { (position, countMax, byteCountMax) throws(StorageError) in
                try reader.events(
                    after: position, countMax: countMax, byteCountMax: byteCountMax)
            },
            digest: { (position) throws(StorageError) in try reader.digest(at: position) },
            head: { store.head }, memory: configuration.memory)
        let pump = FeedPump(log, wallClock: environment.wallClock, log: environment.log)
        let feed = FeedService(
            domain, pump: pump, identity: identity, status: commands.status,
            limits: configuration.limits, memory: configuration.memory)
        store.onCommit { [weak pump] _ in pump?.headMoved() }

        let feedListener = try await ServerListener.listen(
            on: configuration.feedAddress, service: configuration.decorate(feed),
            limits: configuration.limits, group: group, logger: logger,
            memory: configuration.memory)
        do {
            let commandListener = try await ServerListener.listen(
                on: configuration.commandAddress, service: configuration.decorate(commands),
                limits: configuration.limits, group: group, logger: logger,
                endpoints: ["feed": feedListener.address.description],
                memory: configuration.memory)
            pump.start()
            return WriteServer(
                store: store, pump: pump, logger: logger, commandListener: commandListener,
                feedListener: feedListener)
        } catch {
            await feedListener.shutDown(grace: .zero)
            throw error
        }
    }

    /// Takes no more connections, answers what is in flight within `grace`, and closes the
    /// database. The feed stays open until the last command is done; what a read server hasn't
    /// heard by then it hears after the next start.
    package func shutDown(grace: Duration) async {
        await commandListener.shutDown(grace: grace)
        await Self.blocking { self.store.shutDown() }
        // Its subscriptions don't hold it up, its other calls may have their time.
        await feedListener.shutDown(grace: grace)
        await Self.blocking { self.pump.stop() }
        logger.info("the write server has stopped", metadata: ["head": "\(store.head)"])
    }

    /// Runs what blocks on a thread that may.
    private static func blocking(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                body()
                continuation.resume()
            }
        }
    }
}
