import Budget
public import Domain
import EventStore
import Logging
import NIOCore
import NIOPosix
import ProcessText
import ReadServer
public import ServiceLifecycle
import Synchronization
public import Transport
import Wire
import WriteServer

/// The servers of a domain: a whole program, or a value inside one of your own.
///
/// A program with the whole command line (`all`, `write`, `read`, `limits`, `--help`):
///
/// ```swift
/// @main struct Main {
///     static func main() async { await TandemServer.main(Accounts()) }
/// }
/// ```
///
/// A value, started and shut down by hand, or as a `Service` of swift-service-lifecycle:
///
/// ```swift
/// let server = TandemServer(Accounts(), .onFreePorts(dataDirectory: "data"))
/// let addresses = try await server.start()
/// …
/// await server.shutDown()
/// ```
public final class TandemServer: Service {
    /// Where a server listens; `nil` for what this process doesn't run.
    public struct Addresses: Hashable, Sendable {
        public internal(set) var command: HostAndPort?
        public internal(set) var query: HostAndPort?
        public internal(set) var feed: HostAndPort?
    }

    private let domain: Result<CheckedDomain, DomainMistake>
    private let configuration: ServerConfiguration
    private let decorate: @Sendable (any PortService) -> any PortService
    private let memory: MemoryBudget
    private let running = Mutex<Running?>(nil)

    /// What is to be taken down again.
    private struct Running {
        let group: MultiThreadedEventLoopGroup
        let watch: MemoryWatch
        let write: WriteSide?
        let trying: Task<Void, Never>
        let read: ReadServer?
    }

    /// Nothing happens before ``start()`` or ``run()``.
    public convenience init(_ domain: some Domain, _ configuration: ServerConfiguration) {
        self.init(domain, configuration, decorate: { $0 })
    }

    /// - Parameter decorate: what each port serves, wrapped in more.
    package init(
        _ domain: some Domain, _ configuration: ServerConfiguration,
        decorate: @escaping @Sendable (any PortService) -> any PortService
    ) {
        do { self.domain = .success(try CheckedDomain(domain)) } catch {
            self.domain = .failure(error)
        }
        self.configuration = configuration
        self.decorate = decorate
        memory = MemoryBudget(byteCountMax: configuration.memory.byteCount)
    }

