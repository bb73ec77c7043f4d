import ConnectionState
import NIOCore
import NIOEmbedded
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `a page within the window leaves at once and holds no slot`() throws {
    let server = try EmbeddedServer.welcomed(window: 10_000)
    let answers = try server.send(WireBytes.page(stream: 1, count: 3, size: 1_000))
    #expect(answers.map(\.type) == [.item, .item, .item, .end])
    #expect(server.handler.state.update { $0.openStreams.isEmpty } == true)
}

@Test func `a page larger than the window waits for credit, and then goes on`() throws {
    let server = try EmbeddedServer.welcomed(window: 2_500)
    let first = try server.send(WireBytes.page(stream: 1, count: 6, size: 1_000))
    #expect(first.map(\.type) == [.item, .item, .item], "the third overdraws the window")
    let second = try server.send(WireBytes.frame(.credit, stream: 1, b: 2_000))
    #expect(second.map(\.type) == [.item, .item])
    let third = try server.send(WireBytes.frame(.credit, stream: 1, b: 5_000))
    #expect(third.map(\.type) == [.item, .end])
    let all = first + second + third
    #expect(
        all.dropLast().map { $0.payload.getInteger(at: $0.payload.readerIndex) as UInt8? }
            == [0, 1, 2, 3, 4, 5])
}

@Test func `a stalled page blocks no other stream`() throws {
    let server = try EmbeddedServer.welcomed(window: 100)
    let answers = try server.send(
        WireBytes.page(stream: 1, count: 2, size: 1_000),
        WireBytes.page(stream: 2, count: 2, size: 1_000), WireBytes.request(.echo, stream: 3))
    #expect(answers.map(\.stream) == [1, 2, 3])
    #expect(try server.send(WireBytes.frame(.credit, stream: 2, b: 9_000)).map(\.stream) == [2, 2])
    #expect(try server.send(WireBytes.frame(.credit, stream: 1, b: 9_000)).map(\.stream) == [1, 1])
}

@Test func `the end of a page needs no credit`() throws {
    let server = try EmbeddedServer.welcomed(window: 1)
    let answers = try server.send(WireBytes.page(stream: 1, count: 1, size: 50_000))
    #expect(answers.map(\.type) == [.item, .end])
}

@Test func `a page without items is only its end`() throws {
    let server = try EmbeddedServer.welcomed(window: 1)
    #expect(try server.send(WireBytes.page(stream: 1, count: 0, size: 0)).map(\.type) == [.end])
}

@Test func `an empty item is an item`() throws {
    let server = try EmbeddedServer.welcomed()
    let answers = try server.send(WireBytes.page(stream: 1, count: 2, size: 0))
    #expect(answers.map(\.type) == [.item, .item, .end])
}

@Test func `cancelling a held page gives one final CANCELLED`() throws {
    let server = try EmbeddedServer.welcomed(window: 100)
    _ = try server.send(WireBytes.page(stream: 1, count: 5, size: 1_000))
    let answers = try server.send(
        WireBytes.frame(.cancel, stream: 1), WireBytes.frame(.cancel, stream: 1),
        WireBytes.frame(.credit, stream: 1, b: 90_000))
    #expect(answers.map(\.type) == [.error])
    #expect(answers[0].status == .cancelled)
    #expect(server.handler.pages.isEmpty)
    #expect(server.handler.memory.pageByteCount == 0)
    #expect(server.handler.state.update { $0.openStreams.isEmpty } == true)
}

@Test func `nothing is remembered of pages that have ended`() throws {
    let server = try EmbeddedServer.welcomed(window: 100)
    for stream in 1...50 as ClosedRange<UInt32> {
        _ = try server.send(WireBytes.page(stream: stream, count: 2, size: 1_000))
        let rest = try server.send(WireBytes.frame(.credit, stream: stream, b: 1_024))
        #expect(rest.map(\.type) == [.item, .end])
    }
    #expect(server.handler.pages.isEmpty)
    #expect(server.handler.memory.pageByteCount == 0)
    #expect(server.handler.streamsWithoutCredit.isEmpty)
    #expect(server.handler.streamsWithoutRoom.isEmpty)
}

