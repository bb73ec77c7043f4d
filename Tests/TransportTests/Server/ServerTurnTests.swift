import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Transport

@Test func `a turn is over after so much work, not only after so many frames`() throws {
    let server = try EmbeddedServer.welcomed(window: 1)
    let pages = (1...20).map { WireBytes.page(stream: $0, count: 100, size: 10_000) }
    try server.channel.writeInbound(WireBytes.joined(pages))
    #expect(server.service.probe.counts.handled < 5, "1 MB each")
    _ = try server.frames()
    #expect(server.service.probe.counts.handled == 20)
}

@Test func `the next turn comes behind a wait, so that other sockets are looked at before it`()
    throws
{
    let server = try EmbeddedServer.welcomed()
    let echoes = (1...1_000).map { WireBytes.request(.echo, stream: $0) }
    try server.channel.writeInbound(WireBytes.joined(echoes))
    let first = server.service.probe.counts.handled
    #expect(first > 0 && first < 1_000)
    // What is only handed to an event loop is done before it looks at sockets again.
    server.channel.embeddedEventLoop.run()
    #expect(server.service.probe.counts.handled == first)
    server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(server.service.probe.counts.handled > first)
    #expect(try server.frames().count == 1_000)
}

@Test func `work of several turns is done a piece a turn, and what came behind it waits`() throws {
    let server = try EmbeddedServer.welcomed()
    let loop = server.channel.embeddedEventLoop
    try server.channel.writeInbound(
        WireBytes.joined([
            WireBytes.spend(stream: 1, turns: 3), WireBytes.request(.echo, stream: 2),
        ]))
    loop.run()
    #expect(server.service.probe.counts.pieces == 0, "other sockets are looked at before it")
    for piece in 1...3 {
        #expect(server.service.probe.counts.handled == 1)
        while server.service.probe.counts.pieces < piece {
            loop.advanceTime(by: .microseconds(10))
        }
        #expect(server.service.probe.counts.pieces == piece)
    }
    let answers = try server.frames()
    #expect(answers.map(\.stream) == [1, 2])
    #expect(server.service.probe.counts.handled == 2)
}

@Test func `nothing is read while a request takes its turns`() throws {
    let server = try EmbeddedServer.welcomed()
    try server.channel.writeInbound(WireBytes.spend(stream: 1, turns: 2))
    #expect(server.handler.isReadingPaused)
    #expect(try server.frames().map(\.stream) == [1])
    #expect(!server.handler.isReadingPaused)
}

@Test func `a peer that ended its direction hears of a request that takes its turns`() throws {
    let server = try EmbeddedServer.welcomed()
    try server.channel.writeInbound(WireBytes.spend(stream: 1, turns: 3))
    server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(!server.handler.isFinished)
    #expect(try server.frames().map(\.stream) == [1])
    #expect(server.handler.isFinished)
}

@Test func `a connection that ends takes no more turns`() throws {
    let server = try EmbeddedServer.welcomed()
    try server.channel.writeInbound(WireBytes.spend(stream: 1, turns: 3))
    server.channel.embeddedEventLoop.advanceTime(by: .microseconds(50))
    try server.channel.close().wait()
    server.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(server.service.probe.counts.pieces == 1)
    #expect(server.service.probe.counts.closed == 1)
}
