import Logging
import NIOCore
import NIOPosix
import TestService
import TestSupport
import Transport
import Wire
import WireMessages

/// A connection of which a test writes and reads single frames.
final class RawConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received = ByteBuffer()
    private var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)

    fileprivate init(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func send(_ write: (inout ByteBuffer) -> Void) async throws {
        var bytes = ByteBuffer()
        write(&bytes)
        try await outbound.write(bytes)
    }

    func next() async throws -> Frame {
        while true {
            if case .frame(let frame) = try decoder.next(from: &received) { return frame }
            var iterator = inbound
            guard var more = try await iterator.next() else { throw ChannelError.eof }
            received.writeBuffer(&more)
        }
    }
}

/// A test service, and a connection past its handshake with 10,000 bytes of credit a stream.
func withRawConnection(_ body: (RawConnection) async throws -> Void) async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let server = try await ServerListener.listen(
        on: HostAndPort(host: "127.0.0.1", port: 0),
        service: TestedPort(EmptyPort(), log: { _ in }), limits: WireLimits(),
        group: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let outcome: Result<Void, any Error>
    do {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: server.address.host, port: server.address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        outcome = .success(
            try await channel.executeThenClose { inbound, outbound in
                let connection = RawConnection(channel, inbound, outbound)
                try await connection.send { bytes in
                    Preface(role: .query).write(to: &bytes)
                    var hello = Hello()
                    hello.methods = TestMethod.allCases.map(\.name)
                    hello.initialWindow = 10_000
                    bytes.writeFrame(.hello, body: hello.body())
                }
                _ = try await connection.next()
                try await body(connection)
            })
    } catch {
        outcome = .failure(error)
    }
    await server.shutDown(grace: .zero)
    try outcome.get()
}
