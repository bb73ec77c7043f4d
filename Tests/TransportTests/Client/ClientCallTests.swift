import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TandemCore
import TestSupport
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `calls and pages go there and back`() async throws {
    try await withServer { server, _ in
        let client = try await connect(to: server.address)
        let call = OutboundCall(method: 0, body: ByteBuffer(string: "hello"))
        let reply = try await client.call(call)
        #expect(String(buffer: reply.body) == "hello")
        var body = ByteBuffer()
        body.writeMultipleIntegers(UInt32(3), UInt32(10))
        let page = try await client.page(OutboundCall(method: 2, body: body))
        #expect(page.items.map(\.readableBytes) == [10, 10, 10])
        await client.close()
        #expect(!client.isOpen)
    }
}

@Test func `a page of many windows arrives whole, since the client grants credit`() async throws {
    try await withServer { server, _ in
        let client = try await connect(to: server.address) { $0.initialWindow = 5_000 }
        var body = ByteBuffer()
        body.writeMultipleIntegers(UInt32(200), UInt32(1_000))
        let page = try await client.page(OutboundCall(method: 2, body: body))
        #expect(page.items.count == 200)
        #expect(page.items.allSatisfy { $0.readableBytes == 1_000 })
        await client.close()
    }
}

@Test func `a page longer than the client holds is given up, and the connection goes on`()
    async throws
{
    try await withServer { server, _ in
        let client = try await connect(to: server.address) {
            $0.pageByteCountMax = 60_000
            $0.initialWindow = 5_000
        }
        var body = ByteBuffer()
        body.writeMultipleIntegers(UInt32(200), UInt32(1_000))
        let endless = OutboundCall(method: 2, body: body)
        let failure = await #expect(throws: CallFailure.self) {
            _ = try await client.page(endless)
        }
        #expect(failure?.reason == "PAGE_TOO_LARGE")
        #expect(failure?.code == .resourceExhausted)
        body.clear()
        body.writeMultipleIntegers(UInt32(50), UInt32(1_000))
        let whole = try await client.page(OutboundCall(method: 2, body: body))
        #expect(whole.items.count == 50)
        await client.close()
    }
}

@Test func `empty items count against what the client holds`() async throws {
    try await withServer { server, _ in
        let client = try await connect(to: server.address) { $0.pageByteCountMax = 60_000 }
        var body = ByteBuffer()
        body.writeMultipleIntegers(UInt32(1_000), UInt32(0))
        let empty = OutboundCall(method: 2, body: body)
        let failure = await #expect(throws: CallFailure.self) { _ = try await client.page(empty) }
        #expect(failure?.reason == "PAGE_TOO_LARGE")
        await client.close()
    }
}

@Test func `a connection tells how it fared once it takes no more calls`() async throws {
    try await ClientScript.run { script in
        #expect(script.client.end == ConnectionEnd())
        script.server.send(
            WireBytes.frame(.goAway, flags: .hard, a: GoAwayCode.calm.rawValue))
        try await eventually { !script.client.isOpen }
        let end = script.client.end
        #expect(!end.hasAnswered)
        #expect(end.leftAt != nil)
        #expect(end.wait == .seconds(1))
    }
}

@Test func `a call that is cancelled while it waits for a slot was certainly not processed`()
    async throws
{
    try await ClientScript.run(inFlight: 1) { script in
        async let first = script.echo()
        let request = try await script.server.next()
        #expect(request?.stream == 1)
        let second = Task { await script.echo() }
        try await Task.sleep(for: .milliseconds(20))
        second.cancel()
        let failure = await second.value.failure
        #expect(failure?.code == .cancelled)
        #expect(failure?.isNotProcessed == true)
        script.server.send(WireBytes.frame(.response, stream: 1))
        let answered = await first
        #expect(answered.failure == nil)
    }
}

@Test(arguments: [GoAwayCode.version, .unauthenticated, .cluster])
func `a server that says behind WELCOME that it is none of ours is not asked again`(
    code: GoAwayCode
) async throws {
    try await ClientScript.run { script in
        async let echo = script.echo()
        let request = try await script.server.next()
        #expect(request?.stream == 1)
        script.server.send(
            WireBytes.frame(.goAway, flags: .hard, a: code.rawValue, stream: 1))
        let failure = await echo.failure
        #expect(failure?.code == .unavailable)
        #expect(failure?.retryAfter == .never)
    }
}

@Test func `a thousand calls at once are all answered`() async throws {
    try await withServer { server, _ in
        let client = try await connect(to: server.address)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1_000 as Range<UInt32> {
                group.addTask {
                    let body = ByteBuffer(integer: number)
                    return try await client.call(OutboundCall(method: 0, body: body)).body == body
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        await client.close()
    }
}

@Test func `calls beyond the server's limit wait for a slot, and none is refused`() async throws {
    var limits = WireLimits()
    limits.inFlightCountMax = 3
    try await withServer(limits: limits) { server, probe in
        let client = try await connect(to: server.address)
        #expect(client.inFlightCountMax == 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    _ = try await client.call(OutboundCall(method: 3, body: ByteBuffer()))
                }
            }
            for round in [3, 6, 9, 10] {
                try await eventually { probe.counts.handled == round }
                probe.releaseAll()
            }
            try await group.waitForAll()
        }
        await client.close()
    }
}

