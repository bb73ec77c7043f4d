import NIOCore
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `a lost connection fails its calls as UNAVAILABLE, outcome unknown`() async throws {
    try await ClientScript.run { script in
        async let call = script.echo()
        _ = try await script.server.next()
        await script.server.close()
        let failure = await call.failure
        #expect(failure?.code == .unavailable)
        #expect(failure?.isNotProcessed == false)
        #expect(await script.echo().failure?.isNotProcessed == true, "it was never sent")
    }
}

@Test func `a hard GOAWAY tells which calls were not processed`() async throws {
    try await ClientScript.run { script in
        async let first = script.echo()
        _ = try await script.server.next()
        async let second = script.echo()
        _ = try await script.server.next()
        var goAway = GoAway()
        goAway.message = "maintenance"
        script.server.send(
            WireBytes.frame(.goAway, flags: .hard, stream: 1, body: goAway.body()))
        let failures = await [first.failure, second.failure]
        #expect(failures.compactMap { $0?.isNotProcessed }.sorted { !$0 && $1 } == [false, true])
        #expect(failures.allSatisfy { $0?.message.contains("maintenance") == true })
        try await script.client.closed.get()
    }
}

@Test func `a soft GOAWAY lets calls finish and takes no new ones`() async throws {
    try await ClientScript.run { script in
        async let first = script.echo()
        _ = try await script.server.next()
        script.server.send(
            WireBytes.frame(.goAway, stream: 1),
            WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1))))
        #expect(try await script.server.next()?.type == .pong)
        #expect(!script.client.isOpen, "so that a pool opens another one")
        #expect(await script.echo().failure?.isNotProcessed == true)
        script.server.send(WireBytes.frame(.response, stream: 1, body: ByteBuffer(string: "ok")))
        #expect(await first.body == "ok")
        try await script.client.closed.get()
    }
}

@Test func `a soft GOAWAY's last stream says nothing of what was on its way`() async throws {
    try await ClientScript.run { script in
        async let call = script.echo()
        _ = try await script.server.next()
        // Sent before the request arrived; it was served nevertheless, and then the line broke.
        script.server.send(WireBytes.frame(.goAway, stream: 0))
        script.server.send(WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1))))
        _ = try await script.server.next()
        await script.server.close()
        #expect(await call.failure?.isNotProcessed == false)
    }
}

/// What a server sends in answer to a call on stream 1, and what the client makes of it.
private func outcome(
    page: Bool, _ answer: [ByteBuffer]
) async throws -> (outcome: CallOutcome, lastFrame: Frame?) {
    var result: (CallOutcome, Frame?)?
    try await ClientScript.run { script in
        async let call = page ? script.page() : script.echo()
        _ = try await script.server.next()
        script.server.send(WireBytes.joined(answer))
        var last: Frame?
        let outcome = await call
        if outcome.failure != nil {
            while let frame = try await script.server.next() { last = frame }
        }
        result = (outcome, last)
    }
    return try #require(result)
}

