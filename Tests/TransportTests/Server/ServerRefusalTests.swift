import NIOCore
import TandemCore
import Testing
import Wire

@testable import Transport

@Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}"])
func `who speaks text gets a line that says what this is, and a close`(text: String) async throws {
    try await withServer { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(ByteBuffer(string: text))
        let answer = String(buffer: await peer.rest())
        #expect(answer.hasPrefix("This is a Tandem query port."))
        #expect(answer.hasSuffix("\r\n"))
        try await eventually { server.connectionCount == 0 }
    }
}

@Test func `a preface that goes wrong behind its first byte gets a GOAWAY`() async throws {
    try await withServer { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(ByteBuffer(bytes: [0xF4, 0x54, 0x4E, 0x44, 0x0A]))
        let goAway = try #require(try await peer.next())
        #expect(goAway.type == .goAway)
        #expect(goAway.a == GoAwayCode.protocolError.rawValue)
        #expect(try await peer.next() == nil)
    }
}

/// What a violation is answered with, as the last thing on its connection.
private func lastWord(on opening: ByteBuffer, then bytes: ByteBuffer) async throws -> Frame {
    var last: Frame?
    try await withServer { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(opening, bytes)
        while let frame = try await peer.next() { last = frame }
        try await eventually { server.connectionCount == 0 }
        #expect(probe.counts.openBatches == 0)
    }
    return try #require(last)
}

@Test(arguments: [UInt32(0), 11, (1 << 20) + 1, .max])
func `a hostile length gets GOAWAY HARD with code SIZE and the reason`(
    length: UInt32
) async throws {
    let goAway = try await lastWord(on: WireBytes.opening(), then: ByteBuffer(integer: length))
    #expect(goAway.type == .goAway)
    #expect(goAway.flags == .hard)
    #expect(goAway.a == GoAwayCode.size.rawValue)
    #expect(goAway.goAwayMessage.contains("\(length)"))
}

@Test func `a HELLO over its limit is refused from its length`() async throws {
    var opening = ByteBuffer()
    Preface(role: .query).write(to: &opening)
    let goAway = try await lastWord(on: opening, then: ByteBuffer(integer: UInt32(16 << 10) + 1))
    #expect(goAway.a == GoAwayCode.size.rawValue)
}

@Test func `a connection for another port is told which one this is, and is closed`() async throws {
    let goAway = try await lastWord(on: WireBytes.opening(role: .command), then: ByteBuffer())
    #expect(goAway.type == .goAway)
    #expect(goAway.flags == .hard)
    #expect(goAway.goAwayMessage.contains("this is the query port"))
}

@Test func `another major version is told so`() async throws {
    let preface = ByteBuffer(bytes: Preface.magic + [9, 2])
    let goAway = try await lastWord(on: preface, then: ByteBuffer())
    #expect(goAway.a == GoAwayCode.version.rawValue)
}

@Test func `a request before HELLO, and a second HELLO, end the connection`() async throws {
    var preface = ByteBuffer()
    Preface(role: .query).write(to: &preface)
    let early = try await lastWord(on: preface, then: WireBytes.request(.echo, stream: 1))
    #expect(early.type == .goAway)
    let second = try await lastWord(
        on: WireBytes.opening(),
        then: WireBytes.joined([
            WireBytes.request(.echo, stream: 3), WireBytes.frame(.hello),
            WireBytes.request(.echo, stream: 4),
        ]))
    #expect(second.type == .goAway)
    #expect(second.stream == 3, "what was processed is not said to be unprocessed")
}

@Test func `one request in flight too many ends the connection`() async throws {
    var limits = WireLimits()
    limits.inFlightCountMax = 2
    try await withServer(limits: limits) { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        for stream in 1...3 as ClosedRange<UInt32> {
            peer.send(WireBytes.request(.hold, stream: stream))
        }
        #expect(try await peer.next()?.type == .welcome)
        #expect(try await peer.next()?.a == GoAwayCode.limit.rawValue)
        #expect(try await peer.next() == nil)
        #expect(probe.counts.handled == 2)
    }
}

@Test func `a flood of pings ends the connection with code CALM`() async throws {
    let ping = WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1)))
    let flood = WireBytes.joined(Array(repeating: ping, count: 1_000))
    let goAway = try await lastWord(on: WireBytes.opening(), then: flood)
    #expect(goAway.a == GoAwayCode.calm.rawValue)
}

@Test func `a handshake that isn't finished in time is ended`() async throws {
    var limits = WireLimits()
    limits.handshakeTimeout = .milliseconds(200)
    try await withServer(limits: limits) { server, _ in
        let silent = try await RawPeer.connect(to: server.address)
        let halfway = try await RawPeer.connect(to: server.address)
        halfway.send(ByteBuffer(bytes: Preface.magic + [1, 2]))
        for peer in [silent, halfway] {
            #expect(try await peer.next()?.a == GoAwayCode.timeout.rawValue)
            #expect(try await peer.next() == nil)
        }
    }
}

@Test func `a frame that isn't finished in time ends the connection, a held call doesn't`()
    async throws
{
    var limits = WireLimits()
    limits.frameTimeout = .milliseconds(200)
    try await withServer(limits: limits) { server, probe in
        let holding = try await RawPeer.connect(to: server.address)
        holding.send(WireBytes.opening(), WireBytes.request(.hold, stream: 1))
        let slow = try await RawPeer.connect(to: server.address)
        slow.send(WireBytes.opening(), ByteBuffer(bytes: [0, 0, 0, 20, 3]))
        #expect(try await slow.next()?.type == .welcome)
        #expect(try await slow.next()?.a == GoAwayCode.timeout.rawValue)
        probe.releaseAll()
        #expect(try await holding.next()?.type == .welcome)
        #expect(try await holding.next()?.type == .response)
    }
}

@Test func `a silent peer is pinged, then dropped`() async throws {
    var limits = WireLimits()
    limits.pingAfter = .milliseconds(100)
    limits.deadAfterPing = .milliseconds(300)
    try await withServer(limits: limits) { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        #expect(try await peer.next()?.type == .welcome)
        #expect(try await peer.next()?.type == .ping)
        #expect(try await peer.next()?.a == GoAwayCode.timeout.rawValue)
    }
}

@Test func `connections beyond the limits are refused with a reason, and make room again`()
    async throws
{
    var limits = WireLimits()
    limits.connectionCountPerAddressMax = 2
    try await withServer(limits: limits) { server, _ in
        var kept: [RawPeer] = []
        for _ in 0..<2 {
            let peer = try await RawPeer.connect(to: server.address)
            peer.send(WireBytes.opening())
            #expect(try await peer.next()?.type == .welcome)
            kept.append(peer)
        }
        for _ in 0..<3 {
            let refused = try await RawPeer.connect(to: server.address)
            let goAway = try #require(try await refused.next())
            #expect(goAway.a == GoAwayCode.limit.rawValue)
            #expect(try await refused.next() == nil)
        }
        #expect(server.connectionCount == 2)
        await kept[0].close()
        try await eventually { server.connectionCount == 1 }
        let next = try await RawPeer.connect(to: server.address)
        next.send(WireBytes.opening())
        #expect(try await next.next()?.type == .welcome)
    }
}
