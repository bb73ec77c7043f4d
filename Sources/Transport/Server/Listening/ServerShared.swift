import Budget
import Logging
import NIOCore
import Wire

/// What all connections of one port have in common.
final class ServerShared: Sendable {
    let service: any PortService
    let meta: MetaService
    let limits: WireLimits
    let memory: MemoryBudget
    let logger: Logger
    let connections: ConnectionRegistry
    let descriptors: PortDescriptors
    /// Connections that are refused for a limit on connections.
    let refusals: EpisodeLog
    let endpoints: [String: String]
    /// The least time between two looks at a connection's deadlines, in milliseconds.
    let tickMillisecondsMin: UInt32 = 10
    /// How many frames of one connection are handled before others have their turn.
    let framesInTurnMax = 128
    /// Off only in tests, which compare the short way with the long one.
    let answersPlainCalls: Bool
    /// How long a connection that was ended waits for its peer to end it too.
    let lingerTime: TimeAmount = .seconds(1)

    init(
        service: any PortService, limits: WireLimits, logger: Logger,
        endpoints: [String: String], descriptors: DescriptorBudget = .process,
        memory: MemoryBudget = .ample, answersPlainCalls: Bool = true
    ) {
        self.service = service
        self.answersPlainCalls = answersPlainCalls
        meta = MetaService(service, memory: memory)
        self.limits = limits
        self.memory = memory
        self.logger = logger
        self.endpoints = endpoints
        self.descriptors = descriptors.addPort()
        connections = ConnectionRegistry(
            limits: limits, descriptors: self.descriptors, memory: memory)
        refusals = EpisodeLog(
            logger, beginning: "refusing connections", ending: "no connection is refused any more")
    }
}
