import NIOCore
import NIOEmbedded
import NIOPosix
import TestSupport
import Testing
import Wire

@testable import Transport

/// A server that can afford few connections, and what it logs.
private func withSmallServer(
    descriptorCount: Int = 1_000, limits: WireLimits = WireLimits(),
    _ body: (ServerListener, LogRecorder) async throws -> Void
) async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let log = LogRecorder()
    // What a slow machine needs for its next step is not what these tests are about.
    var limits = limits
    limits.handshakeTimeout = .seconds(3_600)
    limits.pingAfter = .seconds(3_600)
    let server = try await ServerListener.listen(
        on: HostAndPort(host: "127.0.0.1", port: 0), service: TestService(), limits: limits,
        group: MultiThreadedEventLoopGroup.singleton, logger: log.logger,
        descriptors: DescriptorBudget(descriptorCount: descriptorCount, ownCount: 0))
    do {
        try await body(server, log)
    } catch {
        await server.shutDown(grace: .zero)
        throw error
    }
    await server.shutDown(grace: .zero)
}

private func welcomed(_ server: ServerListener) async throws -> RawPeer {
    let peer = try await RawPeer.connect(to: server.address)
    peer.send(WireBytes.opening())
    #expect(try await peer.next()?.type == .welcome)
    return peer
}

@Test func `beyond what the descriptors allow a client is told LIMIT, and those before are served`()
    async throws
{
    // 10 of 16: a quarter is kept for refusals, and a part for ports that may come.
    try await withSmallServer(descriptorCount: 16) { server, log in
        var peers: [RawPeer] = []
        for _ in 0..<12 { peers.append(try await welcomed(server)) }
        for _ in 0..<40 {
            let refused = try await RawPeer.connect(to: server.address)
            let last = try await refused.next()
            // The reason may be lost where too many are refused at once.
            #expect(last == nil || last?.a == GoAwayCode.limit.rawValue)
            await refused.close()
        }
        for peer in peers {
            peer.send(WireBytes.request(.echo, stream: 1))
            #expect(try await peer.next()?.type == .response)
        }
        #expect(log.lines.count { $0.contains("refusing connections") } == 1)
        #expect(log.lines.contains { $0.contains("open files that the system allows") })
        #expect(log.lines.count <= 2)
        await peers[0].close()
        try await eventually { server.connectionCount < 12 }
        let next = try await eventuallyWelcomed(server)
        await next.close()
        for peer in peers { await peer.close() }
    }
}

/// The one that has left is counted until its socket is closed, which another thread does.
private func eventuallyWelcomed(_ server: ServerListener) async throws -> RawPeer {
    while true {
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        if try await peer.next()?.type == .welcome { return peer }
        await peer.close()
    }
}

@Test func `of too many unfinished handshakes the oldest one yields, and the newcomer is welcomed`()
    async throws
{
    var limits = WireLimits()
    limits.handshakeCountMax = 2
    try await withSmallServer(limits: limits) { server, _ in
        let oldest = try await RawPeer.connect(to: server.address)
        try await eventually { server.connectionCount == 1 }
        let second = try await RawPeer.connect(to: server.address)
        try await eventually { server.connectionCount == 2 }
        let newcomer = try await welcomed(server)
        #expect(try await oldest.next()?.a == GoAwayCode.limit.rawValue)
        second.send(WireBytes.opening())
        #expect(try await second.next()?.type == .welcome)
        for peer in [oldest, second, newcomer] { await peer.close() }
    }
}

@Test func `a listening socket that is lost is made anew, and those who are connected go on`()
    async throws
{
    try await withSmallServer { server, log in
        let before = try await welcomed(server)
        // As NIO does on an error of accept that it doesn't know.
        try await server.channel.close()
        try await eventually { log.lines.contains { $0.contains("listening again") } }
        try await eventually { server.channel.isActive }
        let after = try await welcomed(server)
        for peer in [before, after] {
            peer.send(WireBytes.request(.echo, stream: 1))
            #expect(try await peer.next()?.type == .response)
            await peer.close()
        }
    }
}

@Test func `a port that was shut down does not listen again`() async throws {
    try await withSmallServer { server, log in
        await server.shutDown(grace: .zero)
        #expect(!server.channel.isActive)
        #expect(log.lines.isEmpty)
    }
}

@Test func `only so many refused connections wait for their peers to hear of it`() {
    var limits = WireLimits()
    limits.connectionCountMax = 1
    let shared = ServerShared(
        service: TestService(), limits: limits, logger: LogRecorder().logger, endpoints: [:],
        descriptors: DescriptorBudget(descriptorCount: 1_000, ownCount: 0))
    let handlers = (0..<70).map { _ in ServerChannelHandler(shared: shared) }
    let channels = handlers.map { EmbeddedChannel(handler: $0) }
    #expect(shared.connections.opened(handlers[0]) == .serve)
    let refused = handlers[1..<70].map { shared.connections.opened($0) }
    #expect(refused.prefix(64).allSatisfy { $0 == .refuse(.port, lingers: true) })
    #expect(refused.dropFirst(64).allSatisfy { $0 == .refuse(.port, lingers: false) })
    shared.connections.closed(handlers[5])
    #expect(shared.connections.opened(handlers[5]) == .refuse(.port, lingers: true))
    #expect(channels.count == 70)
}

// MARK: - Which handshake yields

/// Something to have an identity.
private final class Somebody {}

@Test func `an address with few handshakes does not pay for one with many`() {
    var handshakes = Handshakes()
    let quiet = Somebody()
    handshakes.add(ObjectIdentifier(quiet), address: "192.0.2.1")
    let loud = (0..<5).map { _ in Somebody() }
    for one in loud { handshakes.add(ObjectIdentifier(one), address: "192.0.2.2") }
    for one in loud.prefix(4) {
        #expect(handshakes.removeOldest() == ObjectIdentifier(one))
    }
    #expect(handshakes.removeOldest() == ObjectIdentifier(quiet), "the older of two")
    #expect(handshakes.removeOldest() == ObjectIdentifier(loud[4]))
    #expect(handshakes.removeOldest() == nil)
    #expect(handshakes.count == 0)
}

@Test func `a handshake that is complete does not yield`() {
    var handshakes = Handshakes()
    let first = Somebody()
    let second = Somebody()
    for one in [first, second] { handshakes.add(ObjectIdentifier(one), address: "192.0.2.1") }
    handshakes.remove(ObjectIdentifier(first))
    handshakes.remove(ObjectIdentifier(first))
    #expect(handshakes.count == 1)
    #expect(handshakes.removeOldest() == ObjectIdentifier(second))
}
