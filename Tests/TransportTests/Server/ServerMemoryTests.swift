import Budget
import ConnectionState
import NIOCore
import NIOEmbedded
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

/// A budget of which nothing is left.
private func spentBudget() -> MemoryBudget {
    let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
    memory.observe(residentByteCount: memory.byteCountMax)
    return memory
}

// MARK: - Pages

@Test func `a page that waits takes no more memory than its bytes, and as much is counted`()
    throws
{
    let server = try EmbeddedServer.welcomed(window: 1, memory: MemoryBudget(byteCountMax: 1 << 30))
    _ = try server.send(WireBytes.page(stream: 1, count: 131, size: 8_000))
    let byteCount = 131 * 8_016 + 16
    let held = server.handler.memory.pageByteCount
    #expect(held >= byteCount && held <= byteCount + (8 << 10), "2 MiB as a buffer's storage")
    #expect(server.memory.byteCount(of: .heldAnswers) == held)
    _ = try server.send(WireBytes.frame(.cancel, stream: 1))
    #expect(server.memory.byteCount(of: .heldAnswers) == 0)
}

@Test func `a page that finds no memory is refused, and one that needs not wait is sent`() throws {
    let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
    let server = try EmbeddedServer.welcomed(window: 5_000, memory: memory)
    // Room for connections is left, and none for what is held.
    let others = memory.byteCountMax(of: .heldAnswers)
    memory.adjust(by: others, for: .heldAnswers)
    let answers = try server.send(
        WireBytes.page(stream: 1, count: 9, size: 1_000),
        WireBytes.page(stream: 2, count: 3, size: 1_000))
    #expect(answers.map(\.type) == [.error, .item, .item, .item, .end])
    #expect(answers[0].errorReason == "MEMORY_FULL")
    #expect(answers[0].flags.contains(.notProcessed))
    #expect((100...1_000).contains(answers[0].b))
    #expect(memory.byteCount(of: .heldAnswers) == others)
    #expect(memory.refusalCount == 1)
}

@Test func `a page that has credit, and waits for room on its connection, has more time`() throws {
    var limits = WireLimits()
    limits.heldPageTimeout = .zero
    let server = try EmbeddedServer.welcomed(window: 1, limits: limits)
    _ = try server.send(WireBytes.page(stream: 1, count: 50, size: 1_000))
    // As much credit as it needs, and a client that still reads what came before.
    _ = server.handler.state.update { $0.spendCredit(-1_000_000, on: 1) }
    _ = try server.setWritable(false)
    server.handler.resume(1)
    #expect(try server.advance(.milliseconds(100)).isEmpty)
    let rest = try server.setWritable(true)
    #expect(rest.count == 50)
    #expect(rest.last?.type == .end)
}

@Test func `a page of which nothing is taken for its time ends, and its memory is given back`()
    throws
{
    var limits = WireLimits()
    limits.heldPageTimeout = .zero
    let server = try EmbeddedServer.welcomed(window: 1, limits: limits)
    #expect(try server.send(WireBytes.page(stream: 1, count: 50, size: 1_000)).count == 1)
    let last = try server.advance(.milliseconds(100))
    #expect(last.map(\.type) == [.error])
    #expect(last.first?.errorReason == "PAGE_NOT_TAKEN")
    #expect(last.first?.flags.contains(.notProcessed) == false)
    #expect(last.first?.b == retryNever)
    #expect(server.handler.pages.isEmpty)
    #expect(server.memory.byteCount(of: .heldAnswers) == 0)
    #expect(server.handler.state.update { $0.openStreams.isEmpty } == true)
}

@Test func `who takes a sixteenth of a page in its time may take as long for the next`() {
    let later = MonotonicTime(nanoseconds: 9)
    var frames = ByteBuffer()
    for _ in 0..<16 {
        frames.writeFrame(.item, stream: 1, body: ByteBuffer(repeating: 1, count: 84))
    }
    var page = PendingPage(frames.readableBytesView, dueAt: later)
    for _ in 0..<16 {
        let taken = page.next(mayItem: true)?.frame.count
        let mayWait = page.mayWait(until: later)
        #expect(taken == 100 && mayWait)
    }
    let mayWait = page.mayWait(until: later)
    #expect(!mayWait)
}

