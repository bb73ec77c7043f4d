import ConnectionState
import NIOCore
import TandemCore
import Testing
import Wire

@testable import Transport

@Test func `a page that still waits for credit ends with its deadline`() async throws {
    try await withServer { server, _ in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening(window: 100))
        var page = WireBytes.page(stream: 1, count: 3, size: 1_000)
        page.setInteger(UInt32(150), at: 12)
        peer.send(page)
        let frames = try await peer.frames(until: .error)
        #expect(frames.map(\.type) == [.welcome, .item, .error])
        #expect(frames.last?.a == StatusCode.deadlineExceeded.rawValue)
        peer.send(WireBytes.request(.echo, stream: 2))
        #expect(try await peer.frames(until: .response).map(\.stream) == [2])
    }
}

@Test func `a service is told of a deadline that passed`() async throws {
    try await withServer { server, probe in
        let peer = try await RawPeer.connect(to: server.address)
        peer.send(WireBytes.opening())
        var request = WireBytes.request(.hold, stream: 1)
        request.setInteger(UInt32(50), at: 12)
        peer.send(request)
        let frames = try await peer.frames(until: .error)
        #expect(frames.last?.a == StatusCode.deadlineExceeded.rawValue)
        #expect(probe.counts.expired == 1)
    }
}

@Test(arguments: [
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8:0:0::/64"),
    ("::1", "0:0:0:0::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("1:2:3:4:5:6:7::", "1:2:3:4::/64"),
])
func `IPv6 addresses are counted by their first 64 bits, mapped IPv4 ones whole`(
    address: String, prefix: String
) {
    #expect(IPv6Prefix.countedText(of: address) == prefix)
}
