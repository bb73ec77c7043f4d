import NIOCore
import NIOPosix
import Synchronization
import Wire
import WireMessages

@testable import Transport

/// One end of a real connection, on which a test says and hears single bytes and frames.
final class RawPeer: Sendable {
    let channel: any Channel
    private let inbox: Inbox

    fileprivate init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    static func connect(to address: HostAndPort) async throws -> RawPeer {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in add(inbox, to: channel) }
            .connect(host: address.host, port: address.port).get()
        return RawPeer(channel: channel, inbox: inbox)
    }

    fileprivate static func add(
        _ inbox: Inbox, to channel: any Channel
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
        }
    }

    func send(_ parts: ByteBuffer...) {
        channel.writeAndFlush(WireBytes.joined(parts), promise: nil)
    }

    /// The next frame; `nil` when the connection has ended without one.
    func next() async throws -> Frame? {
        var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
        while true {
            let (frame, isClosed) = try inbox.state.withLock { state in
                (try decoder.next(from: &state.bytes), state.isClosed)
            }
            if case .frame(let frame) = frame { return frame }
            guard !isClosed else { return nil }
            await inbox.change()
        }
    }

    /// The frames up to the first of that type, this one included.
    func frames(until type: FrameType) async throws -> [Frame] {
        var frames: [Frame] = []
        while let frame = try await next() {
            frames.append(frame)
            if frame.type == type { break }
        }
        return frames
    }

    /// As ``readOpening()``, and what HELLO says.
    func readHello() async throws -> Hello {
        while try !inbox.state.withLock({ try Preface.read(from: &$0.bytes) != nil }) {
            await inbox.change()
        }
        guard let frame = try await next() else { throw ChannelError.eof }
        return try Hello(body: frame.payload, of: .hello)
    }

    /// All that comes until the connection ends.
    func rest() async -> ByteBuffer {
        while !inbox.state.withLock({ $0.isClosed }) { await inbox.change() }
        return inbox.state.withLock { $0.bytes }
    }

    /// Takes the preface and HELLO of a client off.
    func readOpening() async throws {
        _ = try await readHello()
    }

    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    func close() async {
        try? await channel.close()
    }
}

/// A listening socket whose connections a test plays the server on.
final class RawListener: Sendable {
    let address: HostAndPort
    private let channel: any Channel
    private let accepted: AsyncStream<RawPeer>

    private init(channel: any Channel, accepted: AsyncStream<RawPeer>) {
        self.channel = channel
        self.accepted = accepted
        address = HostAndPort(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    static func listen() async throws -> RawListener {
        let (stream, continuation) = AsyncStream.makeStream(of: RawPeer.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let inbox = Inbox()
                return RawPeer.add(inbox, to: channel).map {
                    _ = continuation.yield(RawPeer(channel: channel, inbox: inbox))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return RawListener(channel: channel, accepted: stream)
    }

    func accept() async throws -> RawPeer {
        for await peer in accepted { return peer }
        throw ChannelError.eof
    }

    func close() async {
        try? await channel.close()
    }
}

private final class Inbox: Sendable {
    struct State {
        var bytes = ByteBuffer()
        var isClosed = false
        var isChanged = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    let state = Mutex(State())

    /// Waits until something has come since the last time.
    func change() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isChanged || state.isClosed {
                    state.isChanged = false
                    return true
                }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    func update(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            state.isChanged = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        inbox.update { $0.bytes.writeBuffer(&bytes) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.update { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
