import Budget
import NIOCore
import Synchronization
import Wire

/// The open connections of a port: how many there are, how many an address has, and where they
/// are when the server shuts down.
final class ConnectionRegistry: Sendable {
    fileprivate struct State {
        var connections: [ObjectIdentifier: Entry] = [:]
        var addresses: [String: Address] = [:]
        var handshakes = Handshakes()
        /// Refused, and not closed yet.
        var lingering: Set<ObjectIdentifier> = []
        var isDraining = false
        var whenEmpty: [EventLoopPromise<Void>] = []
    }

    fileprivate struct Address {
        var count = 0
        let share = AddressShare()
    }

    fileprivate struct Entry {
        let handler: NIOLoopBound<ServerChannelHandler>
        let eventLoop: any EventLoop
        let address: String
    }

    private let limits: WireLimits
    private let descriptors: PortDescriptors
    private let memory: MemoryBudget
    private let state = Mutex(State())

    init(limits: WireLimits, descriptors: PortDescriptors, memory: MemoryBudget) {
        self.limits = limits
        self.memory = memory
        self.descriptors = descriptors
    }

    var count: Int { state.withLock { $0.connections.count } }

    /// Counts a new connection, or says why it is not to be served. Of too many unfinished
    /// handshakes the oldest one yields: who only connects can't keep others out.
    func opened(_ handler: ServerChannelHandler) -> Admission {
        guard let context = handler.context else { return .refuse(.closed, lingers: false) }
        let id = ObjectIdentifier(handler)
        let address = Self.address(of: context.channel)
        let entry = Entry(
            handler: NIOLoopBound(handler, eventLoop: context.eventLoop),
            eventLoop: context.eventLoop, address: address)
        let mayServe = descriptors.mayServe
        let mayLinger = descriptors.mayLinger
        let (admission, share, yielding) = state.withLock {
            state -> (Admission, AddressShare?, Entry?) in
            let refusal =
                state.refusal(of: address, limits) ?? (mayServe ? nil : .descriptors)
                ?? (state.hasMemory(for: address, memory) ? nil : .memory)
            if refusal == .memory { memory.noteRefusal() }
            if let refusal {
                let lingers = mayLinger && state.lingering.count < Self.lingeringCountMax
                if lingers { state.lingering.insert(id) }
                return (.refuse(refusal, lingers: lingers), nil, nil)
            }
            let share = state.add(entry, id)
            guard state.handshakes.count > limits.handshakeCountMax else {
                return (.serve, share, nil)
            }
            let yielding = state.handshakes.removeOldest().flatMap { state.connections[$0] }
            return (.serve, share, yielding)
        }
        if let share { handler.memory.join(share) }
        if let yielding {
            yielding.eventLoop.execute { yielding.handler.value.yieldHandshake() }
        }
        return admission
    }

    /// Whose a connection is: its address, as connections are counted by.
    static func address(of channel: any Channel) -> String {
        channel.remoteAddress?.countedPrefix ?? "local"
    }

    /// Refused connections of a port that may wait for their peers to hear of it.
    static let lingeringCountMax = 64

    /// The connection's handshake is complete.
    func shookHands(_ handler: ServerChannelHandler) {
        state.withLock { $0.handshakes.remove(ObjectIdentifier(handler)) }
    }

    func closed(_ handler: ServerChannelHandler) {
        let waiting = state.withLock { state -> [EventLoopPromise<Void>] in
            let id = ObjectIdentifier(handler)
            state.lingering.remove(id)
            guard state.remove(id) else { return [] }
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

extension ConnectionRegistry.State {
    fileprivate func refusal(of address: String, _ limits: WireLimits) -> Admission.Refusal? {
        if isDraining { return .draining }
        if connections.count >= limits.connectionCountMax { return .port }
        let ofAddress = addresses[address]?.count ?? 0
        return ofAddress < limits.connectionCountPerAddressMax ? nil : .address
    }

    /// Whether the memory allows another connection of the address: there has to be something left
    /// for the calls of those that it has.
    fileprivate func hasMemory(for address: String, _ memory: MemoryBudget) -> Bool {
        let held = addresses[address]?.share.byteCount(of: .connections) ?? 0
        return memory.room(for: .connections, besides: held) >= held / 3
    }

    fileprivate mutating func add(
        _ entry: ConnectionRegistry.Entry, _ id: ObjectIdentifier
    ) -> AddressShare {
        connections[id] = entry
        handshakes.add(id, address: entry.address)
        var address = addresses[entry.address] ?? .init()
        address.count += 1
        addresses[entry.address] = address
        return address.share
    }

    /// False if it isn't there.
    fileprivate mutating func remove(_ id: ObjectIdentifier) -> Bool {
        guard let entry = connections.removeValue(forKey: id) else { return false }
        handshakes.remove(id)
        addresses[entry.address]?.count -= 1
        if addresses[entry.address]?.count == 0 { addresses[entry.address] = nil }
        return true
    }
}

extension SocketAddress {
    /// Whose connections are counted together: an IPv4 address, or the 64 bits of an IPv6 address
    /// that one site usually has to itself.
    fileprivate var countedPrefix: String? {
        guard case .v6 = self, let text = ipAddress else { return ipAddress }
        return IPv6Prefix.countedText(of: text)
    }
}

/// The first 64 bits of an IPv6 address.
enum IPv6Prefix {
    /// The prefix, or the IPv4 address that a listener for both sees as `::ffff:192.0.2.1`: all of
    /// these have the same first 64 bits.
    static func countedText(of address: String) -> String {
        let mapped = "::ffff:"
        guard address.hasPrefix(mapped), address.contains(".") else { return text(of: address) }
        return String(address.dropFirst(mapped.count))
    }

    /// - Parameter address: as `inet_ntop` writes it; a zone may follow.
    static func text(of address: String) -> String {
        let address = address.prefix { $0 != "%" }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = halves.first?.split(separator: ":") ?? []
        if halves.count == 2 {
            // An embedded IPv4 address stands for two groups.
            let tail = halves[1].split(separator: ":")
            let tailCount = tail.count + (tail.last?.contains(".") == true ? 1 : 0)
            let zeros = max(0, 8 - groups.count - tailCount)
            groups += Array(repeating: "0", count: zeros) + tail
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