@Test func `a page that will find no room is not made in full`() throws {
    var limits = WireLimits()
    limits.heldPageByteCountMax = 50_000
    let server = try EmbeddedServer.welcomed(window: 3_000, limits: limits)
    _ = try server.send(WireBytes.page(stream: 1, count: 40, size: 1_000))
    #expect(server.service.probe.counts.items == 40)
    let answers = try server.send(
        WireBytes.page(stream: 2, count: 1_000, size: 1_000),
        WireBytes.page(stream: 3, count: 2, size: 1_000))
    #expect(answers.map(\.type) == [.error, .item, .item, .end])
    #expect(answers.first?.errorReason == "TOO_MANY_HELD_PAGES")
    #expect(server.service.probe.counts.items <= 40 + 10 + 2, "10,000 bytes are left")
    server.memory.observe(residentByteCount: server.memory.byteCountMax)
    let pressed = server.handler
    pressed.boundNextPage()
    #expect(pressed.replies.pageByteCountMax == 3_000)
}

// MARK: - What waits to go out

@Test func `what waits to go out takes little more memory than its bytes`() throws {
    var limits = WireLimits()
    limits.heldPageByteCountMax = 16 << 10
    let server = try EmbeddedServer.welcomed(window: 1, limits: limits)
    for stream in 1...50 as ClosedRange<UInt32> {
        // All but its first ITEM is taken out of the buffer again, and soon all of it.
        try server.channel.writeInbound(WireBytes.page(stream: stream, count: 100, size: 10_000))
        server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    }
    var storageByteCount = 0
    var byteCount = 0
    while let bytes = try server.channel.readOutbound(as: ByteBuffer.self) {
        storageByteCount += bytes.storageCapacity
        byteCount += bytes.readableBytes
    }
    #expect(byteCount > 0)
    #expect(storageByteCount <= 2 * byteCount + (64 << 10) + 50 * (4 << 10))
}

// MARK: - Connections