@Test(arguments: [
    WireBytes.frame(.response, stream: 9), WireBytes.frame(.item, stream: 1),
    WireBytes.frame(.end, stream: 1), WireBytes.frame(.request, stream: 1),
    WireBytes.frame(.welcome), WireBytes.frame(.hello), WireBytes.frame(.credit, stream: 1, b: 1),
    WireBytes.frame(.ping, stream: 1, body: ByteBuffer(integer: UInt64(1))),
    WireBytes.frame(.ping, b: 1, body: ByteBuffer(integer: UInt64(1))),
    WireBytes.frame(.pong, a: 1, body: ByteBuffer(integer: UInt64(1))),
    WireBytes.frame(.pong, body: ByteBuffer(integer: UInt32(1))),
    // A token of 15 bytes, and a custom entry without a name.
    WireBytes.frame(
        .response, flags: .metadata, stream: 1,
        body: ByteBuffer(bytes: [0, 18, 5, 0, 15] + [UInt8](repeating: 0, count: 15))),
    WireBytes.frame(
        .response, flags: .metadata, stream: 1, body: ByteBuffer(bytes: [0, 4, 0x40, 0, 1, 0])),
    WireBytes.frame(.error, stream: 1, body: ByteBuffer(bytes: [0xFF])),
    ByteBuffer(integer: UInt32.max), ByteBuffer(integer: UInt32(11)),
    ByteBuffer(bytes: [0, 0, 0, 12, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
])
func `a server that breaks the protocol is told so and left`(answer: ByteBuffer) async throws {
    let (outcome, last) = try await outcome(page: false, [answer])
    #expect(outcome.failure?.reason == "PROTOCOL_VIOLATION")
    #expect(outcome.failure?.isNotProcessed == false)
    #expect(last?.type == .goAway)
    #expect(last?.flags == .hard)
}

@Test func `calls made after a violation were never sent, and may be made again`() async throws {
    try await ClientScript.run { script in
        async let call = script.echo()
        _ = try await script.server.next()
        script.server.send(WireBytes.frame(.response, stream: 9))
        _ = await call
        #expect(!script.client.isOpen, "so that a pool opens another one")
        let failure = await script.echo().failure
        #expect(failure?.code == .unavailable)
        #expect(failure?.isNotProcessed == true)
    }
}

@Test func `an END that can't be read ends the connection`() async throws {
    let (outcome, last) = try await outcome(
        page: true, [WireBytes.frame(.end, stream: 1, body: ByteBuffer(bytes: [0xFF]))])
    #expect(outcome.failure?.reason == "PROTOCOL_VIOLATION")
    #expect(last?.type == .goAway)
}

@Test func `calls of a client that its own caller closes are CANCELLED`() async throws {
    try await ClientScript.run { script in
        async let call = script.echo()
        _ = try await script.server.next()
        await script.client.close()
        let failure = await call.failure
        #expect(failure?.code == .cancelled)
        #expect(failure?.isNotProcessed == false)
    }
}

@Test func `an unknown frame that may be skipped is`() async throws {
    let (outcome, _) = try await outcome(
        page: false,
        [
            ByteBuffer(bytes: [0, 0, 0, 13, 0xF0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
            WireBytes.frame(.response, stream: 1, body: ByteBuffer(string: "ok")),
        ])
    #expect(outcome.body == "ok")
}

@Test func `pings in mid-answer are all answered`() async throws {
    try await ClientScript.run { script in
        async let call = script.page()
        _ = try await script.server.next()
        for number in 0..<20 as Range<UInt64> {
            script.server.send(
                WireBytes.frame(.item, stream: 1, body: ByteBuffer(string: "x")),
                WireBytes.frame(.ping, body: ByteBuffer(integer: number)))
        }
        for number in 0..<20 as Range<UInt64> {
            let pong = try #require(try await script.server.next())
            #expect(pong.type == .pong)
            #expect(pong.payload == ByteBuffer(integer: number))
        }
        script.server.send(WireBytes.frame(.end, stream: 1))
        #expect(await call.items.count == 20)
    }
}

@Test func `a server's flood of pings ends the connection instead of filling memory`()
    async throws
{
    let ping = WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1)))
    let (outcome, last) = try await outcome(page: false, Array(repeating: ping, count: 1_000))
    #expect(outcome.failure?.reason == "PROTOCOL_VIOLATION")
    #expect(last?.a == GoAwayCode.calm.rawValue)
}

@Test func `an ERROR brings its code, reason, facts and advice`() async throws {
    let rejection = Rejection(
        .aborted, reason: "SOLD_OUT", message: "None is left.", metadata: ["product_id": "7"])
    let body = ErrorDetails(rejection, domain: "shop").body()
    let (outcome, _) = try await outcomeOfError(
        WireBytes.frame(
            .error, flags: .notProcessed, a: StatusCode.aborted.rawValue, stream: 1, b: 250,
            body: body))
    let failure = try #require(outcome.failure)
    #expect(failure.code == .aborted)
    #expect(failure.reason == "SOLD_OUT")
    #expect(failure.message == "None is left.")
    #expect(failure.metadata == ["product_id": "7"])
    #expect(failure.isNotProcessed)
    #expect(failure.retryAfter == .after(milliseconds: 250))
}

@Test(arguments: [UInt16(0), 17, .max])
func `an ERROR with a code that is none is UNKNOWN`(code: UInt16) async throws {
    let (outcome, _) = try await outcomeOfError(
        WireBytes.frame(.error, a: code, stream: 1, b: .max))
    #expect(outcome.failure?.code == .unknown)
    #expect(outcome.failure?.retryAfter == .never)
}

/// The connection lives after an ERROR.
private func outcomeOfError(_ frame: ByteBuffer) async throws -> (CallOutcome, Bool) {
    var result: (CallOutcome, Bool)?
    try await ClientScript.run { script in
        async let call = script.echo()
        _ = try await script.server.next()
        script.server.send(frame)
        result = (await call, script.client.isOpen)
    }
    let found = try #require(result)
    #expect(found.1)
    return found
}
