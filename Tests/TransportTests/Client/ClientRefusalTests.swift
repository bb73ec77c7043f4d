import NIOCore
import TandemCore
import TestSupport
import Testing
import Wire

@testable import Transport

@Test func `a server that isn't there is UNAVAILABLE, and nothing was done`() async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let listener = try await RawListener.listen()
    await listener.close()
    let address = listener.address
    let failure = await #expect(throws: CallFailure.self) { _ = try await connect(to: address) }
    #expect(failure?.code == .unavailable)
    #expect(failure?.isNotProcessed == true)
}

@Test func `the wrong port says which one it is`() async throws {
    try await withServer { server, _ in
        let failure = await #expect(throws: CallFailure.self) {
            _ = try await connect(to: server.address) { $0.role = .command }
        }
        #expect(failure?.code == .failedPrecondition, "another attempt would end the same way")
        #expect(failure?.retryAfter == .never)
        #expect(failure?.message.contains("this is the query port") == true)
    }
}

@Test func `a server that says nothing is given up`() async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let listener = try await RawListener.listen()
    let failure = await #expect(throws: CallFailure.self) {
        _ = try await connect(to: listener.address) { $0.connectTimeout = .milliseconds(200) }
    }
    #expect(failure?.message.contains("handshake") == true)
    await listener.close()
}

@Test func `a request that the server would end the connection for isn't sent`() async throws {
    var limits = WireLimits()
    limits.frameInLengthMax = 5_000
    try await withServer(limits: limits) { server, _ in
        let client = try await connect(to: server.address)
        let fits = ByteBuffer(repeating: 1, count: 5_000 - 12)
        #expect(try await client.call(OutboundCall(method: 0, body: fits)).body == fits)
        let failure = await #expect(throws: CallFailure.self) {
            let call = OutboundCall(method: 0, body: ByteBuffer(repeating: 1, count: 5_000 - 11))
            _ = try await client.call(call)
        }
        #expect(failure?.code == .resourceExhausted)
        #expect(failure?.isNotProcessed == true)
        #expect(client.isOpen)
        #expect(try await client.call(OutboundCall(method: 0, body: fits)).body == fits)
        await client.close()
    }
}

@Test func `a call of another kind than the server's isn't sent, and the connection lives`()
    async throws
{
    try await withServer { server, probe in
        let client = try await connect(to: server.address)
        for (method, kind) in [(0, CallKind.stream), (2, .unary)] {
            let failure = await #expect(throws: CallFailure.self) {
                let call = OutboundCall(method: method, kind: kind, body: ByteBuffer())
                _ = try await client.page(call)
            }
            #expect(failure?.reason == "WRONG_KIND")
            #expect(failure?.isNotProcessed == true)
            #expect(failure?.retryAfter == .never)
        }
        #expect(probe.counts.handled == 0)
        let right = OutboundCall(method: 0, kind: .unary, body: ByteBuffer(string: "hello"))
        #expect(try await client.call(right).body == right.body)
        await client.close()
    }
}
