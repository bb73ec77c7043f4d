import NIOCore
import Synchronization
import Wire

/// The open connections of a port: how many there are, how many an address has, and where they
/// are when the server shuts down.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Entry] = [:]
        var countByAddress: [String: Int] = [:]
        var isDraining = false
        var whenEmpty: [EventLoopPromise<Void>] = []
    }

    private struct Entry {
        let handler: NIOLoopBound<ServerChannelHandler>
        let eventLoop: any EventLoop
        let address: String
    }

    private let limits: WireLimits
    private let state = Mutex(State())

    init(limits: WireLimits) {
        self.limits = limits
    }

    var count: Int { state.withLock { $0.connections.count } }

    /// Counts a new connection; false if there are too many, or the server is shutting down.
    func opened(_ handler: ServerChannelHandler) -> Bool {
        guard let context = handler.context else { return false }
        let address = context.remoteAddress?.ipAddress ?? "local"
        let entry = Entry(
            handler: NIOLoopBound(handler, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop, address: address)
        return state.withLock { state in
            guard !state.isDraining, state.connections.count < limits.connectionCountMax,
                state.countByAddress[address, default: 0] < limits.connectionCountPerAddressMax
            else { return false }
            state.connections[ObjectIdentifier(handler)] = entry
            state.countByAddress[address, default: 0] += 1
            return true
        }
    }

    func closed(_ handler: ServerChannelHandler) {
        let waiting = state.withLock { state -> [EventLoopPromise<Void>] in
            guard let entry = state.connections.removeValue(forKey: ObjectIdentifier(handler))
            else { return [] }
            let left = state.countByAddress[entry.address, default: 1] - 1
            state.countByAddress[entry.address] = left == 0 ? nil : left
            guard state.connections.isEmpty else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        // Outside the lock: a promise's callbacks may call straight back into us.
        for promise in waiting { promise.succeed(()) }
    }

    /// Asks every connection to end, and tells when the last one has.
    func drain(grace: Duration, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let entries = state.withLock { state -> [Entry] in
            state.isDraining = true
            if !state.connections.isEmpty { state.whenEmpty.append(promise) }
            return Array(state.connections.values)
        }
        if entries.isEmpty { promise.succeed(()) }
        for entry in entries {
            entry.eventLoop.execute { entry.handler.value.drain(grace: grace) }
        }
        return promise.futureResult
    }
}
