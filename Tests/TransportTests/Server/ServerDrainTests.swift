import NIOCore
import Testing
import Wire

@testable import Transport

@Test func `a drained connection finishes its calls, serves what arrives, and ends`() throws {
    let server = try EmbeddedServer.welcomed()
    _ = try server.send(WireBytes.request(.hold, stream: 1))
    server.handler.drain(grace: .seconds(30))
    let soft = try server.frames()
    #expect(soft.map(\.type) == [.goAway])
    #expect(soft[0].flags == [])
    #expect(soft[0].stream == 1)
    #expect(soft[0].b == 30_000)
    #expect(try server.advance(.milliseconds(500)).isEmpty, "a call is open")
    #expect(try server.send(WireBytes.request(.echo, stream: 2)).map(\.type) == [.response])
    server.service.probe.releaseAll()
    #expect(try server.frames().map(\.type) == [.response])
    let hard = try server.advance(.milliseconds(500))
    #expect(hard.map(\.type) == [.goAway])
    #expect(hard[0].flags == .hard)
    #expect(hard[0].stream == 2)
    #expect(hard[0].a == GoAwayCode.noError.rawValue)
    #expect(server.service.probe.counts.closed == 1)
}

@Test func `a held page is finished before a drained connection ends, a feed is not`() throws {
    let server = try EmbeddedServer.welcomed(window: 2_000)
    _ = try server.send(
        WireBytes.page(stream: 1, count: 4, size: 1_000), WireBytes.request(.feed, stream: 2))
    server.handler.drain(grace: .seconds(30))
    _ = try server.frames()
    #expect(try server.advance(.milliseconds(500)).isEmpty)
    let rest = try server.send(WireBytes.frame(.credit, stream: 1, b: 9_000))
    #expect(rest.last?.type == .end)
    #expect(try server.advance(.milliseconds(500)).map(\.type) == [.goAway])
}

@Test func `grace that is over ends what is still open, also grace under a second`() async throws {
    try await withServer { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening(), WireBytes.request(.hold, stream: 1))
        #expect(try await peer.next()?.type == .welcome)
        await server.shutDown(grace: .milliseconds(300))
        let soft = try #require(try await peer.next())
        #expect(soft.flags == [])
        #expect(soft.b == 300)
        #expect(try await peer.next()?.flags == .hard)
        #expect(try await peer.next() == nil)
        #expect(server.connectionCount == 0)
    }
}

@Test(arguments: [Duration.seconds(-5), .zero, .seconds(Int64.max)])
func `no length of grace makes a trap`(grace: Duration) throws {
    let server = try EmbeddedServer.welcomed()
    server.handler.drain(grace: grace)
    #expect(try server.frames().map(\.type) == [.goAway])
    #expect(try server.advance(.milliseconds(200)).map(\.type) == [.goAway])
}
