import NIOCore
import SwiftProtobuf
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

/// A connection that may call `tandem.meta.v1` only, besides methods that there are not.
private struct MetaCaller {
    let server: EmbeddedServer
    private var lastStream: UInt32 = 0

    init() throws {
        server = try EmbeddedServer()
        var opening = ByteBuffer()
        Preface(role: .query).write(to: &opening)
        var hello = Hello()
        hello.methods = MetaService.Method.allCases.map(\.name) + ["test/none"]
        opening.writeFrame(.hello, body: hello.body())
        _ = try server.send(opening)
    }

    mutating func call(_ index: Int, body: ByteBuffer = ByteBuffer()) throws -> Frame {
        lastStream += 1
        var bytes = ByteBuffer()
        bytes.writeFrame(.request, a: UInt16(index), stream: lastStream, body: body)
        return try #require(try server.send(bytes).last)
    }

    mutating func reply<Reply: Message>(
        to method: MetaService.Method, as type: Reply.Type
    ) throws -> Reply {
        let frame = try call(method.rawValue)
        #expect(frame.type == .response)
        return try Reply(serializedBytes: Array(frame.payload.readableBytesView))
    }

    mutating func health() throws -> Tandem_Meta_V1_HealthReply {
        try reply(to: .health, as: Tandem_Meta_V1_HealthReply.self)
    }
}

@Suite struct MetaServiceTests {
    @Test func `a port without troubles is SERVING`() throws {
        var caller = try MetaCaller()
        #expect(try caller.health().state == .serving)
        #expect(try caller.health().reasons.isEmpty)
    }

    @Test func `a port with troubles is DEGRADED and says why, until they are over`() throws {
        var caller = try MetaCaller()
        caller.server.service.probe.troubles = ["Tired."]
        #expect(try caller.health().state == .degraded)
        #expect(try caller.health().reasons == ["Tired."])
        caller.server.service.probe.troubles = []
        #expect(try caller.health().state == .serving)
    }

    @Test func `a port that shuts down is DRAINING, whatever else it is`() throws {
        var caller = try MetaCaller()
        caller.server.service.probe.troubles = ["Tired."]
        caller.server.handler.drain(grace: .seconds(9))
        let health = try caller.health()
        #expect(health.state == .draining)
        #expect(health.reasons == ["The server is shutting down.", "Tired."])
    }

    @Test func `describe tells methods and their traits, features and domain`() throws {
        var caller = try MetaCaller()
        let reply = try caller.reply(to: .describe, as: Tandem_Meta_V1_DescribeReply.self)
        #expect(reply.server == "test/1")
        #expect(reply.port == "query")
        #expect(reply.domain == "test")
        #expect(reply.features == ["zlib", "crc32c"])
        let names = TestService.names + MetaService.Method.allCases.map(\.name)
        #expect(reply.methods.map(\.name) == names)
        let put = try #require(reply.methods.first { $0.name == "test/put" })
        #expect(put.kind == "unary")
        #expect(put.idempotency == "keyed")
        #expect(put.maxSize == 100)
        #expect(reply.methods.first { $0.name == "test/page" }?.kind == "stream")
    }

    @Test func `status is what the service reports`() throws {
        var caller = try MetaCaller()
        let reply = try caller.reply(to: .status, as: Tandem_Meta_V1_StatusReply.self)
        #expect(reply.role == "test")
    }

    @Test func `status tells the same troubles as health`() throws {
        var caller = try MetaCaller()
        let well = try caller.reply(to: .status, as: Tandem_Meta_V1_StatusReply.self)
        #expect(well.troubles.isEmpty)
        caller.server.service.probe.troubles = ["Tired."]
        let tired = try caller.reply(to: .status, as: Tandem_Meta_V1_StatusReply.self)
        #expect(tired.troubles == ["Tired."])
        caller.server.handler.drain(grace: .seconds(9))
        let reasons = try caller.health().reasons
        let last = try caller.reply(to: .status, as: Tandem_Meta_V1_StatusReply.self)
        #expect(last.troubles == reasons)
        #expect(reasons.count == 2)
    }

    @Test(arguments: MetaService.Method.allCases)
    func `a body that is no request is refused`(method: MetaService.Method) throws {
        var caller = try MetaCaller()
        let frame = try caller.call(method.rawValue, body: ByteBuffer(bytes: [0xFF]))
        #expect(frame.type == .error)
        #expect(frame.errorReason == "MALFORMED_REQUEST")
        #expect(frame.flags.contains(.notProcessed))
    }

    @Test func `nothing of it reaches the service`() throws {
        var caller = try MetaCaller()
        _ = try caller.health()
        #expect(caller.server.service.probe.counts.handled == 0)
    }
}

@Suite struct ErrorDomainTests {
    private func domain(of reason: String) throws -> String {
        var writer = ReplyWriter(buffer: ByteBuffer(), errorDomain: "shop.v1")
        writer.error(
            1, Rejection(.aborted, reason: reason, message: ""), isNotProcessed: false)
        var decoder = FrameDecoder(lengthMax: 1_000)
        guard case .frame(let frame) = try decoder.next(from: &writer.buffer) else { return "" }
        return try ErrorDetails(body: frame.payload, of: .error).info.domain
    }

    @Test func `Tandem's reasons have Tandem's domain, all others the service's`() throws {
        for reason in TandemReason.allCases {
            #expect(try domain(of: reason.rawValue) == "tandem")
        }
        #expect(try domain(of: "SOLD_OUT") == "shop.v1")
        #expect(try domain(of: "") == "shop.v1")
    }
}
