import Budget
import Domain
import EventStore
import Foundation
import Logging
import NIOCore
import NIOPosix
import Orders
import ProcessText
import ReadServer
import ServiceLifecycle
import TestService
import Transport
import UnixSignals
import Wire
import WriteServer

/// Puts the servers together, and takes them apart in the right order.
struct Composition {
    /// The write side's addresses.
    struct WriteOptions: Sendable {
        let commandAddress: HostAndPort
        let feedAddress: HostAndPort
        /// Begin a new log, and set aside what is there.
        let beginsAnew: Bool
    }

    /// The read side's addresses; without a feed address, the write side of this process.
    struct ReadOptions: Sendable {
        let queryAddress: HostAndPort
        let feedAddress: HostAndPort?
        let answersWhileBuilding: Bool
    }

    private let common: CommonOptions

    init(_ common: CommonOptions) {
        self.common = common
    }

    func run(write: WriteOptions?, read: ReadOptions?) async throws {
        if common.testService {
            try await run(TestedDomain(OrdersDomain()), write: write, read: read)
        } else {
            try await run(OrdersDomain(), write: write, read: read)
        }
    }

    private func run(
        _ domain: some Domain, write: WriteOptions?, read: ReadOptions?
    ) async throws {
        let servers = Servers(
            domain: domain, decorate: decoration, write: write, read: read,
            writePath: try common.path(of: "write.sqlite"),
            readPath: try common.path(of: "read.sqlite"), limits: common.limits,
            memory: MemoryBudget(byteCountMax: common.memory.byteCount), drain: common.drain,
            logger: common.logger)
        common.memory.tell(common.logger)
        var configuration = ServiceGroupConfiguration(
            services: [servers], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: common.logger)
        configuration.maximumGracefulShutdownDuration = common.drain * 2 + .seconds(30)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            throw StartFailure(message: "\(error)")
        }
    }

    /// What is served on each port besides its own service.
    private var decoration: @Sendable (any PortService) -> any PortService {
        guard common.testService else { return { $0 } }
        let logger = common.logger
        logger.warning(
            "--test-service: anybody who can connect can keep this server busy; not for production")
        return { TestedPort($0, log: { logger.error("\($0)") }) }
    }
}

/// What a person is told when a server can't start.
struct StartFailure: Error, CustomStringConvertible {
    let message: String

    var description: String { message.onOneLine }
}

/// One process's servers, as one service.
private struct Servers<Application: Domain>: Service {
    let domain: Application
    let decorate: @Sendable (any PortService) -> any PortService
    let write: Composition.WriteOptions?
    let read: Composition.ReadOptions?
    let writePath: String
    let readPath: String
    let limits: WireLimits
    let memory: MemoryBudget
    let drain: Duration
    let logger: Logger

    func run() async throws {
        OpenFiles.raise(for: limits, logger: logger)
        let watch = MemoryWatch(memory) { [logger] in logger.warning("\($0)") }
        watch.start()
        defer { watch.stop() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(64, max(2, System.coreCount)))
        let writeSide = write.map { makeWriteSide($0, group: group) }
        // Where the read side knows whom to follow, it can begin alone.
        try await writeSide?.open(mayWait: read != nil && write?.feedAddress.port != 0)
        let trying = Task { await writeSide?.keepTrying() }
        var readServer: ReadServer?
        let feed = read?.feedAddress ?? writeSide?.server?.feedAddress ?? write?.feedAddress
        if let read, let feed {
            do {
                let configuration = reading(read, from: feed, writeSide)
                readServer = try await cancelWhenGracefulShutdown {
                    try await ReadServer.start(
                        domain, configuration: configuration, group: group, logger: logger)
                }
            } catch {
                trying.cancel()
                await trying.value
                await writeSide?.server?.shutDown(grace: .zero)
                if error is CancellationError { return }
                throw error
            }
        }
        let query = readServer?.queryAddress
        let first = writeSide?.server
        announce(query: query, first)
        let following = Task {
            await trying.value
            guard first == nil, let server = writeSide?.server else { return }
            announce(query: query, server)
        }
        // It throws when the task is cancelled, which ends the servers as well.
        try? await gracefulShutdown()
        trying.cancel()
        await following.value
        // Commands first: what was acknowledged still reaches the read side.
        if writeSide?.server != nil { readServer?.expectEndOfFeed() }
        await writeSide?.server?.shutDown(grace: drain)
        await readServer?.shutDown(grace: drain)
        // The process ends; what a thread had against it is of no use to anybody.
        try? await group.shutdownGracefully()
    }

    private func makeWriteSide(
        _ write: Composition.WriteOptions, group: any EventLoopGroup
    ) -> WriteSide<Application> {
        var store = EventStoreConfiguration(path: writePath)
        store.keyRetention = limits.keyRetention
        store.queueCountMax = limits.queuedCommandCountMax
        store.queueByteCountMax = limits.queuedCommandByteCountMax
        store.keyCountMax = limits.keyCountMax
        store.databaseByteCountMax = limits.databaseByteCountMax
        store.diskReserveByteCount = limits.diskReserveByteCount
        store.logPageCountMax = limits.logByteCountMax / 4_096
        store.copyPath = read == nil ? nil : readPath
        store.beginsAnew = write.beginsAnew
        store.memory = memory
        store.cacheBytesMax = min(store.cacheBytesMax, memory.byteCountMax / 32)
        var configuration = WriteServer<Application>.Configuration(
            store: store, commandAddress: write.commandAddress, feedAddress: write.feedAddress,
            limits: limits)
        configuration.decorate = decorate
        configuration.memory = memory
        return WriteSide(logger: logger) { [configuration] in
            try await WriteServer.start(
                domain, configuration: configuration, group: group, logger: logger)
        }
    }

    private func reading(
        _ read: Composition.ReadOptions, from feed: HostAndPort,
        _ writeSide: WriteSide<Application>?
    ) -> ReadServer.Configuration {
        var configuration = ReadServer.Configuration(
            snapshotPath: readPath, feedAddress: feed, queryAddress: read.queryAddress,
            limits: limits)
        configuration.decorate = decorate
        configuration.memory = memory
        configuration.answersWhileBuilding = read.answersWhileBuilding
        configuration.troubles = { writeSide?.troubles ?? [] }
        return configuration
    }

    /// What listens now, in one line, for whoever started the server, be it a person or a script.
    private func announce(query: HostAndPort?, _ writeServer: WriteServer<Application>?) {
        let addresses = [
            ("command", writeServer?.commandAddress), ("query", query),
            ("feed", writeServer?.feedAddress),
        ]
        let listening = addresses.compactMap { name, address in address.map { " \(name)=\($0)" } }
        let line = Data("ready\(listening.joined())\n".utf8)
        // Written at once: standard output may be a pipe that somebody waits on. If nobody does,
        // the server serves all the same.
        try? FileHandle.standardOutput.write(contentsOf: line)
    }
}

extension Servers: CustomStringConvertible {
    var description: String { "tandem-server" }
}
