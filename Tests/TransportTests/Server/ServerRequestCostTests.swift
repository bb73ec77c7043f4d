import NIOCore
import NIOEmbedded
import Testing
import Wire
import WireMessages

@testable import Transport

/// A body of two bytes an element.
private func fields(_ count: Int, _ unit: [UInt8] = [15 << 3, 0]) -> ByteBuffer {
    ByteBuffer(bytes: (0..<count).flatMap { _ in unit })
}

@Test(arguments: [
    ("unknown fields", [15 << 3, 0]), ("groups", [15 << 3 | 3, 15 << 3 | 4]),
    ("empty messages", [3 << 3 | 2, 0]), ("empty messages of field 1", [1 << 3 | 2, 0]),
] as [(String, [UInt8])])
func `a body that would take long to decode never gets to its service`(
    what: String, unit: [UInt8]
) throws {
    let server = try EmbeddedServer.welcomed()
    let answers = try server.send(
        WireBytes.request(.echo, stream: 1, body: fields(49_000, unit)),
        WireBytes.request(.echo, stream: 2))
    #expect(answers.map(\.stream) == [1, 2])
    #expect(answers.map(\.errorReason).first == "REQUEST_TOO_COMPLEX")
    #expect(answers.first?.flags.contains(.notProcessed) == true)
    #expect(answers.first?.b == retryNever)
    #expect(server.service.probe.counts.handled == 1, "\(what)")
}

@Test func `as many elements as may be are decoded, and one more is not`() throws {
    var limits = WireLimits()
    limits.requestElementCountMax = 1_000
    let server = try EmbeddedServer.welcomed(limits: limits)
    let answers = try server.send(
        WireBytes.request(.echo, stream: 1, body: fields(1_000)),
        WireBytes.request(.echo, stream: 2, body: fields(1_001)))
    #expect(answers.map(\.type) == [.response, .error])
}

@Test func `a turn is over after so many elements to decode`() throws {
    let server = try EmbeddedServer.welcomed()
    let requests = (1...10).map { WireBytes.request(.hold, stream: $0, body: fields(2_100)) }
    try server.channel.writeInbound(WireBytes.joined(requests))
    #expect(server.service.probe.counts.handled == 1, "a large one ends the turn")
    #expect(server.handler.isYielding)
    _ = try server.frames()
    #expect(server.service.probe.counts.handled == 10)
}

@Test func `a turn is over after so many bytes of requests`() throws {
    let server = try EmbeddedServer.welcomed()
    // One field of 64 KiB.
    var body = ByteBuffer(bytes: [2 << 3 | 2, 0x80, 0x80, 0x04])
    body.writeRepeatingByte(9, count: 65_536)
    let requests = (1...40).map { WireBytes.request(.hold, stream: $0, body: body) }
    try server.channel.writeInbound(WireBytes.joined(requests))
    #expect(server.service.probe.counts.handled <= 128 / 8)
    #expect(server.handler.isYielding)
    _ = try server.frames()
    #expect(server.service.probe.counts.handled == 40)
}

@Test func `a turn is over after so much metadata`() throws {
    let server = try EmbeddedServer.welcomed()
    // 8,190 bytes of entries that are skipped, three bytes each.
    var payload = ByteBuffer(integer: UInt16(8_190))
    for _ in 0..<2_730 { payload.writeMultipleIntegers(UInt8(0xF0), UInt16(0)) }
    let requests = (1...10).map {
        WireBytes.frame(
            .request, flags: .metadata, a: TestService.Method.hold.index, stream: $0, body: payload)
    }
    try server.channel.writeInbound(WireBytes.joined(requests))
    #expect(server.service.probe.counts.handled == 1)
    _ = try server.frames()
    #expect(server.service.probe.counts.handled == 10)
}

@Test func `a client's GOAWAY is no longer than its HELLO may be`() throws {
    let server = try EmbeddedServer.welcomed()
    let answers = try server.send(WireBytes.frame(.goAway, body: fields(10_000)))
    #expect(answers.map(\.type) == [.goAway])
    #expect(answers.first?.a == GoAwayCode.size.rawValue)
}
