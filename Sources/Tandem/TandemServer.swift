import Budget
import Logging
import NIOCore
import NIOPosix
import ReadServer
public import ServiceLifecycle
import Synchronization
public import TandemDomain
public import Transport
import Wire
import WriteServer
import WriteStore

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
        /// Where commands are sent; `nil` if there is no write side.
        public internal(set) var command: HostAndPort?
        /// Where queries are asked; `nil` if there is no read side.
        public internal(set) var query: HostAndPort?
        /// Where read servers get events; `nil` if there is no write side.
        public internal(set) var feed: HostAndPort?
    }

    private let domain: Result<CheckedDomain, DomainMistake>
    private let configuration: ServerConfiguration
    private let decorate: @Sendable (any PortService) -> any PortService
    private let memory: MemoryBudget
    private let state = Mutex(State.idle)

    private enum State {
        case idle
        case starting
        case running(Running)
        /// Others that shut it down wait for the same end.
        case ending(Task<Void, Never>)
    }

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

    /// Opens databases and ports. To be called once: a server that has been shut down is made anew.
    ///
    /// The process's umask is set so that its files are its user's alone, its limit of open files
    /// raised, and SQLite's memory statistics are off if nobody has used SQLite in it before. Where
    /// what was said about durability can't be trusted any more, as after a failed fsync, the
    /// process ends at once: see the exit codes of `--help`.
    ///
    /// Where only the write side can't start for now, as on a full disk, the read side does, and
    /// the write side is tried again until it can: see ``addresses``.
    ///
    /// - Throws: What is wrong with the domain, the files or the addresses, and what to do.
    @discardableResult
    public func start() async throws -> Addresses {
        try state.withLock { state in
            guard case .idle = state else {
                throw StartFailure(message: "a server is started once; make another one")
            }
            state = .starting
        }
        do {
            let started = try await open()
            let isWanted = state.withLock { state in
                guard case .starting = state else { return false }
                state = .running(started)
                return true
            }
            guard isWanted else {
                await end(started)
                throw CancellationError()
            }
            return addresses
        } catch {
            state.withLock { if case .starting = $0 { $0 = .idle } }
            throw error
        }
    }

    private func open() async throws -> Running {
        let domain = try domain.get()
        let logger = configuration.logger
        guard configuration.write != nil || configuration.read?.feedAddress != nil else {
            throw StartFailure(
                message: """
                    there is nothing to run: give the server a write side, or a read side with the \
                    feedAddress of a write server
                    """)
        }
        OpenFiles.raise(for: configuration.limits, logger: logger)
        let watch = MemoryWatch(memory) { logger.warning("\($0)") }
        watch.start()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(64, max(2, System.coreCount)))
        do {
            return try await open(domain, watch: watch, group: group)
        } catch {
            watch.stop()
            // What the start failed for is what the caller is told.
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Where it listens now.
    public var addresses: Addresses {
        guard let running else { return Addresses() }
        let write = running.write?.server
        return Addresses(
            command: write?.commandAddress, query: running.read?.queryAddress,
            feed: write?.feedAddress)
    }

    private var running: Running? {
        state.withLock { if case .running(let running) = $0 { running } else { nil } }
    }

    /// Ends the servers: open calls finish first, as long as ``ServerConfiguration/drain`` allows.
    /// Whoever calls it meanwhile waits for the same end; a ``start()`` that is under way fails.
    public func shutDown() async {
        let ending = state.withLock { state in
            switch state {
            case .idle, .starting:
                // A start that is under way takes down what it has opened.
                state = .ending(Task {})
                return nil as Task<Void, Never>?
            case .running(let running):
                let ending = Task { await self.end(running) }
                state = .ending(ending)
                return ending
            case .ending(let ending):
                return ending
            }
        }
        await ending?.value
    }

    private func end(_ running: Running) async {
        running.trying.cancel()
        await running.trying.value
        // Commands first: what was acknowledged still reaches the read side.
        if running.write?.server != nil { running.read?.expectEndOfFeed() }
        await running.write?.server?.shutDown(grace: configuration.drain)
        await running.read?.shutDown(grace: configuration.drain)
        running.watch.stop()
        // What a thread had against it is of no use to anybody.
        try? await running.group.shutdownGracefully()
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
            // Whether it is over; until then the write side may have come.
            await withTaskGroup(of: Bool.self) { group in
                if addresses.command == nil, configuration.write != nil,
                    let trying = running?.trying
                {
                    group.addTask {
                        await withTaskCancellationHandler {
                            await trying.value
                        } onCancel: {
                            trying.cancel()
                        }
                        return false
                    }
                }
                group.addTask {
                    // It throws when the task is cancelled, which ends the servers as well.
                    try? await gracefulShutdown()
                    return true
                }
                while let isOver = await group.next(), !isOver {
                    let addresses = self.addresses
                    // The trying also ends when the task is cancelled.
                    if addresses.command != nil { announce(addresses) }
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
        var store = WriteStoreConfiguration(path: try path(of: "write.sqlite"))
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
            documentsPath: try path(of: "read.sqlite"), feedAddress: feed,
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
