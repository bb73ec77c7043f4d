import NIOCore
import Testing
import Wire

@testable import Transport

/// A peer that ends its direction only, and still hears what comes.
private func halfClosing(_ server: ServerListener) async throws -> RawPeer {
    let peer = try await RawPeer.connect(to: server.address)
    try await peer.channel.setOption(.allowRemoteHalfClosure, value: true).get()
    return peer
}

@Test func `a peer that ended its direction gets answers that take longer than silence may`()
    async throws
{
    var limits = WireLimits()
    limits.inFlightByteCountMax = 1_500
    limits.pingAfter = .milliseconds(20)
    limits.deadAfterPing = .milliseconds(20)
    try await withServer(limits: limits) { server, probe in
        let peer = try await halfClosing(server)
        let body = ByteBuffer(repeating: 0, count: 1_000)
        peer.send(
            WireBytes.opening(), WireBytes.request(.hold, stream: 1, body: body),
            WireBytes.request(.hold, stream: 2, body: body),
            WireBytes.request(.hold, stream: 3, body: body))
        // Two are over the budget: the third is not looked at, and nothing more is read.
        try await eventually { probe.counts.handled == 2 }
        try await peer.channel.close(mode: .output)
        // Longer than a PING and its answer may take; a slow machine only makes it longer.
        try await Task.sleep(for: .milliseconds(200))
        probe.releaseAll()
        try await eventually { probe.counts.handled == 3 }
        probe.releaseAll()
        let answers = try await peer.frames(until: .goAway).filter { $0.type != .ping }
        #expect(answers.map(\.type) == [.welcome, .response, .response, .response])
        try await eventually { server.connectionCount == 0 }
        await peer.close()
    }
}

@Test func `a peer that ended its direction is not waited for where only credit would help`()
    async throws
{
    try await withServer { server, _ in
        let peer = try await halfClosing(server)
        peer.send(
            WireBytes.opening(window: 1), WireBytes.page(stream: 1, count: 3, size: 1_000),
            WireBytes.request(.echo, stream: 2))
        try await peer.channel.close(mode: .output)
        let answers = try await peer.frames(until: .goAway)
        #expect(answers.map(\.type) == [.welcome, .item, .response])
        try await eventually { server.connectionCount == 0 }
        await peer.close()
    }
}

@Test func `a peer that ended its direction and reads late gets its answers to the end`()
    async throws
{
    try await withServer { server, probe in
        let peer = try await halfClosing(server)
        peer.send(WireBytes.opening(window: 1 << 30))
        #expect(try await peer.next()?.type == .welcome)
        try await peer.stopReading()
        let pages = (1...10).map { WireBytes.page(stream: $0, count: 8, size: 250_000) }
        peer.send(WireBytes.joined(pages))
        try await peer.channel.close(mode: .output)
        // The kernel has taken what it takes; the rest waits here.
        try await eventually { probe.counts.handled > 0 }
        try await Task.sleep(for: .milliseconds(100))
        try await peer.startReading()
        for stream in 1...10 as ClosedRange<UInt32> {
            let frames = try await peer.frames(until: .end)
            #expect(frames.count == 9)
            #expect(frames.allSatisfy { $0.stream == stream })
        }
        #expect(try await peer.next() == nil)
        try await eventually { server.connectionCount == 0 }
        await peer.close()
    }
}