@Test func `cancelling the task cancels the call on the server`() async throws {
    try await withServer { server, probe in
        let client = try await connect(to: server.address)
        let task = Task { try await client.call(OutboundCall(method: 3, body: ByteBuffer())) }
        try await eventually { probe.counts.handled == 1 }
        task.cancel()
        let result = await task.result
        #expect(throws: CallFailure.self) { _ = try result.get() }
        try await eventually { probe.counts.cancelled == 1 }
        await client.close()
    }
}

@Test func `a task that is cancelled already sends nothing, and does not wait`() async throws {
    try await withServer { server, probe in
        let client = try await connect(to: server.address)
        let result = await Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.call(OutboundCall(method: 3, body: ByteBuffer()))
        }.result
        let failure = #expect(throws: CallFailure.self) { _ = try result.get() }
        #expect(failure?.code == .cancelled)
        #expect(failure?.isNotProcessed == true)
        #expect(probe.counts.handled == 0)
        await client.close()
    }
}

@Test func `the loop is woken for the first call that comes, and not while it is coming`() {
    let inbox = CallInbox()
    let calls = (0..<3).map { number in
        ClientCall(OutboundCall(method: number, body: ByteBuffer()), sink: NobodysSink())
    }
    #expect(calls.map { inbox.add($0) } == [true, false, false])
    var taken: [ClientCall] = []
    inbox.take(into: &taken)
    #expect(taken.map(\.call.method) == [0, 1, 2])
    inbox.take(into: &taken)
    #expect(taken.isEmpty)
    #expect(inbox.add(calls[0]))
    inbox.take(into: &taken)
    inbox.willTake()
    #expect(!inbox.add(calls[1]))
    inbox.take(into: &taken)
    #expect(taken.map(\.call.method) == [1])
}

private final class NobodysSink: CallSink {
    func receive(_: CallEvent) {}
}

@Test func `a deadline that passes unanswered ends the call, and the connection lives`()
    async throws
{
    try await ClientScript.run { script in
        async let call = script.echo(timeout: .milliseconds(50))
        let request = try #require(try await script.server.next())
        #expect(request.b >= 1 && request.b <= 50, "the server hears of the deadline")
        #expect(try await script.server.next()?.type == .cancel)
        let failure = await call.failure
        #expect(failure?.code == .deadlineExceeded)
        #expect(failure?.isNotProcessed == false, "it may have been done")
        // The late answer is nobody's, and no violation either.
        script.server.send(WireBytes.frame(.response, stream: 1))
        async let second = script.echo()
        #expect(try await script.server.next()?.stream == 2)
        script.server.send(WireBytes.frame(.response, stream: 2, body: ByteBuffer(string: "yes")))
        #expect(await second.body == "yes")
    }
}

@Test func `a call that expires while it waits for a slot was not processed`() async throws {
    try await ClientScript.run(inFlight: 1) { script in
        async let first = script.echo()
        let sent = try await script.server.next()
        #expect(sent?.stream == 1)
        let second = await script.echo(timeout: .milliseconds(20))
        #expect(second.failure?.code == .deadlineExceeded)
        #expect(second.failure?.isNotProcessed == true)
        script.server.send(WireBytes.frame(.response, stream: 1, body: ByteBuffer(string: "1")))
        #expect(await first.body == "1")
    }
}

/// A sink that makes another call out of each result, as a pool that retries at once would.
private final class Restarter: CallSink {
    private let client: ClientConnection
    private let state = Mutex((left: 3, failures: [CallFailure]()))

    init(_ client: ClientConnection) {
        self.client = client
    }

    var failures: [CallFailure] { state.withLock { $0.failures } }

    func receive(_ event: CallEvent) {
        guard case .finished(.failure(let failure)) = event else { return }
        let again = state.withLock { state in
            state.failures.append(failure)
            state.left -= 1
            return state.left > 0
        }
        if again { client.start(OutboundCall(method: 0, body: ByteBuffer()), sink: self) }
    }
}

@Test func `calls that are started while the connection fails are failed too`() async throws {
    try await ClientScript.run(inFlight: 1) { script in
        let sinks = (0..<3).map { _ in Restarter(script.client) }
        for sink in sinks {
            script.client.start(OutboundCall(method: 0, body: ByteBuffer()), sink: sink)
        }
        _ = try await script.server.next()
        await script.server.close()
        try await eventually { sinks.allSatisfy { $0.failures.count == 3 } }
        #expect(sinks[0].failures.map(\.isNotProcessed) == [false, true, true])
        #expect(sinks[1].failures.map(\.isNotProcessed) == [true, true, true])
        // And one more, long after.
        #expect(await script.echo().failure?.isNotProcessed == true)
    }
}