@Test func `more held pages than the budget are refused, and credit is still heard`() throws {
    var limits = WireLimits()
    limits.heldPageByteCountMax = 25_000
    let server = try EmbeddedServer.welcomed(window: 100, limits: limits)
    let pages = (1...3).map { WireBytes.page(stream: $0, count: 10, size: 1_000) }
    let answers = try server.send(WireBytes.joined(pages))
    #expect(answers.map(\.type) == [.item, .item, .error])
    #expect(answers[2].errorReason == "TOO_MANY_HELD_PAGES")
    #expect(answers[2].flags.contains(.notProcessed))
    #expect(!server.handler.isReadingPaused)
    let rest = try server.send(WireBytes.frame(.credit, stream: 1, b: 50_000))
    #expect(rest.last?.type == .end)
    let another = try server.send(WireBytes.page(stream: 4, count: 10, size: 1_000))
    #expect(another.map(\.type) == [.item])
}

@Test func `one page may wait whatever its size, and a second one then may not`() throws {
    var limits = WireLimits()
    limits.heldPageByteCountMax = 5_000
    let server = try EmbeddedServer.welcomed(window: 100, limits: limits)
    let answers = try server.send(
        WireBytes.page(stream: 1, count: 10, size: 1_000),
        WireBytes.page(stream: 2, count: 2, size: 1_000))
    #expect(answers.map(\.type) == [.item, .error])
    #expect(answers[1].errorReason == "TOO_MANY_HELD_PAGES")
    let rest = try server.send(WireBytes.frame(.credit, stream: 1, b: 50_000))
    #expect(rest.count == 10)
    #expect(rest.last?.type == .end)
    #expect(server.handler.memory.pageByteCount == 0)
}

@Test func `a page goes out in pieces no larger than the outgoing buffer should be`() throws {
    var limits = WireLimits()
    limits.outboundPauseByteCount = 2_000
    let server = try EmbeddedServer.welcomed(window: 1_500, limits: limits)
    #expect(try server.send(WireBytes.page(stream: 1, count: 10, size: 1_000)).count == 2)
    let before = server.writeCount
    let rest = try server.send(WireBytes.frame(.credit, stream: 1, b: 90_000))
    #expect(rest.map(\.type) == Array(repeating: .item, count: 8) + [.end])
    #expect(server.writeCount - before >= 4)
    #expect(server.handler.streamsWithoutRoom.isEmpty)
}

@Test func `credit that comes while the client doesn't read is used when it does`() throws {
    let server = try EmbeddedServer.welcomed(window: 1_500)
    _ = try server.send(WireBytes.page(stream: 1, count: 4, size: 1_000))
    _ = try server.setWritable(false)
    #expect(try server.send(WireBytes.frame(.credit, stream: 1, b: 90_000)).isEmpty)
    #expect(try server.setWritable(true).map(\.type) == [.item, .item, .end])
}

@Test func `a service's own stream stops without credit and is resumed with it`() throws {
    let server = try EmbeddedServer.welcomed(window: 2_000)
    #expect(try server.send(WireBytes.request(.feed, stream: 1)).count == 2)
    #expect(try server.send(WireBytes.frame(.credit, stream: 1, b: 3_000)).count == 3)
    #expect(server.service.probe.counts.resumed == 1)
    let last = try server.send(WireBytes.frame(.cancel, stream: 1))
    #expect(last.map(\.type) == [.error])
    #expect(try server.send(WireBytes.frame(.credit, stream: 1, b: 3_000)).isEmpty)
}

@Test func `a page within the window is no held page, checksums or not`() throws {
    var limits = WireLimits()
    limits.heldPageByteCountMax = 1
    let server = try EmbeddedServer.welcomed(
        window: 10_000, features: [Feature.checksums], limits: limits)
    let answers = try server.send(sealed: WireBytes.page(stream: 1, count: 3, size: 1_000))
    #expect(answers.map(\.type) == [.item, .item, .item, .end])
}

@Test func `a method of any name that is not the server's is refused in a few words`() throws {
    let server = try EmbeddedServer()
    var opening = ByteBuffer()
    Preface(role: .query).write(to: &opening)
    var hello = Hello()
    hello.methods = [String(repeating: "m", count: 14_000)]
    hello.maxFrame = 16_384
    opening.writeFrame(.hello, body: hello.body())
    _ = try server.send(opening)
    let answers = try server.send(WireBytes.frame(.request, stream: 1))
    #expect(answers.map(\.errorReason) == ["UNKNOWN_METHOD"])
}
