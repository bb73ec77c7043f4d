import NIOCore
import Testing
import Wire

@testable import Transport

@Test func `answers far beyond the outgoing buffer arrive once each`() async throws {
    try await withServer { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        let count: UInt32 = 2_000
        peer.send(WireBytes.opening())
        peer.send(
            WireBytes.joined((1...count).map { WireBytes.grow(stream: $0, to: 16_000) }))
        #expect(try await peer.next()?.type == .welcome)
        for stream in 1...count {
            let answer = try #require(try await peer.next())
            #expect(answer.stream == stream)
            #expect(answer.payloadByteCount == 16_000)
        }
        peer.send(WireBytes.request(.echo, stream: count + 1))
        #expect(try await peer.next()?.stream == count + 1, "and nothing stands between")
    }
}

@Test func `a client that doesn't read stops being read, and nothing is lost when it does`()
    async throws
{
    try await withServer { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        #expect(try await peer.next()?.type == .welcome)
        try await peer.stopReading()
        let count: UInt32 = 2_000
        let size: UInt32 = 65_536
        peer.send(WireBytes.joined((1...count).map { WireBytes.grow(stream: $0, to: size) }))
        // Until it moves no more: 128 MiB were asked for.
        var handled = -1
        while handled != probe.counts.handled {
            handled = probe.counts.handled
            try await Task.sleep(for: .milliseconds(300))
        }
        // What the kernel takes on both sides, and a little more than 1 MiB of ours.
        #expect(handled * Int(size) < 32 << 20)
        #expect(handled > 0)
        try await peer.startReading()
        for stream in 1...count {
            #expect(try await peer.next()?.stream == stream)
        }
    }
}

@Test func `a client that never reads is dropped`() async throws {
    var limits = WireLimits()
    limits.writeStallTimeout = .milliseconds(300)
    try await withServer(limits: limits) { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        #expect(try await peer.next()?.type == .welcome)
        try await peer.stopReading()
        peer.send(WireBytes.joined((1...1_000).map { WireBytes.grow(stream: $0, to: 65_536) }))
        try await eventually { server.connectionCount == 0 }
        #expect(probe.counts.openBatches == 0)
    }
}

@Test func `pings while the client doesn't read make no answers pile up`() throws {
    let server = try EmbeddedServer.welcomed()
    #expect(try server.setWritable(false).isEmpty)
    let ping = WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1)))
    #expect(try server.send(WireBytes.joined(Array(repeating: ping, count: 150))).isEmpty)
    #expect(server.handler.replies.buffer.readableBytes == 0)
    #expect(server.handler.isReadingPaused)
    #expect(try server.setWritable(true).map(\.type) == Array(repeating: .pong, count: 150))
    #expect(!server.handler.isReadingPaused)
}

@Test func `over the byte budget reading pauses, and goes on as soon as calls end`() throws {
    var limits = WireLimits()
    limits.inFlightByteCountMax = 2_000
    let server = try EmbeddedServer.welcomed(limits: limits)
    let body = ByteBuffer(repeating: 0, count: 1_000)
    let requests = (1...5).map { WireBytes.request(.hold, stream: $0, body: body) }
    #expect(try server.send(WireBytes.joined(requests)).isEmpty)
    #expect(server.service.probe.counts.handled == 2)
    #expect(server.handler.isReadingPaused)
    server.service.probe.releaseAll()
    #expect(try server.frames().map(\.stream) == [1, 2])
    #expect(server.service.probe.counts.handled == 4)
    server.service.probe.releaseAll()
    #expect(try server.frames().map(\.stream) == [3, 4])
    server.service.probe.releaseAll()
    #expect(try server.frames().map(\.stream) == [5])
    #expect(!server.handler.isReadingPaused)
}

@Test func `a frame as long as frames may be arrives in pieces, and its memory is given back`()
    throws
{
    let server = try EmbeddedServer.welcomed()
    let request = WireBytes.request(.grow, stream: 1, body: ByteBuffer(repeating: 0, count: 99_000))
    for start in stride(from: 0, to: request.readableBytes, by: 1_000) {
        let count = min(1_000, request.readableBytes - start)
        _ = try server.send(try #require(request.getSlice(at: start, length: count)))
    }
    #expect(server.service.probe.counts.handled == 1)
    #expect(server.handler.unread.capacity == 0)
}

@Test func `one large answer's memory isn't kept`() throws {
    let server = try EmbeddedServer.welcomed()
    _ = try server.send(WireBytes.grow(stream: 1, to: 3 << 20))
    #expect(server.handler.replies.buffer.capacity <= 256 << 10)
}

@Test func `a client that has said all still gets all its answers`() async throws {
    try await withServer { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        try await peer.channel.setOption(.allowRemoteHalfClosure, value: true).get()
        peer.send(
            WireBytes.opening(), WireBytes.request(.hold, stream: 1),
            WireBytes.grow(stream: 2, to: 3 << 20))
        try await peer.channel.close(mode: .output)
        #expect(try await peer.next()?.type == .welcome)
        #expect(try await peer.next()?.stream == 2)
        probe.releaseAll()
        #expect(try await peer.next()?.stream == 1)
        try await eventually { server.connectionCount == 0 }
        await peer.close()
    }
}
