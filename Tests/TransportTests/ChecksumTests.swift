import Compression
import ConnectionState
import NIOCore
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `a connection with checksums answers calls and pages`() async throws {
    try await withServer { server, _ in
        let client = try await connect(to: server.address) {
            $0.wantsChecksums = true
            $0.initialWindow = 4_000
        }
        #expect(client.welcome.features.contains(Feature.checksums))
        let reply = try await client.call(
            OutboundCall(method: TestService.Method.echo.rawValue, body: ByteBuffer(string: "hi")))
        #expect(String(buffer: reply.body) == "hi")
        var request = ByteBuffer()
        request.writeMultipleIntegers(UInt32(50), UInt32(1_000))
        let page = try await client.page(
            OutboundCall(method: TestService.Method.page.rawValue, body: request))
        #expect(page.items.count == 50)
        await client.close()
    }
}

@Test func `credit counts the checksums`() throws {
    let server = try EmbeddedServer.welcomed(window: 1_000, features: [Feature.checksums])
    // Two items of 500 bytes with their trailers: 480 of body, 16 of header, 4 of checksum.
    let answers = try server.send(
        WireBytes.page(stream: 1, count: 3, size: 480).sealed())
    #expect(answers.map(\.type) == [.item, .item])
}

@Test func `an answer that is too long with its checksum becomes an error`() throws {
    let server = try EmbeddedServer.welcomed(maxFrame: 16 << 10, features: [Feature.checksums])
    let fits: UInt32 = (16 << 10) - 12 - 4
    let answers = try server.send(
        sealed: WireBytes.joined([
            WireBytes.grow(stream: 1, to: fits), WireBytes.grow(stream: 2, to: fits + 1),
        ]))
    #expect(answers.map(\.type) == [.response, .error])
    #expect(answers.last?.errorReason == "ANSWER_TOO_LARGE")
}

@Test func `a request that is too long with its checksum isn't sent`() async throws {
    var limits = WireLimits()
    limits.frameInLengthMax = 5_000
    try await withServer(limits: limits) { server, _ in
        let client = try await connect(to: server.address) { $0.wantsChecksums = true }
        let fits = ByteBuffer(repeating: 1, count: 5_000 - 12 - 4)
        #expect(try await client.call(OutboundCall(method: 0, body: fits)).body == fits)
        let failure = await #expect(throws: CallFailure.self) {
            let body = ByteBuffer(repeating: 1, count: 5_000 - 12 - 3)
            _ = try await client.call(OutboundCall(method: 0, body: body))
        }
        #expect(failure?.reason == "REQUEST_TOO_LARGE")
        #expect(try await client.call(OutboundCall(method: 0, body: fits)).body == fits)
        await client.close()
    }
}

@Test func `a frame with a wrong checksum ends the connection`() throws {
    let server = try EmbeddedServer.welcomed(features: [Feature.checksums])
    var frame = WireBytes.request(.echo, stream: 1).sealed()
    frame.setInteger(UInt8(0xAA), at: frame.writerIndex - 1)
    let answers = try server.send(frame)
    #expect(answers.map(\.type) == [.goAway])
    #expect(answers.first?.a == GoAwayCode.checksum.rawValue)
}

@Test func `requests sent before WELCOME go without, and every frame after one with`() throws {
    let server = try EmbeddedServer.welcomed(features: [Feature.checksums])
    #expect(try server.send(WireBytes.request(.echo, stream: 1)).map(\.type) == [.response])
    #expect(
        try server.send(WireBytes.request(.echo, stream: 2).sealed()).map(\.type) == [.response])
    let answers = try server.send(WireBytes.request(.echo, stream: 3))
    #expect(answers.first?.a == GoAwayCode.checksum.rawValue)
}