    /// Opens databases and ports. To be called once.
    ///
    /// Where only the write side can't start for now, as on a full disk, the read side does, and
    /// the write side is tried again until it can: see ``addresses``.
    ///
    /// - Throws: What is wrong with the domain, the files or the addresses, and what to do.
    @discardableResult
    public func start() async throws -> Addresses {
        let domain = try domain.get()
        let logger = configuration.logger
        OpenFiles.raise(for: configuration.limits, logger: logger)
        let watch = MemoryWatch(memory) { logger.warning("\($0)") }
        watch.start()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(64, max(2, System.coreCount)))
        do {
            let started = try await open(domain, watch: watch, group: group)
            running.withLock { $0 = started }
            return addresses
        } catch {
            watch.stop()
            // What the start failed for is what the caller is told.
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Where it listens now.
    public var addresses: Addresses {
        running.withLock { running in
            let write = running?.write?.server
            return Addresses(
                command: write?.commandAddress, query: running?.read?.queryAddress,
                feed: write?.feedAddress)
        }
    }

    /// Ends the servers: open calls finish first, as long as ``ServerConfiguration/drain`` allows.
    public func shutDown() async {
        guard let ending = running.withLock({ $0.take() }) else { return }
        ending.trying.cancel()
        await ending.trying.value
        // Commands first: what was acknowledged still reaches the read side.
        if ending.write?.server != nil { ending.read?.expectEndOfFeed() }
        await ending.write?.server?.shutDown(grace: configuration.drain)
        await ending.read?.shutDown(grace: configuration.drain)
        ending.watch.stop()
        // What a thread had against it is of no use to anybody.
        try? await ending.group.shutdownGracefully()
    }

    /// Starts the servers and runs them until the task is cancelled or its service group shuts
    /// down gracefully.
    public func run() async throws {
        try await run { _ in }
    }

    /// - Parameter announce: told where the servers listen: once they do, and again when the write
    ///   side follows later.
    func run(announce: @Sendable (Addresses) -> Void) async throws {
        do {
            let addresses = try await cancelWhenGracefulShutdown { try await self.start() }
            announce(addresses)
            await withTaskGroup(of: Void.self) { group in
                if addresses.command == nil, configuration.write != nil {
                    // Ends with the trying, at the latest when the server is shut down.
                    let trying = running.withLock { $0?.trying }
                    group.addTask { await trying?.value }
                }
                // It throws when the task is cancelled, which ends the servers as well.
                group.addTask { try? await gracefulShutdown() }
                if await group.next() != nil, self.addresses.command != addresses.command {
                    announce(self.addresses)
                    await group.next()
                }
                group.cancelAll()
            }
        } catch is CancellationError {
            return
        }
        await shutDown()
    }

    private func open(
        _ domain: CheckedDomain, watch: MemoryWatch, group: MultiThreadedEventLoopGroup
    ) async throws -> Running {
        let write = try configuration.write.map { try makeWriteSide($0, of: domain, group: group) }
        let wished = configuration.write?.feedAddress
        // Where the read side knows whom to follow, it can begin alone.
        try await write?.open(mayWait: configuration.read != nil && wished?.port != 0)
        let trying = Task { if let write { await write.keepTrying() } }
        var readServer: ReadServer?
        if let read = configuration.read,
            let feed = read.feedAddress ?? write?.server?.feedAddress ?? wished
        {
            do {
                readServer = try await ReadServer.start(
                    domain, configuration: try reading(read, from: feed, write), group: group,
                    logger: configuration.logger)
            } catch {
                trying.cancel()
                await trying.value
                await write?.server?.shutDown(grace: .zero)
                throw error
            }
        }
        return Running(
            group: group, watch: watch, write: write, trying: trying, read: readServer)
    }

    private func makeWriteSide(
        _ write: ServerConfiguration.WriteSide, of domain: CheckedDomain,
        group: any EventLoopGroup
    ) throws -> WriteSide {
        let limits = configuration.limits
        var store = EventStoreConfiguration(path: try path(of: "write.sqlite"))
        store.keyRetention = limits.keyRetention
        store.queueCountMax = limits.queuedCommandCountMax
        store.queueByteCountMax = limits.queuedCommandByteCountMax
        store.keyCountMax = limits.keyCountMax
        store.databaseByteCountMax = limits.databaseByteCountMax
        store.diskReserveByteCount = limits.diskReserveByteCount
        store.logPageCountMax = limits.logByteCountMax / 4_096
        store.copyPath = configuration.read == nil ? nil : try path(of: "read.sqlite")
        store.beginsAnew = write.beginsAnew
        store.memory = memory
        store.cacheBytesMax = min(store.cacheBytesMax, memory.byteCountMax / 32)
        var writing = WriteServer.Configuration(
            store: store, commandAddress: write.commandAddress, feedAddress: write.feedAddress,
            limits: limits)
        writing.decorate = decorate
        writing.memory = memory
        return WriteSide(logger: configuration.logger) {
            [writing, logger = configuration.logger] in
            try await WriteServer.start(
                domain, configuration: writing, group: group, logger: logger)
        }
    }

    private func reading(
        _ read: ServerConfiguration.ReadSide, from feed: HostAndPort,
        _ writeSide: WriteSide?
    ) throws -> ReadServer.Configuration {
        var reading = ReadServer.Configuration(
            snapshotPath: try path(of: "read.sqlite"), feedAddress: feed,
            queryAddress: read.queryAddress, limits: configuration.limits)
        reading.decorate = decorate
        reading.memory = memory
        reading.answersWhileBuilding = read.answersWhileBuilding
        reading.troubles = { writeSide?.troubles ?? [] }
        return reading
    }

    /// Makes the directory, and answers the path of a file in it.
    private func path(of file: String) throws -> String {
        try DataDirectory(path: configuration.dataDirectory).prepare(for: file)
    }
}

extension TandemServer: CustomStringConvertible {
    public var description: String { "tandem-server" }
}

/// What a person is told when a server can't start.
public struct StartFailure: Error, CustomStringConvertible {
    let message: String

    /// One line.
    public var description: String { message.onOneLine }
}