@Test func `what a connection holds is counted, and small calls that end change nothing`() throws {
    let server = try EmbeddedServer.welcomed()
    let idle = server.memory.byteCount(of: .connections)
    #expect(idle >= ConnectionMemory.fixedByteCount)
    _ = try server.send(WireBytes.request(.echo, stream: 1))
    #expect(server.memory.byteCount(of: .connections) == idle)
    let body = ByteBuffer(repeating: 0, count: 50_000)
    _ = try server.send(WireBytes.request(.hold, stream: 2, body: body))
    #expect(server.memory.byteCount(of: .connections) >= idle + 50_000)
    server.service.probe.releaseAll()
    _ = try server.frames()
    #expect(server.memory.byteCount(of: .connections) <= idle + (64 << 10))
    // Half of a frame.
    let half = WireBytes.request(.echo, stream: 3, body: body).getSlice(at: 0, length: 30_000)
    _ = try server.send(try #require(half))
    #expect(server.memory.byteCount(of: .connections) >= idle + 30_000)
}

@Test func `without memory what would stay open is refused, and gets are answered`() throws {
    let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
    let server = try EmbeddedServer.welcomed(memory: memory)
    memory.observe(residentByteCount: memory.byteCountMax)
    let answers = try server.send(
        WireBytes.request(.put, stream: 1, key: .init(high: 1, low: 1)),
        WireBytes.page(stream: 2, count: 1, size: 10), WireBytes.request(.feed, stream: 3),
        WireBytes.request(.echo, stream: 4))
    #expect(answers.map(\.errorReason).prefix(3) == ["MEMORY_FULL", "MEMORY_FULL", "MEMORY_FULL"])
    #expect(answers.last?.type == .response)
    #expect(server.service.probe.counts.handled == 1)
    #expect(memory.refusalCount == 3)
    memory.observe(residentByteCount: 0)
    #expect(try server.send(WireBytes.page(stream: 5, count: 1, size: 10)).last?.type == .end)
}

@Test func `without memory no new connection is served`() throws {
    let memory = spentBudget()
    let server = try EmbeddedServer(memory: memory)
    #expect(try server.frames().map(\.a) == [GoAwayCode.limit.rawValue])
    #expect(memory.refusalCount == 1)
}

@Test func `no address takes so much that another one finds nothing`() throws {
    let budget = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
    let loud = AddressShare()
    var connections = 0
    var pages = 0
    var first = ConnectionMemory(budget)
    first.join(loud)
    var second = ConnectionMemory(budget)
    second.join(loud)
    while second.admitsCall, connections < 1_000 {
        first.hold(first.ownByteCount + (1 << 20))
        connections += 1
    }
    while pages < 1_000, first.reservePage(1 << 20) || second.reservePage(1 << 20) { pages += 1 }
    #expect(connections > 0 && pages > 0)
    #expect(budget.byteCount(of: .connections) <= budget.byteCountMax(of: .connections) * 6 / 10)
    var newcomer = ConnectionMemory(budget)
    newcomer.join(AddressShare())
    let isServed = newcomer.admitsCall
    let mayWait = newcomer.reservePage(1 << 20)
    #expect(isServed && mayWait)
    first.releaseAll()
    #expect(loud.byteCount(of: .connections) == 0)
    second.releaseAll()
    #expect(loud.byteCount(of: .heldAnswers) == 0)
}

@Test func `connections of one address are counted together`() throws {
    let shared = ServerShared(
        service: TestService(), limits: WireLimits(), logger: LogRecorder().logger, endpoints: [:])
    let handlers = (0..<3).map { _ in ServerChannelHandler(shared: shared) }
    let channels = handlers.map { EmbeddedChannel(handler: $0) }
    for (channel, address) in zip(channels, ["192.0.2.1", "192.0.2.1", "192.0.2.2"]) {
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
    }
    #expect(handlers[0].memory.share != nil)
    #expect(handlers[0].memory.share === handlers[1].memory.share)
    #expect(handlers[0].memory.share !== handlers[2].memory.share)
    for channel in channels { _ = try channel.finish() }
}

private enum Ending: CaseIterable {
    case client, violation, halfClosed, drained, stalled, refused
}

@Test(arguments: Ending.allCases)
private func `whatever ends a connection, all of its memory is given back`(
    _ ending: Ending
) throws {
    let memory = ending == .refused ? spentBudget() : MemoryBudget(byteCountMax: 1 << 30)
    var limits = WireLimits()
    // By the real clock, which the event loop's doesn't move.
    if ending == .stalled { limits.writeStallTimeout = .zero }
    let server = try EmbeddedServer(limits: limits, memory: memory)
    _ = try server.send(WireBytes.opening(window: 1))
    if ending != .refused {
        _ = try server.send(
            WireBytes.page(stream: 1, count: 20, size: 1_000),
            WireBytes.request(.hold, stream: 2, body: ByteBuffer(repeating: 0, count: 9_000)))
        #expect(memory.byteCount(of: .heldAnswers) > 0)
        #expect(memory.byteCount(of: .connections) > 0)
    }
    switch ending {
    case .client: break
    case .violation: _ = try server.send(WireBytes.frame(.ping))
    case .halfClosed:
        server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    case .drained: server.handler.drain(grace: .zero)
    case .stalled: _ = try server.setWritable(false)
    case .refused: break
    }
    _ = try? server.advance(.seconds(40))
    #expect(server.channel.isActive == [.client, .halfClosed].contains(ending), "\(ending)")
    _ = try? server.channel.finish()
    for use in [.connections, .heldAnswers] as [MemoryUse] {
        #expect(memory.byteCount(of: use) == 0, "\(use)")
    }
}

@Test func `the room that a thousand open calls needed is given back with the last`() throws {
    let server = try EmbeddedServer.welcomed()
    _ = try server.send(
        WireBytes.joined((1...1_000).map { WireBytes.request(.hold, stream: $0) }))
    #expect(server.handler.state.update { $0.openStreams.count } == 1_000)
    server.service.probe.releaseAll()
    #expect(try server.frames().count == 1_000)
    #expect(server.handler.state.update { $0.openStreams.capacity } ?? .max <= 64)
}
