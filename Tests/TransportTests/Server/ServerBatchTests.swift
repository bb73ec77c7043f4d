import NIOCore
import NIOEmbedded
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `a thousand requests in one segment are answered in order, in turns`() throws {
    let server = try EmbeddedServer.welcomed()
    let requests = (1...1_000).map { number in
        WireBytes.request(.echo, stream: number, body: ByteBuffer(integer: number))
    }
    let answers = try server.send(WireBytes.joined(requests))
    #expect(answers.map(\.stream) == Array(1...1_000))
    #expect(answers.allSatisfy { $0.payload == ByteBuffer(integer: $0.stream) })
    let turns = (1_000 + 127) / 128
    #expect(server.writeCount == turns, "others are served after each 128")
    #expect(server.service.probe.counts.batches == 1 + turns, "one is for HELLO")
}

@Test func `requests up to a turn's worth are answered in one go`() throws {
    let server = try EmbeddedServer.welcomed()
    let requests = (1...128).map { WireBytes.request(.echo, stream: $0) }
    #expect(try server.send(WireBytes.joined(requests)).count == 128)
    #expect(server.writeCount == 1)
    #expect(!server.handler.isReadingPaused)
}

@Test func `what comes while a connection waits for its turn is answered in order too`() throws {
    let server = try EmbeddedServer.welcomed()
    let requests = (1...400).map { WireBytes.request(.echo, stream: $0) }
    try server.channel.writeInbound(WireBytes.joined(Array(requests[..<300])))
    #expect(server.handler.isReadingPaused)
    try server.channel.writeInbound(WireBytes.joined(Array(requests[300...])))
    #expect(try server.frames().map(\.stream) == Array(1...400))
    #expect(!server.handler.isReadingPaused)
}

@Test func `a peer that ends its direction still gets the answers of its later turns`() throws {
    let server = try EmbeddedServer.welcomed()
    let requests = (1...300).map { WireBytes.request(.echo, stream: $0) }
    try server.channel.writeInbound(WireBytes.joined(requests))
    server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(try server.frames().count == 300)
}

@Test func `requests that come behind HELLO in one segment are answered behind WELCOME`() throws {
    let server = try EmbeddedServer()
    let answers = try server.send(WireBytes.opening(), WireBytes.request(.echo, stream: 1))
    #expect(answers.map(\.type) == [.welcome, .response])
    #expect(server.writeCount == 1)
    #expect(server.service.probe.counts.openBatches == 0)
}

@Test func `a connection whose bytes come one by one works the same`() throws {
    let server = try EmbeddedServer()
    let bytes = WireBytes.joined([
        WireBytes.opening(), WireBytes.request(.echo, stream: 1, body: ByteBuffer(string: "hi")),
        WireBytes.page(stream: 2, count: 1, size: 3),
    ])
    var answers: [Frame] = []
    for byte in bytes.readableBytesView {
        answers += try server.send(ByteBuffer(bytes: [byte]))
    }
    #expect(answers.map(\.type) == [.welcome, .response, .item, .end])
    #expect(server.service.probe.counts.openBatches == 0)
}

@Test func `WELCOME says what the server is and what it takes`() throws {
    let server = try EmbeddedServer()
    let frame = try #require(try server.send(WireBytes.opening()).first)
    let welcome = try Welcome(body: frame.payload, of: .welcome)
    #expect(welcome.methods.count == TestService.names.count)
    #expect(welcome.methods.map(\.known) == TestService.names.map { _ in true })
    #expect(welcome.logEpoch == 77)
    #expect(welcome.keyRetentionMs == 9_000)
    #expect(welcome.limits.maxInFlight == 1_024)
    #expect(welcome.features.isEmpty)
}

@Test func `a violation in a batch ends the batch before the connection is forgotten`() throws {
    let server = try EmbeddedServer.welcomed()
    let answers = try server.send(
        WireBytes.request(.echo, stream: 1), WireBytes.request(.echo, stream: 1),
        WireBytes.request(.echo, stream: 2))
    #expect(answers.map(\.type) == [.response, .goAway])
    let counts = server.service.probe.counts
    #expect(counts.openBatches == 0, "a snapshot that stays pinned would stop the projector")
    #expect(counts.closed == 1)
    #expect(counts.handled == 1)
}

@Test func `an answer longer than the client accepts becomes an error on its stream`() throws {
    let server = try EmbeddedServer.welcomed(maxFrame: 16 << 10)
    let answers = try server.send(
        WireBytes.grow(stream: 1, to: 16 << 10), WireBytes.grow(stream: 2, to: (16 << 10) - 12),
        WireBytes.page(stream: 3, count: 2, size: 20_000), WireBytes.request(.echo, stream: 4))
    #expect(answers.map(\.type) == [.error, .response, .error, .response])
    #expect(answers[0].status == .resourceExhausted)
    #expect(answers[0].errorReason == "ANSWER_TOO_LARGE")
    #expect(!answers[0].flags.contains(.notProcessed), "a command may well have been done")
}

@Test func `a request over its method's size is refused, and the connection lives`() throws {
    let server = try EmbeddedServer.welcomed()
    let key = IdempotencyKey(high: 1, low: 1)
    let answers = try server.send(
        WireBytes.request(.put, stream: 1, body: ByteBuffer(repeating: 0, count: 101), key: key),
        WireBytes.request(.put, stream: 2, body: ByteBuffer(repeating: 0, count: 100), key: key),
        WireBytes.request(.put, stream: 3))
    #expect(answers.map(\.type) == [.error, .response, .error])
    #expect(answers[0].status == .resourceExhausted)
    #expect(answers[0].flags.contains(.notProcessed))
    #expect(answers[2].errorReason == "KEY_MISSING")
}

@Test func `a ping is answered with its own bytes, amid other answers`() throws {
    let server = try EmbeddedServer.welcomed()
    let answers = try server.send(
        WireBytes.request(.echo, stream: 1),
        WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(42))),
        WireBytes.request(.echo, stream: 2))
    #expect(answers.map(\.type) == [.response, .pong, .response])
    #expect(answers[1].payload == ByteBuffer(integer: UInt64(42)))
}
